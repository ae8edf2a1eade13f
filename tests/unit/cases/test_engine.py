"""What the engine refuses, allows with a reason, and never lets pass in silence."""

from datetime import timedelta

import pytest

from cases.domain import closing
from cases.domain.errors import (
    BadFields,
    MissingFields,
    OutcomeNeeded,
    OutOfOrder,
    ProcedureEnded,
    SegregationOfDuties,
    StepsSkipped,
    UnknownStep,
    WaitingForSubProcedure,
    WrongActor,
)
from cases.domain.run import BY_SYSTEM, Actor, DeadlineMissed, Deviated, Ended, Pause, StepDone
from tests.unit.cases.walking import START, Walk

AGENT = Actor("agent-1", frozenset({"front_desk"}), is_owner=True)
APPROVER = Actor("boss", frozenset({"approver"}))


class TestFields:
    def test_a_field_of_another_procedure_is_refused(self) -> None:
        walk = Walk.of("tracking_query")
        with pytest.raises(BadFields) as refused:
            walk.engine.record(walk.run, fields={"qa_score": 1}, now=START)
        assert refused.value.pointers == {"/fields/qa_score": "is not a field of the procedure tracking_query"}

    def test_a_missing_field_is_refused_and_named(self) -> None:
        walk = Walk.of("tracking_query")
        with pytest.raises(MissingFields) as refused:
            walk.engine.complete(walk.run, actor=AGENT, now=START)
        assert set(refused.value.pointers) == {"/fields/customer_name", "/fields/waybill_no"}
        assert refused.value.may_deviate

    def test_a_reason_makes_it_a_deviation_per_field(self) -> None:
        walk = Walk.of("tracking_query")
        progress = walk.engine.complete(walk.run, actor=AGENT, now=START, reason="refuses")
        assert [(d.subject, d.reason) for d in progress.of(Deviated)] == [
            ("customer_name", "refuses"),
            ("waybill_no", "refuses"),
        ]
        assert progress.run.step == "verify"

    def test_a_step_that_must_have_its_fields_takes_no_reason(self) -> None:
        walk = Walk.of("order_taking")
        walk.reach("confirm_order")
        with pytest.raises(MissingFields) as refused:
            walk.engine.complete(walk.run, actor=AGENT, now=START, reason="in a hurry")
        assert not refused.value.may_deviate

    def test_a_fresh_step_forgets_the_answer_of_the_round_before(self) -> None:
        walk = Walk.of("complaint")
        walk.reach("approval")
        returned = {"approval_id": "A1", "approval_decision": "returned"}
        amount = {"amount": {"minor": 100, "currency": "CNY"}}
        walk.take(walk.engine.complete(walk.run, actor=APPROVER, now=START, fields={**returned, **amount}))
        walk.reach("approval")
        assert "approval_decision" not in walk.run.fields


class TestOrder:
    def test_another_step_needs_a_reason(self) -> None:
        walk = Walk.of("tracking_query")
        with pytest.raises(OutOfOrder):
            walk.engine.complete(walk.run, actor=AGENT, now=START, step="limited_answer", fields={"answer_text": "x"})

    def test_with_a_reason_it_is_done_and_recorded(self) -> None:
        walk = Walk.of("tracking_query")
        fields = {"answer_text": "x", "waybill_no": "SF1", "verification_level": "none"}
        progress = walk.engine.complete(
            walk.run, actor=AGENT, now=START, step="limited_answer", fields=fields, reason="urgent"
        )
        assert [(d.kind, d.step) for d in progress.of(Deviated)] == [("out_of_order", "limited_answer")]
        assert progress.of(Ended) == [Ended("closed")]

    def test_an_unknown_step_is_named(self) -> None:
        walk = Walk.of("tracking_query")
        with pytest.raises(UnknownStep):
            walk.engine.complete(walk.run, actor=AGENT, now=START, step="nowhere", reason="x")

    @pytest.mark.parametrize(
        ("procedure", "here", "there", "guard"),
        [
            ("order_taking", "customer_info", "confirm_order", "compliance_check"),
            ("order_taking", "compliance_check", "capacity_quote", "compliance_check"),
            ("claim", "offer", "pay", "approval"),
            ("regulator_appeal", "settle", "submitted", "approve_reply"),
            ("service_disruption", "detect", "broadcast", "report"),
        ],
    )
    def test_no_reason_passes_what_must_not_be_skipped(self, procedure: str, here: str, there: str, guard: str) -> None:
        walk = Walk.of(procedure)
        walk.reach(here)
        with pytest.raises(OutOfOrder) as refused:
            walk.engine.complete(walk.run, actor=BY_SYSTEM, now=START, step=there, reason="because")
        assert refused.value.needs == guard

    def test_going_back_to_a_step_is_free(self) -> None:
        walk = Walk.of("order_taking")
        walk.reach("payment")
        progress = walk.engine.complete(walk.run, actor=AGENT, now=START, step="shipment_info", reason="typo")
        assert progress.run.step == "payment" or progress.run.visits["shipment_info"] == 2

    def test_several_ways_need_an_outcome(self) -> None:
        walk = Walk.of("tracking_query")
        walk.reach("answer")
        given = {"answer_text": "x", "answered_at": START.isoformat()}
        with pytest.raises(OutcomeNeeded) as refused:
            walk.engine.complete(walk.run, actor=AGENT, now=START, fields=given)
        assert refused.value.open_outcomes == ("answered", "abnormal", "dissatisfied")
        with pytest.raises(OutcomeNeeded):
            walk.engine.complete(walk.run, actor=AGENT, now=START, fields=given, outcome="vanished")

    def test_after_the_end_nothing_moves(self) -> None:
        walk = Walk.of("suggestion")
        walk.finish()
        for act in (walk.engine.complete, walk.engine.record):
            with pytest.raises(ProcedureEnded):
                act(walk.run, now=START, fields={}, **({"actor": AGENT} if act == walk.engine.complete else {}))

    def test_while_a_sub_procedure_runs_nothing_moves(self) -> None:
        walk = Walk.of("exception_parcel")
        walk.reach("to_claim")
        with pytest.raises(WaitingForSubProcedure):
            walk.engine.complete(walk.run, actor=AGENT, now=START)


class TestDuties:
    def test_a_desk_role_must_be_held(self) -> None:
        walk = Walk.of("exception_parcel")
        walk.reach("review")
        with pytest.raises(WrongActor):
            walk.engine.complete(walk.run, actor=AGENT, now=START, fields={"lesson": "x", "improvement_action": "y"})

    def test_a_departments_step_is_recorded_on_its_behalf(self) -> None:
        walk = Walk.of("suggestion")
        walk.reach("record")
        walk = Walk.of("parcel_follow_up")
        walk.reach("ops_answer")
        progress = walk.engine.complete(
            walk.run, actor=AGENT, now=START, fields={"ops_reply": "found", "evidence": ["photo"]}
        )
        done = progress.of(StepDone)[0]
        assert (done.actor, done.on_behalf_of) == ("agent-1", "operations")

    def test_the_owner_does_not_approve(self) -> None:
        walk = Walk.of("complaint")
        walk.reach("approval")
        owner = Actor("boss", frozenset({"approver"}), is_owner=True)
        with pytest.raises(SegregationOfDuties):
            walk.engine.complete(walk.run, actor=owner, now=START)

    def test_who_proposed_does_not_approve(self) -> None:
        walk = Walk.of("complaint")
        walk.reach("approval")
        proposer = walk.run.done_by["proposal"]
        with pytest.raises(SegregationOfDuties):
            walk.engine.complete(walk.run, actor=Actor(proposer, frozenset({"approver"})), now=START)

    def test_who_scored_does_not_review(self) -> None:
        walk = Walk.of("qa_review")
        walk.reach("appealed")
        scorer = Actor(walk.run.done_by["human_score"], frozenset({"supervisor"}))
        with pytest.raises(SegregationOfDuties):
            walk.engine.complete(walk.run, actor=scorer, now=START, outcome="settled")


class TestClosing:
    def test_walks_what_is_left_where_the_fields_are_there(self) -> None:
        walk = Walk.of("tracking_query")
        fields = {
            "customer_name": "王芳",
            "waybill_no": "SF1234567890123",
            "verification_level": "none",
            "verification_method": "none",
            "customer_role": "other",
            "answer_text": "上海",
        }
        progress = closing.close(walk.engine, walk.run, actor=AGENT, now=START, fields=fields)
        assert [d.step for d in progress.of(StepDone)] == ["ask_number", "verify", "limited_answer"]
        assert progress.of(Ended) == [Ended("closed")] and progress.of(Deviated) == []

    def test_without_reason_names_the_step_and_the_closing_fields(self) -> None:
        walk = Walk.of("tracking_query")
        with pytest.raises(MissingFields) as refused:
            closing.close(walk.engine, walk.run, actor=AGENT, now=START)
        assert refused.value.missing == {
            "ask_number": ("customer_name", "waybill_no"),
            "closing": ("answer_text", "verification_level"),
        }

    def test_closing_fields_without_the_steps_is_still_leaving_the_order(self) -> None:
        walk = Walk.of("suggestion")
        walk.reach("assess")
        with pytest.raises(StepsSkipped):
            closing.close(walk.engine, walk.run, actor=Actor("x", frozenset()), now=START)

    def test_stays_at_the_step_it_had_reached(self) -> None:
        walk = Walk.of("tracking_query")
        progress = closing.close(walk.engine, walk.run, actor=AGENT, now=START, reason="duplicate")
        assert (progress.run.step, progress.run.ended_at) == ("ask_number", START)
        again = walk.engine.reopen(progress.run, now=START)
        assert (again.run.step, again.run.ended_at) == ("ask_number", None)

    def test_an_order_the_customer_gave_up_may_be_closed(self) -> None:
        walk = Walk.of("order_taking")
        progress = closing.close(walk.engine, walk.run, actor=AGENT, now=START, reason="customer hung up")
        assert (progress.run.step, progress.run.ended_at) == ("customer_info", START)

    @pytest.mark.parametrize("step", ["proposal", "final_reply"])
    def test_a_complainant_who_was_not_told_keeps_the_case_open(self, step: str) -> None:
        walk = Walk.of("complaint")
        walk.reach(step)
        with pytest.raises(StepsSkipped) as refused:
            closing.close(walk.engine, walk.run, actor=AGENT, now=START, reason="let me")
        assert not refused.value.may_deviate

    def test_a_complaint_solved_on_the_spot_may_be_closed_early(self) -> None:
        walk = Walk.of("complaint")
        walk.reach("recorded")
        progress = closing.close(walk.engine, walk.run, actor=AGENT, now=START, reason="solved on the spot")
        assert progress.run.ended_at == START

    def test_calls_owe_the_closing_duties(self) -> None:
        walk = Walk.of("suggestion")
        assert walk.engine.closing_fields(walk.run) == ["suggestion_text"]
        call = Walk.of("tracking_query")
        spoken = call.run.having(fields={**call.run.fields, "channel": "voice"})
        assert "other_help_asked" in call.engine.closing_fields(spoken)
        assert "other_help_asked" not in call.engine.closing_fields(call.run)


class TestPause:
    def test_a_pausable_clock_stands_while_the_customer_owes_proof(self) -> None:
        walk = Walk.of("claim")
        walk.reach("documents")
        due = walk.run.deadlines["2:documents"]
        walk.take(walk.engine.pause(walk.run, now=walk.now, reason="proof"))
        assert walk.run.deadlines == {}
        walk.now += timedelta(days=3)
        walk.take(walk.engine.resume(walk.run, now=walk.now))
        assert walk.run.deadlines["2:documents"] == due + timedelta(days=3)

    def test_only_steps_that_say_so_pause(self) -> None:
        walk = Walk.of("complaint")
        before = walk.run
        assert walk.engine.pause(before, now=START, reason="x").run == before

    def test_leaving_the_step_ends_the_pause(self) -> None:
        walk = Walk.of("claim")
        walk.reach("documents")
        walk.take(walk.engine.pause(walk.run, now=walk.now, reason="proof"))
        walk.now += timedelta(days=3)
        walk.go(walk.engine.procedure.step("documents").next[0])
        assert not walk.run.paused
        assert [pause.until for pause in walk.run.pauses] == [walk.now]
        walk.reach("approval")
        assert walk.run.deadlines == {f"{walk.run.visit}:approval": walk.now + timedelta(hours=24)}

    def test_the_legal_clock_never_pauses(self) -> None:
        walk = Walk.of("complaint")
        paused = walk.run.having(pauses=(Pause(since=START, reason="x"),))
        assert "overall" in walk.engine.settle(paused, START).run.deadlines


class TestRecompute:
    def test_a_change_of_severity_moves_the_deadline(self) -> None:
        walk = Walk.of("parcel_follow_up")
        walk.reach("ops_answer")
        key = next(iter(walk.run.deadlines))
        walk.take(walk.engine.record(walk.run, fields={"severity": "S1"}, now=START))
        assert walk.run.deadlines[key] == START + timedelta(hours=1)
        walk.take(walk.engine.record(walk.run, fields={"severity": "S3"}, now=START))
        assert walk.run.deadlines[key] == START + timedelta(hours=24)

    def test_a_fired_deadline_does_not_come_back(self) -> None:
        walk = Walk.of("parcel_follow_up")
        walk.reach("ops_answer")
        walk.take(walk.engine.record(walk.run, fields={"severity": "S1"}, now=START))
        walk.wait(timedelta(hours=2))
        caused = walk.take(walk.engine.record(walk.run, fields={"severity": "S3"}, now=walk.now))
        assert caused.of(DeadlineMissed) == [] and walk.run.deadlines == {}
