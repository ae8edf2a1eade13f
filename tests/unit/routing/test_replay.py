"""Recorded days, replayed with other rules."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from contracts.assignments import AgentStateChanged, WorkAccepted, WorkCompleted
from contracts.event import EventData
from contracts.values import Channel
from contracts.work import SkillNeed, WorkCancelled, WorkRequested
from routing.simulation import simulate_runs
from routing.simulation.recording import RecordedAgent, RecordedCall, Recording, from_events, spans
from routing.simulation.replay import Changes, centre_of_recording

BEGIN = datetime(2026, 11, 20, 8, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """An instant of the day."""
    return BEGIN + timedelta(seconds=seconds)


def call(seconds: float, outcome: str = "answered", **more: object) -> RecordedCall:
    """A recorded call."""
    raw = {"at": at(seconds), "queue": "tracking", "channel": "voice", "outcome": outcome, "waited": 0.0}
    return RecordedCall.model_validate(raw | more)


def recording(*calls: RecordedCall, agents: int = 1) -> Recording:
    """An hour with agents who were there throughout."""
    there = ((BEGIN, at(3600)),)
    return Recording.model_validate(
        {
            "begin": BEGIN,
            "end": at(3600),
            "queues": [{"name": "tracking", "ask_language": False, "wrap_up_seconds": 0}],
            "agents": [RecordedAgent(id=f"agent-{n}", available=there, skills={"tracking": 3}) for n in range(agents)],
            "calls": calls,
        }
    )


def test_the_day_comes_out_as_it_was() -> None:
    """Same rules, same agents: the recorded waits and outcomes, to the second."""
    day = recording(
        call(0, handled=100.0),
        call(10, waited=90.0, handled=50.0),
        call(20, "abandoned", waited=60.0),
        call(200, handled=10.0),
    )
    whole = simulate_runs(centre_of_recording(day, Changes()), seed=1).row("all")
    assert whole.arrived == 4
    assert whole.abandonment.value == pytest.approx(1 / 4)
    assert whole.speed_of_answer.value == pytest.approx(30)


def test_more_agents_and_other_rules_change_it() -> None:
    day = recording(call(0, handled=100.0), call(10, waited=90.0, handled=50.0))
    more = Changes.model_validate({"more_agents": [{"count": 1}]})
    assert simulate_runs(centre_of_recording(day, more), seed=1).row("all").speed_of_answer.value == 0
    nobody = Changes.model_validate({"without_agents": ["agent-0"]})
    assert simulate_runs(centre_of_recording(day, nobody), seed=1).unresolved == 2
    stricter = Changes.model_validate({"queues": [{"name": "tracking", "needs": {"claims": 1}, "ask_language": False}]})
    assert simulate_runs(centre_of_recording(day, stricter), seed=1).unresolved == 2
    trained = stricter.model_copy(update={"profiles": {"agent-0": {"claims": 2}}})
    assert simulate_runs(centre_of_recording(day, trained), seed=1).unresolved == 0


def test_who_was_answered_may_give_up_when_it_takes_longer() -> None:
    """One gave up per 60 s of waiting, so with nobody there the others do not wait for ever."""
    day = recording(*(call(n, "answered" if n % 3 else "abandoned", waited=20.0, handled=5.0) for n in range(30)))
    gone = Changes.model_validate({"without_agents": ["agent-0"]})
    whole = simulate_runs(centre_of_recording(day, gone), seed=1)
    assert whole.row("all").abandonment.value == 1
    assert 20 < whole.row("all").wait.value < 120


def line(event: EventData) -> str:
    """An exported event, as a structured CloudEvent."""
    return json.dumps({"specversion": "1.0", "type": event.event_type, "data": event.model_dump(mode="json")})


def events() -> list[EventData]:
    """A morning: one agent, one answered caller, one who gave up."""
    first, second = UUID(int=1), UUID(int=2)
    common = {"case_id": UUID(int=9), "channel": Channel.VOICE, "queue": "tracking"}

    def asked(work: UUID, seconds: float) -> WorkRequested:
        skills = (SkillNeed(skill="tracking", level=2),)
        return WorkRequested(work_item_id=work, case_no="C", enqueued_at=at(seconds), skills=skills, **common)

    return [
        AgentStateChanged(agent_id="ann", presence="available", occurred_at=at(0)),
        asked(first, 10),
        asked(second, 20),
        WorkAccepted(
            work_item_id=first, offer_id=UUID(int=3), agent_id="ann", enqueued_at=at(10), waited_seconds=5,
            occurred_at=at(15), **common,
        ),
        WorkCancelled(work_item_id=second, reason="left", abandoned=True, occurred_at=at(60)),
        WorkCompleted(
            work_item_id=first, agent_id="ann", queue="tracking", channel=Channel.VOICE, handled_seconds=85,
            occurred_at=at(100),
        ),
        AgentStateChanged(agent_id="ann", presence="offline", occurred_at=at(200)),
    ]  # fmt: skip


def test_exported_events_make_a_recording(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text("\n".join([*map(line, events()), '{"type": "posthouse.case.opened.v1", "data": {}}']) + "\n")
    day = Recording.load(path)
    assert [(one.outcome, one.waited, one.handled, one.needs) for one in day.calls] == [
        ("answered", 5.0, 85.0, {"tracking": 2}),
        ("abandoned", 40.0, None, {"tracking": 2}),
    ]
    assert day.agents == (RecordedAgent(id="ann", available=((at(0), at(200)),)),)
    whole = simulate_runs(centre_of_recording(day, Changes()), seed=1).row("all")
    assert (whole.arrived, whole.abandonment.value) == (2, 0.5)


def test_a_recording_survives_its_file(tmp_path: Path) -> None:
    day = recording(call(0, handled=100.0), call(5, "abandoned", waited=3.0))
    path = tmp_path / "day.json"
    path.write_text(day.model_dump_json(by_alias=True))
    assert Recording.load(path) == day


def test_events_without_work_are_refused() -> None:
    with pytest.raises(ValueError, match="no work was requested"):
        from_events([])


def test_spans_of_presence() -> None:
    changes = [(at(0), False), (at(10), True), (at(20), True), (at(30), False), (at(40), True)]
    assert spans(changes, at(50)) == ((at(10), at(30)), (at(40), at(50)))
