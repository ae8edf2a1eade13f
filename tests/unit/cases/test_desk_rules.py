"""The rules behind templates, exports, filters, categories, macros, threads of merged cases and the next action."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args
from uuid import UUID

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from cases.actions.replying import MOST_MENTIONS, mentioned
from cases.api.schemas_desk import PutMacro
from cases.domain import categories, commands, spreadsheet, templates, threads
from cases.domain.engine import Engine
from cases.domain.filters import CaseFilter
from cases.domain.model import Case
from cases.domain.next_action import WaitsFor, next_action
from cases.domain.templates import MissingVariables, Wordings
from cases.domain.threads import Candidate, choose
from tests.unit.cases.walking import LIBRARY

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
A, B = UUID(int=1), UUID(int=2)


class TestTemplates:
    @given(st.dictionaries(st.sampled_from(["a", "b_1", "c"]), st.text(), max_size=3))
    def test_a_rendered_text_has_every_value_and_no_hole(self, values: dict[str, str]) -> None:
        wordings = Wordings(zh="{{a}}/{{ b_1 }}/{{a}}", en="x {{b_1}} y {{a}}")
        missing = tuple(name for name in ("a", "b_1") if not values.get(name))
        if missing:
            with pytest.raises(MissingVariables) as refused:
                templates.render(wordings, "zh-CN", values)
            assert refused.value.names == missing
        else:
            assert templates.render(wordings, "zh-CN", values) == f"{values['a']}/{values['b_1']}/{values['a']}"
            assert templates.render(wordings, "en", values) == f"x {values['b_1']} y {values['a']}"

    def test_a_value_is_never_read_as_a_variable(self) -> None:
        wordings = Wordings(zh="{{a}}", en="{{a}}")
        assert templates.render(wordings, "zh-CN", {"a": "{{secret}}", "secret": "1"}) == "{{secret}}"

    @pytest.mark.parametrize("text", ["{{A}}", "{{a", "a}}", "{{}}", "{{a b}}", "{{{{a}}}}"])
    def test_what_is_no_variable_is_refused(self, text: str) -> None:
        with pytest.raises(ValidationError):
            Wordings(zh=text, en=text)

    def test_only_texts_and_numbers_are_values(self) -> None:
        facts = {"a": " x ", "b": 3, "c": True, "d": None, "e": {"minor": 1}, "f": "", "g": 2.5}
        assert templates.known_values(facts) == {"a": "x", "b": "3", "g": "2.5"}


class TestSpreadsheet:
    @given(st.lists(st.text(alphabet="=+-@\t\r\n ,\"'aé中\u3000＝", max_size=12), min_size=1, max_size=4))
    def test_no_cell_begins_a_formula_and_all_come_back(self, cells: list[str]) -> None:
        [row] = csv.reader(io.StringIO(spreadsheet.lines([cells]), newline=""))
        for cell, read in zip(cells, row, strict=True):
            assert read in (cell, f"'{cell}")
            assert not read.lstrip(" \u3000").startswith(("=", "+", "-", "@", "\t", "\r", "＝"))

    def test_numbers_stay_numbers(self) -> None:
        assert spreadsheet.lines([[-3, 2.5, True, None, "-3"]]) == "-3,2.5,true,,'-3\r\n"


class TestFilters:
    def test_every_condition_takes_at_most_its_one_value(self) -> None:
        full = CaseFilter(
            state="closed",
            owner="me",
            watched=True,
            case_types=("complaint",),
            severities=("S1",),
            category="delivery.delay",
            tags_all=("a",),
            tags_any=("b",),
            customer_id=A,
            waybill_no="SF1234567890123",
            incident_id=B,
            incident=False,
            level=2,
            awaiting_customer=True,
            due_within_minutes=60,
            opened_after=NOW - timedelta(days=1),
            opened_before=NOW,
        )
        found = full.conditions(me="li.na", now=NOW)
        assert ("c.owner = {}", "li.na") in found
        assert ("c.next_due_at < {}", NOW + timedelta(hours=1)) in found
        for sql, value in found:
            assert ("{" in sql) == (value is not None), sql
            assert "li.na" not in sql and "complaint" not in sql

    def test_nothing_asked_finds_open_cases(self) -> None:
        assert CaseFilter().conditions(me="x", now=NOW) == [("c.closed_at is null", None)]

    def test_a_filter_that_can_find_nothing_is_refused(self) -> None:
        with pytest.raises(ValidationError):
            CaseFilter(opened_after=NOW, opened_before=NOW)
        with pytest.raises(ValidationError):
            CaseFilter.model_validate({"sql": "1=1"})


class TestCategories:
    def test_the_packaged_tree_is_one(self) -> None:
        path = Path(categories.__file__).parents[1] / "data" / "categories.yaml"
        tree = categories.Categories.model_validate(yaml.safe_load(path.read_text("utf-8")))
        names = [node.code for node in tree.path("delivery.delay.transit")]
        assert names == ["delivery", "delivery.delay", "delivery.delay.transit"]

    @pytest.mark.parametrize("codes", [["a", "a"], ["a.b", "a"], ["A"], ["a..b"]])
    def test_what_is_no_tree_is_refused(self, codes: list[str]) -> None:
        nodes = [{"code": code, "label": {"zh": "x", "en": "x"}} for code in codes]
        with pytest.raises(ValidationError):
            categories.Categories.model_validate({"version": 1, "categories": nodes})


class TestCommands:
    def test_nothing_follows_a_close(self) -> None:
        actions = [{"do": "close", "resolution": "a"}, {"do": "tag", "add": ["x"]}]
        with pytest.raises(ValidationError, match="closes the case"):
            PutMacro.model_validate({"name": "x", "actions": actions})
        assert PutMacro.model_validate({"name": "x", "actions": actions[::-1]}).actions[1].do == "close"

    def test_a_stored_command_reads_back(self) -> None:
        adapter: TypeAdapter[commands.Command] = TypeAdapter(commands.Command)
        tell = commands.Tell(incident_id=A, update=Wordings(zh="a", en="b"))
        assert adapter.validate_json(tell.model_dump_json()) == tell


class TestMentions:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("@li.na 请看", ["li.na"]),
            ("请 @li.na,@wang_lei 看", ["li.na", "wang_lei"]),
            ("mail a@b.example", []),
            ("@li.na. @li.na", ["li.na"]),
            ("@@x", []),
            ("@", []),
        ],
    )
    def test_who_is_meant(self, text: str, found: list[str]) -> None:
        assert mentioned(text, []) == found

    def test_not_more_than_a_few(self) -> None:
        assert len(mentioned(" ".join(f"@agent{n}" for n in range(50)), ["boss"])) == MOST_MENTIONS


class TestThreadsOfMergedCases:
    """A case answers for the threads of those merged into it, and counts once."""

    def choice(self, waybill: str | None, *opened: Candidate, closed: tuple[Candidate, ...] = ()) -> threads.Choice:
        return choose(linked=None, opened=opened, closed=closed, waybill_no=waybill, now=NOW, reopen_days=7)

    def test_a_waybill_of_a_merged_case_leads_to_the_survivor(self) -> None:
        own, alias = (
            Candidate(A, "waybill:ONE", own_key="waybill:ONE"),
            Candidate(A, "waybill:TWO", own_key="waybill:ONE"),
        )
        assert self.choice("TWO", own, alias).case_id == A
        assert self.choice("ONE", own, alias).case_id == A
        assert self.choice("NEW", own, alias).case_id is None

    def test_it_is_the_only_open_case_all_the_same(self) -> None:
        own, alias = Candidate(A, "waybill:ONE"), Candidate(A, "waybill:TWO")
        assert self.choice(None, own, alias).case_id == A
        assert self.choice(None, own, alias, Candidate(B, "waybill:THREE")).case_id is None

    def test_a_closed_survivor_comes_back_only_if_its_own_thread_is_free(self) -> None:
        closed = (Candidate(A, "waybill:TWO", NOW - timedelta(days=1), own_key="waybill:ONE"),)
        back = self.choice("TWO", closed=closed)
        assert (back.case_id, back.reopen) == (A, True)
        taken = self.choice("TWO", Candidate(B, "waybill:ONE"), closed=closed)
        assert taken.case_id is None


class TestNextAction:
    """Whatever step of whatever procedure an open case is at: one action, in both languages, and whose turn it is."""

    @pytest.mark.parametrize("procedure", sorted(LIBRARY.procedures), ids=lambda key: f"{key[0]}.{key[1]}")
    def test_every_step_is_one(self, procedure: tuple[str, int]) -> None:
        engine = LIBRARY.engine(*procedure)
        for step in engine.procedure.steps:
            action = next_action(engine, a_case(engine, step.id))
            assert action is not None and (action.step, action.actor) == (step.id, step.actor)
            assert action.label.zh and action.label.en and action.waits_for in get_args(WaitsFor)
            assert next_action(engine, a_case(engine, step.id, closed_at=NOW)) is None

    def test_waiting_shows_and_the_earlier_time_counts(self) -> None:
        engine = LIBRARY.engine("tracking_query")
        case = a_case(engine, "ask_number", awaiting_since=NOW, awaiting_due=NOW + timedelta(days=3), next_due_at=NOW)
        action = next_action(engine, case)
        assert action is not None and (action.waits_for, action.due_at) == ("customer", NOW)
        case = replace(case, waiting_for="claim", next_due_at=None)
        action = next_action(engine, case)
        assert action is not None and (action.waits_for, action.procedure) == ("procedure", "claim")
        assert action.due_at == NOW + timedelta(days=3)


def a_case(engine: Engine, step: str, **values: Any) -> Case:
    """A case at a step."""
    texts = dict.fromkeys(("case_no", "case_type", "channel", "queue", "thread_key"), "x")
    nothing = dict.fromkeys(
        (
            "language",
            "severity",
            "owner",
            "owner_name",
            "waybill_no",
            "parent_id",
            "next_due_at",
            "closed_at",
            "resolution",
        )
    )
    numbers = dict.fromkeys(("priority", "version", "last_seq", "last_customer_seq"), 1)
    known: dict[str, Any] = {**texts, **nothing, **numbers, "id": A, "customer_id": B, "threading": True}
    known |= {"procedure": engine.procedure.id, "procedure_version": engine.procedure.version, "step": step}
    return Case(**{**known, "opened_at": NOW, "updated_at": NOW, **values})
