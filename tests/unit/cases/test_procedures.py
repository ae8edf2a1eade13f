"""Every procedure walked in virtual time: its normal path, every branch, every deadline."""

from datetime import datetime, timedelta

import pytest

from cases import procedures
from cases.domain.procedure import Unit
from cases.domain.run import (
    DeadlineMissed,
    Deviated,
    Ended,
    Escalated,
    Flagged,
    NoticeOwed,
    Spawned,
    StepDone,
)
from chassis.i18n import Catalogue
from tests.unit.cases.walking import LIBRARY, START, Walk, everybody

ALL = LIBRARY.ids()

NORMAL_PATHS = {
    "consultation": "ask_customer listen_record answer confirm closed",
    "inquiry": "capture answer confirm closed",
    "order_taking": "customer_info shipment_info compliance_check capacity_quote confirm_order payment pickup "
    "follow_up delivered",
    "tracking_query": "ask_number verify lookup answer closed",
    "parcel_follow_up": "report_received logged system_query chase ops_answer coordinate remedy feedback filed",
    "exception_parcel": "discovered recorded dispatch investigate rules plan_agreed execute feedback review closed",
    "complaint": "received listen recorded prelim_cause verify_ops explain proposal approval remedy final_reply "
    "accountability improve closed",
    "claim": "filed documents liability calculate offer approval pay recover closed",
    "undeliverable_parcel": "confirm_undeliverable ask_sender return_sender closed",
    "emergency": "answer_first calm_collect dispatch monitor resolved evaluate closed",
    "fault": "assess guide verify feedback closed",
    "cancellation": "verify reason execute closed",
    "outbound": "prepare dial open talk thanks done",
    "regulator_appeal": "received link investigate settle approve_reply submitted closed",
    "suggestion": "record assess answer closed",
    "service_disruption": "detect report broadcast lifted",
    "qa_review": "sampled auto_score human_score published closed",
}


def walked(walk: Walk) -> list[str]:
    """The steps that were done, and the last one reached."""
    done = [effect.step for effect in walk.effects if isinstance(effect, StepDone)]
    return [*done, walk.step]


class TestData:
    def test_every_procedure_can_run(self) -> None:
        assert procedures.check() == []

    def test_there_are_seventeen(self) -> None:
        assert sorted(NORMAL_PATHS) == ALL

    def test_every_code_an_entry_may_have_has_its_words(self) -> None:
        known = Catalogue.load("cases").keys()
        limits = [limit for p in LIBRARY.procedures.values() for step in p.steps for limit in step.limits]
        flags = {f"flag.{limit.on_breach.flag}" for limit in limits if limit.on_breach.flag}
        assert flags <= known

    @pytest.mark.parametrize("name", ALL)
    def test_is_drawn_with_every_step_and_way(self, name: str) -> None:
        drawn = procedures.draw_mermaid(name, language="en").splitlines()
        procedure = LIBRARY.engine(name).procedure
        for step in procedure.steps:
            assert any(line.strip().startswith(f"{step.id}: ") for line in drawn)
            for way in step.next:
                assert any(line.strip().startswith(f"{step.id} --> {way.to}") for line in drawn)


class TestNormalPath:
    @pytest.mark.parametrize("name", ALL)
    def test_runs_from_start_to_end_without_deviation(self, name: str) -> None:
        walk = Walk.of(name)
        path = NORMAL_PATHS[name].split()
        severity = {"severity": "S3"} if "severity" in walk.engine.field_names() else {}
        for target in path[1:]:
            if walk.step in path[: path.index(target)]:
                walk.towards(target, **severity)
                severity = {}
        assert walked(walk) == path
        assert walk.run.ended_at == START
        assert [e for e in walk.effects if isinstance(e, Deviated)] == []
        assert walk.run.deadlines == {}

    def test_the_run_keeps_its_version(self) -> None:
        assert all(Walk.of(name).run.version == LIBRARY.newest(name) for name in ALL)


class TestBranches:
    @pytest.mark.parametrize(
        ("name", "step", "number"),
        [(name, *branch) for name in ALL for branch in everybody(LIBRARY.engine(name).procedure)],
    )
    def test_each_way_leads_where_it_says_and_on_to_an_end(self, name: str, step: str, number: int) -> None:
        walk = Walk.of(name)
        way = LIBRARY.engine(name).procedure.step(step).next[number]

        def taken(tried: Walk) -> bool:
            return any((e.step, e.next_step, e.outcome) == (step, way.to, way.outcome) for e in tried.done())

        walk.search(taken)
        walk.finish()
        assert walk.run.ended_at is not None
        assert [e for e in walk.effects if isinstance(e, Deviated)] == []

    @pytest.mark.parametrize(
        ("name", "step"),
        [(p.id, step.id) for p in LIBRARY.procedures.values() for step in p.steps if step.spawns is not None],
    )
    def test_sub_procedures_begin_and_join_back(self, name: str, step: str) -> None:
        walk = Walk.of(name)
        walk.reach(step)
        spawns = walk.engine.procedure.step(step).spawns
        assert spawns is not None
        assert [e for e in walk.effects if isinstance(e, Spawned)] == [
            Spawned(spawns.procedure, spawns.then is not None)
        ]
        if spawns.then is None:
            assert walk.run.ended_at is not None
        else:
            assert walk.run.waiting_for == spawns.procedure
            walk.take(walk.engine.join_back(walk.run, now=walk.now))
            assert (walk.step, walk.run.waiting_for) == (spawns.then, None)

    @pytest.mark.parametrize(
        ("name", "step", "notice"),
        [(p.id, step.id, n) for p in LIBRARY.procedures.values() for step in p.steps for n in step.notify],
    )
    def test_notices_are_owed_where_the_procedure_says(self, name: str, step: str, notice: str) -> None:
        walk = Walk.of(name)
        walk.reach(step)
        assert NoticeOwed(notice, step) in walk.effects


SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def midnight(days: int) -> timedelta:
    """From the start, nine in the morning local time, to 24:00 of the day `days` days later."""
    return timedelta(hours=15) + days * DAY


DEADLINES = [
    # procedure, step, limit, fields on the way, due after entering everything at once, roles told
    ("consultation", "answer", "answer", {}, 3 * MINUTE, set()),
    ("consultation", "specialist", "specialist", {}, 24 * HOUR, {"supervisor"}),
    ("consultation", "reply_customer", "reply_customer", {}, 6 * HOUR, {"supervisor"}),
    ("inquiry", "answer", "answer", {}, 3 * MINUTE, set()),
    ("inquiry", "reply", "reply", {}, 6 * HOUR, {"supervisor"}),
    ("order_taking", "pickup", "pickup", {}, 6 * HOUR, {"supervisor"}),
    ("tracking_query", "lookup", "lookup", {}, 3 * SECOND, set()),
    ("tracking_query", "answer", "answer", {}, 3 * MINUTE, set()),
    ("parcel_follow_up", "logged", "logged", {}, 30 * MINUTE, {"supervisor"}),
    ("parcel_follow_up", "ops_answer", "ops_answer", {"severity": "S1"}, 1 * HOUR, {"supervisor"}),
    ("parcel_follow_up", "ops_answer", "ops_answer", {"severity": "S2"}, 4 * HOUR, {"supervisor"}),
    ("parcel_follow_up", "ops_answer", "ops_answer", {"severity": "S3"}, 24 * HOUR, {"supervisor"}),
    ("parcel_follow_up", "ops_answer", "ops_answer", {"severity": "S4"}, 48 * HOUR, {"supervisor"}),
    ("exception_parcel", "recorded", "recorded", {}, 2 * HOUR, {"supervisor"}),
    ("exception_parcel", "stop_transport", "stop_transport", {}, 5 * MINUTE, {"approver"}),
    ("exception_parcel", "alert", "alert", {"severity": "S1"}, 30 * MINUTE, {"approver"}),
    ("exception_parcel", "alert", "alert", {"severity": "S2"}, 2 * HOUR, {"approver"}),
    ("exception_parcel", "investigate", "investigate", {"severity": "S1"}, 4 * HOUR, {"supervisor"}),
    ("exception_parcel", "investigate", "investigate", {"severity": "S2"}, 24 * HOUR, {"supervisor"}),
    ("exception_parcel", "investigate", "investigate", {"severity": "S3"}, 48 * HOUR, {"supervisor"}),
    ("exception_parcel", "investigate", "investigate", {"severity": "S4"}, 72 * HOUR, {"supervisor"}),
    ("exception_parcel", "review", "review", {}, midnight(7), {"approver"}),
    ("complaint", "prelim_cause", "prelim_cause", {}, 4 * HOUR, {"supervisor"}),
    ("complaint", "verify_ops", "verify_ops", {"severity": "S1"}, 4 * HOUR, {"supervisor"}),
    ("complaint", "verify_ops", "verify_ops", {"severity": "S2"}, 24 * HOUR, {"supervisor"}),
    ("complaint", "verify_ops", "verify_ops", {"severity": "S3"}, 48 * HOUR, {"supervisor"}),
    ("complaint", "explain", "explain", {}, 72 * HOUR, {"supervisor"}),
    ("complaint", "second_level", "second_level", {}, 24 * HOUR, {"approver"}),
    ("complaint", "approval", "approval", {}, 24 * HOUR, {"supervisor"}),
    ("complaint", "final_reply", "final_reply", {}, midnight(7), {"approver"}),
    ("claim", "documents", "documents", {}, midnight(7), set()),
    ("claim", "approval", "approval", {}, 24 * HOUR, {"supervisor"}),
    ("claim", "pay", "pay", {}, midnight(7), {"approver"}),
    ("undeliverable_parcel", "ask_sender", "ask_sender", {}, midnight(7), set()),
    ("undeliverable_parcel", "ownerless", "ownerless", {}, midnight(184), set()),
    ("emergency", "answer_first", "answer_first", {}, 10 * SECOND, {"supervisor", "approver"}),
    ("emergency", "calm_collect", "calm_collect", {}, 3 * MINUTE, {"supervisor", "approver"}),
    ("emergency", "dispatch", "dispatch", {}, 5 * MINUTE, {"approver"}),
    ("emergency", "monitor", "monitor", {}, 30 * MINUTE, {"approver"}),
    ("emergency", "authority_report", "authority_report", {}, 5 * MINUTE, {"approver"}),
    ("emergency", "evaluate", "evaluate", {}, midnight(3), {"approver"}),
    ("fault", "specialist", "specialist", {"severity": "S1"}, 1 * HOUR, {"supervisor"}),
    ("fault", "specialist", "specialist", {"severity": "S2"}, 4 * HOUR, {"supervisor"}),
    ("cancellation", "refund", "refund", {}, midnight(7), {"supervisor"}),
    ("outbound", "open", "open", {}, 20 * SECOND, set()),
    ("outbound", "callback_due", "callback_due", {}, 6 * HOUR + 5 * MINUTE, {"supervisor"}),
    ("regulator_appeal", "received", "received", {}, midnight(1), {"approver"}),
    ("regulator_appeal", "investigate", "investigate", {}, midnight(3), {"approver"}),
    ("regulator_appeal", "submitted", "submitted", {}, midnight(10), {"approver"}),
    ("regulator_appeal", "mediation", "mediation", {}, midnight(3), {"approver"}),
    ("suggestion", "assess", "assess", {}, midnight(15), {"supervisor"}),
    ("service_disruption", "report", "report", {"occurred_at": START.isoformat()}, 24 * HOUR, {"approver"}),
    ("service_disruption", "broadcast", "broadcast", {}, 30 * MINUTE, {"approver"}),
    ("qa_review", "human_score", "human_score", {}, midnight(3), {"supervisor"}),
    ("qa_review", "appealed", "appealed", {}, midnight(7), {"approver"}),
]


class TestDeadlines:
    @pytest.mark.parametrize(("name", "step", "limit", "fields", "span", "roles"), DEADLINES)
    def test_fires_at_its_instant_and_once(
        self, name: str, step: str, limit: str, fields: dict, span: timedelta, roles: set
    ) -> None:
        walk = Walk.of(name)
        reach_with(walk, step, fields)
        assert walk.step == step
        early = walk.wait(span - SECOND)
        assert [e for e in early if isinstance(e, DeadlineMissed) and e.limit == limit] == []
        caused = walk.wait(SECOND)
        missed = [e for e in caused if isinstance(e, DeadlineMissed) and e.limit == limit]
        assert [(m.step, m.due_at) for m in missed] == [(step, START + span)]
        assert {e.role for e in caused if isinstance(e, Escalated) and e.cause == limit} >= roles
        later = walk.wait(400 * DAY) if step not in ("monitor",) else []
        assert [e for e in later if isinstance(e, DeadlineMissed) and e.limit == limit and not e.legal] == []

    def test_every_limit_of_every_procedure_is_in_the_table(self) -> None:
        tested = {(name, step, limit) for name, step, limit, *_ in DEADLINES}
        timed = {
            (p.id, step.id, step.limit_id(limit))
            for p in LIBRARY.procedures.values()
            for step in p.steps
            for limit in step.limits
            if limit.unit is not Unit.ATTEMPTS
        }
        assert timed - tested == {("exception_parcel", "investigate", "complete_delay")}

    def test_no_answer_from_the_sender_returns_the_parcel(self) -> None:
        walk = Walk.of("undeliverable_parcel")
        walk.reach("ask_sender")
        walk.wait(8 * DAY)
        assert walk.step == "return_sender"

    @pytest.mark.parametrize(("route", "days"), [("same_city", 3), ("inter_city", 7)])
    def test_a_complete_delay_counts_as_lost(self, route: str, days: int) -> None:
        walk = Walk.of("exception_parcel")
        promised = datetime.fromisoformat("2026-03-03T18:00:00+08:00")
        fields = {"route": route, "promised_delivery_at": promised.isoformat(), "exception_type": "delayed"}
        reach_with(walk, "investigate", {**fields, "severity": "S4"})
        walk.wait(midnight(1 + days) - SECOND)
        assert walk.step == "investigate"
        walk.wait(SECOND)
        assert walk.step == "rules"
        assert (walk.run.fields["exception_type"], walk.run.fields["cause_code"]) == ("lost", "complete_delay")

    def test_without_a_promised_time_nothing_is_presumed_lost(self) -> None:
        walk = Walk.of("exception_parcel")
        reach_with(walk, "investigate", {"severity": "S4"})
        walk.wait(400 * DAY)
        assert walk.step == "investigate"

    def test_investigation_at_twice_its_limit_goes_to_the_approver(self) -> None:
        walk = Walk.of("exception_parcel")
        reach_with(walk, "investigate", {"severity": "S3"})
        assert {e.role for e in walk.wait(48 * HOUR) if isinstance(e, Escalated)} == {"supervisor"}
        assert {e.role for e in walk.wait(48 * HOUR) if isinstance(e, Escalated)} == {"approver"}

    def test_operations_late_twice_goes_to_the_approver(self) -> None:
        walk = Walk.of("parcel_follow_up")
        reach_with(walk, "ops_answer", {"severity": "S2"})
        assert "approver" not in {e.role for e in walk.wait(5 * HOUR) if isinstance(e, Escalated)}
        walk.towards("chase")
        walk.go(walk.engine.procedure.step("chase").next[0]) if walk.step == "chase" else None
        assert walk.step == "ops_answer"
        assert "approver" in {e.role for e in walk.wait(5 * HOUR) if isinstance(e, Escalated)}

    def test_watching_an_emergency_starts_anew_with_each_update(self) -> None:
        walk = Walk.of("emergency")
        walk.reach("monitor")
        walk.wait(20 * MINUTE)
        walk.take(walk.engine.record(walk.run, fields={"ops_reply": "on the way"}, now=walk.now))
        assert [e for e in walk.wait(20 * MINUTE) if isinstance(e, DeadlineMissed)] == []
        assert len([e for e in walk.wait(20 * MINUTE) if isinstance(e, DeadlineMissed)]) == 1
        walk.take(walk.engine.record(walk.run, fields={"ops_reply": "there"}, now=walk.now))
        assert len([e for e in walk.wait(40 * MINUTE) if isinstance(e, DeadlineMissed)]) == 1

    def test_too_many_offers_are_flagged(self) -> None:
        walk = Walk.of("cancellation")
        walk.reach("offer")
        again = next(w for w in walk.engine.procedure.step("offer").next if w.outcome == "another")
        walk.go(again, retention_result="declined")
        assert [e for e in walk.effects if isinstance(e, Flagged)] == []
        walk.go(again, retention_result="declined")
        assert [e for e in walk.effects if isinstance(e, Flagged)] == [Flagged("qa_review", "offer")]

    def test_three_attempts_then_unreached(self) -> None:
        walk = Walk.of("outbound")
        walk.reach("dial")
        no_answer = next(w for w in walk.engine.procedure.step("dial").next if w.outcome == "no_answer")
        for _ in range(2):
            walk.go(no_answer)
            assert walk.step == "dial"
        walk.go(no_answer)
        assert (walk.step, walk.run.fields["disposition"]) == ("unreached", "unreached")


class TestComplaintClock:
    def test_seven_days_whatever_happens_with_warnings_at_half_and_four_fifths(self) -> None:
        walk = Walk.of("complaint")
        total = midnight(7)
        assert {e.role for e in walk.wait(total / 2) if isinstance(e, Escalated)} == {"supervisor"}
        caused = walk.wait(total * 0.3)
        assert {e.role for e in caused if isinstance(e, Escalated)} == {"approver"}
        caused = walk.wait(total * 0.2)
        assert [e.limit for e in caused if isinstance(e, DeadlineMissed)] == ["overall"]
        assert "regulator_desk" in {e.role for e in caused if isinstance(e, Escalated)}

    def test_a_plan_in_time_spares_the_first_warning(self) -> None:
        walk = Walk.of("complaint")
        reach_with(walk, "approval", {"severity": "S3"})
        caused = walk.wait(midnight(7) / 2)
        assert "overall" not in {e.cause for e in caused if isinstance(e, Escalated)}

    def test_reopening_goes_to_the_second_level(self) -> None:
        walk = Walk.of("complaint")
        walk.finish()
        assert walk.step == "closed"
        walk.take(walk.engine.reopen(walk.run, now=walk.now + DAY))
        assert (walk.step, walk.run.ended_at) == ("second_level", None)
        assert [e for e in walk.effects if isinstance(e, Ended)] == [Ended("closed")]


def reach_with(walk: Walk, target: str, fields: dict) -> None:
    """Walk to a step, giving these fields as soon as they are asked for."""
    known = walk.engine.field_names()
    early = {name: value for name, value in fields.items() if name in known}
    fresh = {name for step in walk.engine.procedure.steps if step.fresh for name in step.fields}
    walk.take(walk.engine.record(walk.run, fields={k: v for k, v in early.items() if k not in fresh}, now=walk.now))
    walk.reach(target)
