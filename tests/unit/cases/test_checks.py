"""Errors that authors of procedures make are found before a case can run into them."""

from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from cases.domain.checks import check
from cases.domain.procedure import Procedure
from cases.procedures import _StrictLoader
from tests.unit.cases.walking import LIBRARY

LABEL = {"zh": "步骤", "en": "Step"}


def step(id: str, **more: Any) -> dict[str, Any]:
    """A step of the front desk."""
    return {"id": id, "label": LABEL, "actor": "front_desk", **more}


def procedure(*steps: dict[str, Any], **more: Any) -> Procedure:
    """A small procedure."""
    return Procedure.model_validate(
        {
            "id": "small",
            "version": 1,
            "label": LABEL,
            "sources": ["test"],
            "contact_class": "inquiry",
            "initial": steps[0]["id"],
            "steps": list(steps),
            **more,
        }
    )


def findings(*steps: dict[str, Any], **more: Any) -> list[str]:
    """What is wrong with it."""
    return [f"{f.where}: {f.what}" for f in check(procedure(*steps, **more), LIBRARY.dictionary, LIBRARY.ids())]


END = step("end", end=True)
LIMIT = {"value": 1, "unit": "hours", "kind": "proposed", "source": "test"}


class TestCheck:
    def test_a_sound_one_has_no_findings(self) -> None:
        assert findings(step("a", fields=["answer_text"], next=[{"to": "end"}]), END) == []

    @pytest.mark.parametrize(
        ("steps", "more", "finding"),
        [
            ([step("a", next=[{"to": "b"}]), END], {}, "small.1.a: unknown step b"),
            ([step("a", actor="nobody", next=[{"to": "end"}]), END], {}, "small.1.a: unknown role nobody"),
            ([step("a", fields=["colour"], next=[{"to": "end"}]), END], {}, "small.1.a: unknown field colour"),
            ([step("a", notify=["shout"], next=[{"to": "end"}]), END], {}, "small.1.a: unknown notice shout"),
            ([step("a", next=[{"to": "end"}]), END, END], {}, "small.1.end: is declared twice"),
            (
                [step("a", next=[{"to": "end"}]), END, step("b", next=[{"to": "end"}])],
                {},
                "small.1.b: cannot be reached",
            ),
            ([step("a", next=[{"to": "a"}, {"to": "end"}]), END], {}, "small.1.a: the way to a always holds; later"),
            ([step("a"), END], {}, "small.1.a: a step has ways out, or is an end"),
            ([step("a", next=[{"to": "end"}], end=True), END], {}, "small.1.a: a step has ways out, or is an end"),
            ([step("a", next=[{"to": "end"}]), END], {"initial": "z"}, "small.1.initial: no step z"),
            (
                [step("a", next=[{"to": "end"}]), END],
                {"contact_class": "party"},
                "small.1.contact_class: unknown class",
            ),
            ([step("a", next=[{"to": "end"}]), END], {"blocks": ["middle"]}, "small.1.blocks: unknown block middle"),
            (
                [step("a", next=[{"to": "end"}]), END],
                {"closing": {"fields": ["answer_text"]}},
                "small.1.end: closing field answer_text is not captured",
            ),
            (
                [step("a", limits=[{**LIMIT, "start": "done:z"}], next=[{"to": "end"}]), END],
                {},
                "small.1.a: unknown step z",
            ),
            (
                [step("a", limits=[{**LIMIT, "start": "field:answer_text"}], next=[{"to": "end"}]), END],
                {},
                "small.1.a: answer_text is not an instant",
            ),
            (
                [step("a", limits=[{**LIMIT, "on_breach": {"choose": "fly"}}], next=[{"to": "end"}]), END],
                {},
                "small.1.a: on_breach chooses the unknown outcome fly",
            ),
            (
                [step("a", next=[{"to": "end", "if": {"field": "severity", "is": ["S9"]}}]), END],
                {},
                "small.1.a: unknown option of severity S9",
            ),
            (
                [step("a", next=[{"to": "b"}]), step("b", spawns={"procedure": "nothing"}, end=True)],
                {},
                "small.1.b: unknown procedure nothing",
            ),
            (
                [
                    step("a", next=[{"to": "b"}, {"to": "end", "outcome": "x", "label": LABEL}]),
                    END,
                    step("b", next=[{"to": "b"}]),
                ],
                {},
                "small.1.b: cannot reach an end",
            ),
            (
                [step("a", next=[{"to": "end"}]), END],
                {"escalations": [{"step": "a", "to": "supervisor"}]},
                "small.1.escalations: no limit a",
            ),
            (
                [step("a", next=[{"to": "end"}]), END],
                {"escalations": [{"percent": 50, "to": "supervisor"}]},
                "small.1.escalations: a share of the overall limit, but there is none",
            ),
            (
                [step("a", limits=[LIMIT, LIMIT], next=[{"to": "end"}]), END],
                {},
                "small.1.a: several limits have this name",
            ),
        ],
    )
    def test_finds(self, steps: list[dict[str, Any]], more: dict[str, Any], finding: str) -> None:
        assert any(found.startswith(finding) for found in findings(*steps, **more)), findings(*steps, **more)

    @pytest.mark.parametrize(
        "limit",
        [
            {"unit": "hours", "kind": "proposed", "source": "x"},
            {**LIMIT, "due_field": "callback_at"},
            {**LIMIT, "kind": "law"},
            {**LIMIT, "kind": "hearsay"},
            {**LIMIT, "start": "someday"},
            {**LIMIT, "source": ""},
            {**LIMIT, "values": {"S1": 1}},
        ],
    )
    def test_a_limit_must_say_how_long_since_when_and_who_says_so(self, limit: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            procedure(step("a", limits=[limit], next=[{"to": "end"}]), END)

    @pytest.mark.parametrize(
        "condition",
        [
            {},
            {"field": "severity"},
            {"field": "severity", "is": ["S1"], "present": True},
            {"visits": "a"},
            {"visits": "a", "at_least": "two"},
            {"all": [], "any": []},
            {"present": True},
        ],
    )
    def test_a_condition_has_one_meaning(self, condition: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            procedure(step("a", next=[{"to": "end", "if": condition}]), END)

    @pytest.mark.parametrize("text", ["a: 1\na: 2", "a:\nb: 1", "x: {k: 1, k: 2}"])
    def test_a_key_twice_or_without_value_is_refused(self, text: str) -> None:
        with pytest.raises(yaml.YAMLError):
            yaml.load(text, _StrictLoader)
