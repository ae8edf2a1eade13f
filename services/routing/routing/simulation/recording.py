"""A day as it was: customers, agents and rules, from the store of routing or from exported events."""

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from contracts import assignments, work
from contracts.event import EventData
from contracts.values import Channel
from routing.domain.configuration import FloorRules
from routing.domain.rules import QueueRules
from routing.simulation.scenario import Part


class RecordedCall(Part):
    """A customer. `waited` runs to the answer or to giving up; `handled` is None if nobody answered or it still ran."""

    at: datetime
    queue: str
    channel: Channel
    needs: dict[str, int] = Field(default_factory=dict)
    language: str | None = None
    priority: int = 5
    preferred_agent_id: str | None = None
    outcome: Literal["answered", "abandoned", "other"]
    waited: float = Field(ge=0)
    handled: float | None = Field(default=None, ge=0)


class RecordedAgent(Part):
    """An agent and when they were available. Without a profile they get that of new agents."""

    id: str
    available: tuple[tuple[datetime, datetime], ...]
    skills: dict[str, int] | None = None
    groups: tuple[str, ...] = ()
    capacity: int = 100
    at_most: dict[str, int] = Field(default_factory=dict)
    rank: int = 0


class Recording(Part):
    """A stretch of time in one routing domain. Holds no personal data."""

    begin: datetime
    end: datetime
    queues: tuple[QueueRules, ...] = ()
    floor: FloorRules = Field(default_factory=FloorRules)
    agents: tuple[RecordedAgent, ...]
    calls: tuple[RecordedCall, ...]

    @classmethod
    def load(cls, path: Path) -> "Recording":
        """From a recording (one JSON object) or from exported events (one JSON object a line, as CloudEvents).

        Raises `ValueError`, or `pydantic.ValidationError` naming what is wrong.
        """
        text = path.read_text(encoding="utf-8")
        first = json.loads(text.split("\n", 1)[0]) if text.lstrip().startswith("{") and '"type"' in text[:400] else {}
        if isinstance(first, dict) and "type" in first:
            return from_events(json.loads(line) for line in text.splitlines() if line.strip())
        return cls.model_validate_json(text)


_READ: dict[str, type[EventData]] = {
    kind.event_type: kind
    for kind in (
        work.WorkRequested,
        work.WorkCancelled,
        assignments.WorkAccepted,
        assignments.WorkCompleted,
        assignments.AgentStateChanged,
    )
}


def from_events(lines: Iterable[dict[str, Any]]) -> Recording:
    """The day that the events of the topics `work` and `assignments` tell of; other events are passed over.

    Events carry neither rules nor agents' skills: those must come with the changed configuration.
    """
    asked: dict[Any, work.WorkRequested] = {}
    accepted: dict[Any, float] = {}
    handled: dict[Any, float] = {}
    left: dict[Any, work.WorkCancelled] = {}
    presence: dict[str, list[tuple[datetime, bool]]] = {}
    instants: list[datetime] = []
    for line in lines:
        kind = _READ.get(line["type"])
        if kind is None:
            continue
        event = kind.model_validate(line["data"])
        match event:
            case work.WorkRequested():
                asked[event.work_item_id] = event
                instants.append(event.enqueued_at)
                continue
            case work.WorkCancelled():
                left[event.work_item_id] = event
            case assignments.WorkAccepted():
                accepted.setdefault(event.work_item_id, event.waited_seconds)
            case assignments.WorkCompleted():
                handled[event.work_item_id] = handled.get(event.work_item_id, 0.0) + event.handled_seconds
            case assignments.AgentStateChanged():
                presence.setdefault(event.agent_id, []).append((event.occurred_at, event.presence == "available"))
        instants.append(event.occurred_at)  # type: ignore[attr-defined]
    if not asked:
        raise ValueError("no work was requested in these events")
    begin, end = min(instants), max(instants)
    calls = [_call(one, accepted.get(key), handled.get(key), left.get(key), end) for key, one in asked.items()]
    agents = tuple(
        RecordedAgent(id=name, available=spans(sorted(changes), end)) for name, changes in sorted(presence.items())
    )
    return Recording(begin=begin, end=end, agents=agents, calls=tuple(sorted(calls, key=lambda call: call.at)))


def _call(
    asked: work.WorkRequested,
    waited: float | None,
    handled: float | None,
    left: work.WorkCancelled | None,
    end: datetime,
) -> RecordedCall:
    outcome: Literal["answered", "abandoned", "other"] = "answered"
    if waited is None:
        outcome = "abandoned" if left is not None and left.abandoned else "other"
        waited = max(0.0, ((left.occurred_at if left else end) - asked.enqueued_at).total_seconds())
    return RecordedCall(
        at=asked.enqueued_at,
        queue=asked.queue,
        channel=asked.channel,
        needs={need.skill: need.level for need in asked.skills},
        language=asked.language.value if asked.language else None,
        priority=asked.priority,
        preferred_agent_id=asked.preferred_agent_id,
        outcome=outcome,
        waited=waited,
        handled=handled,
    )


def spans(changes: Iterable[tuple[datetime, bool]], end: datetime) -> tuple[tuple[datetime, datetime], ...]:
    """The stretches an agent was available, from the changes of their presence in order; the last one ends at `end`."""
    found, since = [], None
    for at, available in changes:
        if available and since is None:
            since = at
        elif not available and since is not None:
            found.append((since, at))
            since = None
    if since is not None:
        found.append((since, end))
    return tuple(span for span in found if span[0] < span[1])
