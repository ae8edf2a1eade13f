"""What a procedure may say, rule by rule, on procedures small enough to read."""

from datetime import timedelta
from typing import Any

import pytest

from cases.domain.calendar import BusinessCalendar
from cases.domain.checks import check
from cases.domain.engine import Engine
from cases.domain.errors import MissingFields, OutOfOrder, SegregationOfDuties, WrongActor
from cases.domain.expiry import expire
from cases.domain.procedure import Procedure
from cases.domain.run import (
    Actor,
    DeadlineApproaching,
    DeadlineMissed,
    Deviated,
    Ended,
    Escalated,
    Progress,
    Run,
    Spawned,
    StepDone,
)
from cases.procedures import Library, UnknownProcedure
from tests.unit.cases.walking import LIBRARY, START

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LABEL = {"zh": "步骤", "en": "Step"}
HOURS = {"unit": "hours", "kind": "proposed", "source": "test"}
DAYS = {"unit": "calendar_days", "kind": "proposed", "source": "test"}
BY_SEVERITY = {**HOURS, "by": "severity", "values": {"S1": 1, "S2": 4}}
AGENT = Actor("agent", frozenset({"front_desk"}), is_owner=True)
CHIEF = Actor("chief", frozenset({"approver"}))


def step(id: str, **more: Any) -> dict[str, Any]:
    """A step of the front desk that leads to the end unless it says otherwise."""
    return {"id": id, "label": LABEL, "actor": "front_desk", "next": [{"to": "end"}], **more}


END = {"id": "end", "label": LABEL, "actor": "system", "end": True}


def procedure(*steps: dict[str, Any], **more: Any) -> Procedure:
    """A small procedure without errors."""
    made = Procedure.model_validate(
        {
            "id": "small",
            "version": 1,
            "label": LABEL,
            "sources": ["test"],
            "contact_class": "inquiry",
            "initial": steps[0]["id"],
            "steps": [*steps, END],
            **more,
        }
    )
    assert check(made, LIBRARY.dictionary, LIBRARY.ids()) == []
    return made


class Trial:
    """A run of a small procedure, on a clock of its own."""

    def __init__(self, *steps: dict[str, Any], fields: dict[str, Any] | None = None, **more: Any) -> None:
        self.engine = Engine(procedure(*steps, **more), LIBRARY.dictionary, BusinessCalendar())
        self.now = START
        self.run: Run = self.engine.start(now=START, fields=fields or {}).run

    def take(self, progress: Progress) -> Progress:
        self.run = progress.run
        return progress

    def does(self, actor: Actor = AGENT, **options: Any) -> Progress:
        return self.take(self.engine.complete(self.run, actor=actor, now=self.now, **options))

    def due(self) -> dict[str, timedelta]:
        """The running deadlines, from the start."""
        return {key: at - START for key, at in self.run.deadlines.items()}

    def wait(self, span: timedelta) -> list[Any]:
        """Let time pass; returns what deadlines caused, without their timers."""
        end, caused = self.now + span, []
        while due := sorted((at, key) for key, at in self.run.deadlines.items() if at <= end):
            self.now = max(self.now, due[0][0])
            caused += self.take(expire(self.engine, self.run, key=due[0][1], now=self.now)).effects
        self.now = end
        told = (DeadlineApproaching, DeadlineMissed, Escalated)
        return [effect for effect in caused if isinstance(effect, told)]


class TestActors:
    def test_who_may_do_a_step(self) -> None:
        trial = Trial(step("a", actor="back_office", alt_actors=["claims"]))
        with pytest.raises(WrongActor):
            trial.does()
        assert trial.does(Actor("x", frozenset({"claims"}))).of(Ended) == [Ended("end")]

    @pytest.mark.parametrize("role", ["operations", "customer"])
    def test_what_happens_outside_the_desk_is_recorded_on_behalf(self, role: str) -> None:
        done = Trial(step("a", actor=role)).does().of(StepDone)
        assert [(d.actor, d.on_behalf_of) for d in done] == [("agent", role)]

    def test_duties_are_kept_apart_from_the_owner_and_from_who_did_a_step(self) -> None:
        def decide(actor: Actor, apart: list[str]) -> Progress:
            trial = Trial(
                step("ask", next=[{"to": "decide"}]),
                step("decide", actor="approver", alt_actors=["front_desk"], separate_from=apart),
            )
            trial.does(Actor("asker", frozenset({"front_desk"})))
            return trial.does(actor)

        for actor, apart in ((AGENT, ["owner"]), (Actor("asker", frozenset({"approver"})), ["ask"])):
            with pytest.raises(SegregationOfDuties):
                decide(actor, apart)
        assert decide(CHIEF, ["owner", "ask"]).of(Ended) == [Ended("end")]
        assert decide(AGENT, ["ask"]).of(Ended) == [Ended("end")]


class TestFieldsAndOrder:
    def test_each_step_says_whether_a_missing_field_is_refused_or_a_deviation(self) -> None:
        for missing, deviates in (("refuse", False), ("deviate", True)):
            trial = Trial(step("a", fields=["answer_text"], missing=missing))
            with pytest.raises(MissingFields):
                trial.does()
            if deviates:
                assert [d.kind for d in trial.does(reason="why").of(Deviated)] == ["missing_field"]
            else:
                with pytest.raises(MissingFields):
                    trial.does(reason="why")

    def test_a_procedure_may_refuse_every_step_out_of_order(self) -> None:
        steps = (step("a", next=[{"to": "b"}]), step("b", next=[{"to": "c"}]), step("c"))
        loose, strict = Trial(*steps), Trial(*steps, out_of_order="refuse")
        assert [d.kind for d in loose.does(step="c", reason="why").of(Deviated)] == ["out_of_order"]
        before = strict.run
        with pytest.raises(OutOfOrder):
            strict.does(step="c", reason="why")
        assert strict.run == before

    def test_a_reused_block_asks_for_its_fields_in_every_procedure_on_its_channels(self) -> None:
        with_block = Trial(step("a"), blocks=["opening", "closing"]).engine
        other = Trial(step("b"), blocks=["closing"], id="other").engine
        for engine in (with_block, other):
            for channel, asked in (("voice", ["other_help_asked"]), ("sms", [])):
                run = engine.start(now=START, fields={"channel": channel}).run
                assert engine.closing_fields(run) == asked


class TestLimits:
    def test_by_severity_with_the_strictest_while_it_is_unknown(self) -> None:
        trial = Trial(step("a", optional_fields=["severity"], limits=[BY_SEVERITY]))
        assert trial.due() == {"1:a": HOUR}
        for severity, due in (("S2", {"1:a": 4 * HOUR}), ("S4", {}), ("S1", {"1:a": HOUR})):
            trial.take(trial.engine.record(trial.run, fields={"severity": severity}, now=START))
            assert trial.due() == due
        assert Trial(step("a", limits=[{**BY_SEVERITY, "if_unknown": "none"}])).due() == {}

    def test_read_from_a_field_and_following_it(self) -> None:
        limit = {**HOURS, "due_field": "promised_reply_at", "plus": 2}
        trial = Trial(step("a", optional_fields=["promised_reply_at"], limits=[limit]))
        assert trial.due() == {}
        for hours in (5, 3):
            promised = (START + hours * HOUR).isoformat()
            trial.take(trial.engine.record(trial.run, fields={"promised_reply_at": promised}, now=START))
            assert trial.due() == {"1:a": (hours + 2) * HOUR}

    def test_the_overall_limit_runs_beside_those_of_steps_with_its_shares(self) -> None:
        trial = Trial(
            step("a", limits=[{**HOURS, "value": 1}], next=[{"to": "b"}]),
            step("b", limits=[{**HOURS, "value": 9}]),
            overall_limit={**HOURS, "value": 10},
            escalations=[
                {"percent": 50, "to": "supervisor"},
                {"percent": 80, "to": "approver"},
                {"percent": 100, "to": "regulator_desk"},
                {"step": "b", "percent": 200, "to": "qa"},
            ],
        )
        assert trial.due() == {"1:a": HOUR, "overall": 10 * HOUR, "overall:50": 5 * HOUR, "overall:80": 8 * HOUR}
        assert [e.limit for e in trial.wait(2 * HOUR)] == ["a"]
        trial.does()
        overall = START + 10 * HOUR
        assert trial.wait(3 * HOUR) == [
            DeadlineApproaching("b", "overall", 50, overall),
            Escalated("supervisor", "overall"),
        ]
        assert trial.wait(3 * HOUR) == [
            DeadlineApproaching("b", "overall", 80, overall),
            Escalated("approver", "overall"),
        ]
        assert trial.wait(2 * HOUR) == [
            DeadlineMissed("b", "overall", overall, False),
            Escalated("regulator_desk", "overall"),
        ]
        assert trial.wait(10 * HOUR) == [
            DeadlineMissed("b", "b", START + 11 * HOUR, False),
            Escalated("qa", "b"),
        ]
        assert trial.wait(400 * DAY) == []

    def test_a_share_of_a_steps_limit_warns_before_it(self) -> None:
        trial = Trial(
            step("a", limits=[{**HOURS, "value": 4}]),
            escalations=[
                {"step": "a", "percent": 50, "unless": {"field": "severity", "is": ["S4"]}, "to": "supervisor"},
                {"step": "a", "times": 1, "to": "approver"},
            ],
        )
        due = START + 4 * HOUR
        assert trial.wait(2 * HOUR) == [DeadlineApproaching("a", "a", 50, due), Escalated("supervisor", "a")]
        assert trial.wait(2 * HOUR) == [DeadlineMissed("a", "a", due, False), Escalated("approver", "a")]
        spared = Trial(
            step("a", limits=[{**HOURS, "value": 4}]),
            fields={"severity": "S4"},
            escalations=[
                {"step": "a", "percent": 50, "unless": {"field": "severity", "is": ["S4"]}, "to": "supervisor"}
            ],
        )
        assert [type(e) for e in spared.wait(4 * HOUR)] == [DeadlineApproaching, DeadlineMissed]


class TestPause:
    def trial(self, **overall: Any) -> Trial:
        return Trial(
            step("wait", limits=[{**HOURS, "value": 24}], pausable=True),
            overall_limit={**DAYS, "value": 7, **overall},
            escalations=[{"percent": 50, "to": "supervisor"}],
        )

    def test_stops_step_and_overall_with_their_shares_until_the_proof_is_there(self) -> None:
        trial = self.trial()
        before = trial.due()
        trial.wait(2 * HOUR)
        trial.take(trial.engine.pause(trial.run, now=trial.now, reason="proof"))
        assert trial.due() == {}
        assert trial.wait(30 * DAY) == []
        trial.take(trial.engine.resume(trial.run, now=trial.now))
        assert trial.due() == {key: span + 30 * DAY for key, span in before.items()}

    def test_never_stops_the_legal_clock(self) -> None:
        trial = self.trial(legal_clock=True, kind="law")
        before = trial.due()
        trial.take(trial.engine.pause(trial.run, now=trial.now, reason="proof"))
        assert trial.due() == {key: span for key, span in before.items() if key.startswith("overall")}
        assert [type(e) for e in trial.wait(8 * DAY)] == [DeadlineApproaching, Escalated, DeadlineMissed]


class TestSubProcedures:
    def test_the_run_waits_for_the_other_one_and_goes_on_where_it_says(self) -> None:
        trial = Trial(
            step("a", next=[{"to": "other"}]),
            step("other", actor="system", next=[], spawns={"procedure": "claim", "then": "b"}),
            step("b"),
            overall_limit={**DAYS, "value": 7},
        )
        assert trial.does().of(Spawned) == [Spawned("claim", True)]
        assert trial.run.waiting_for == "claim"
        assert list(trial.due()) == ["overall"]
        trial.wait(2 * DAY)
        trial.take(trial.engine.join_back(trial.run, now=trial.now))
        assert (trial.run.step, trial.run.waiting_for) == ("b", None)
        assert trial.does().of(Ended) == [Ended("end")]


class TestVersions:
    def test_a_run_keeps_the_version_it_began_with(self) -> None:
        first = procedure(step("a", next=[{"to": "b"}], limits=[{**HOURS, "value": 1}]), step("b"))
        second = procedure(step("a", fields=["answer_text"]), version=2)
        library = Library(LIBRARY.dictionary, {("small", 1): first, ("small", 2): second})
        old = library.engine("small", 1).start(now=START, fields={}).run
        new = library.engine("small").start(now=START, fields={}).run
        assert (old.version, new.version, library.newest("small")) == (1, 2, 2)
        again = library.engine(old.procedure, old.version).complete(old, actor=AGENT, now=START).run
        assert (again.step, again.version) == ("b", 1)
        with pytest.raises(MissingFields):
            library.engine(new.procedure, new.version).complete(new, actor=AGENT, now=START)
        for name, version in (("small", 3), ("none", 1), ("none", None)):
            with pytest.raises(UnknownProcedure):
                library.engine(name, version)
