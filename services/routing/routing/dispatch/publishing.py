"""Decisions made known: events on the bus, entries on the agents' streams, rows in the decision log."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from chassis.db import Tx
from contracts import assignments as events
from contracts.event import EventData
from routing.domain import decisions as d
from routing.domain.values import SECOND, instant
from routing.store.bulk import Bulk
from routing.views import assignment_view, offer_view

_LOG = Bulk(
    "decision_log",
    {
        "domain": "text",
        "epoch": "bigint",
        "at": "timestamptz",
        "kind": "text",
        "work_item_id": "uuid",
        "agent_id": "text",
        "queue": "text",
        "detail": "jsonb",
    },
)
_IN_COLUMNS = {"at", "work", "agent_id", "queue", "rules", "configuration"}


def agent_channel(agent_id: str) -> str:
    """The stream of an agent's desk."""
    return f"agent:{agent_id}"


async def write_log(tx: Tx, domain: str, epoch: int, decisions: Sequence[d.Decision]) -> None:
    """One row a decision, without personal data."""
    await _LOG.insert(tx, [(domain, epoch, *_log_row(decision)) for decision in decisions])


def _log_row(decision: d.Decision) -> tuple[object, ...]:
    work = getattr(decision, "work", None)
    detail = {name: getattr(decision, name) for name in _detail_names(type(decision))}
    return (
        instant(decision.at),
        kind_of(type(decision)),
        None if work is None else work.id,
        getattr(decision, "agent_id", None),
        getattr(decision, "queue", None),
        orjson.dumps(detail).decode(),
    )


_names: dict[type[d.Decision], tuple[tuple[str, ...], tuple[str, ...], str]] = {}


def _all_names(kind: type[d.Decision]) -> tuple[str, ...]:
    return _described(kind)[0]


def _detail_names(kind: type[d.Decision]) -> tuple[str, ...]:
    return _described(kind)[1]


def kind_of(kind: type[d.Decision]) -> str:
    """The name of a decision in the log: `offer_made` for `OfferMade`."""
    return _described(kind)[2]


def _described(kind: type[d.Decision]) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    known = _names.get(kind)
    if known is None:
        snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in kind.__name__).lstrip("_")
        names = tuple(field.name for field in fields(kind) if field.name != "at")
        known = _names[kind] = names, tuple(name for name in names if name not in _IN_COLUMNS), snake
    return known


Facts = dict[str, Any]

_INSTANTS = {"expires": "expires_at", "until": "wrap_up_until", "due": "not_before", "began": "began_at"}
_SPANS = {
    "waited": "waited_seconds",
    "handled": "handled_seconds",
    "wrap_up": "wrap_up_seconds",
    "expected_wait": "expected_wait_seconds",
}
_OFFER = ("offer_id", "work_item_id", "case_id")
_ASSIGNMENT = ("work_item_id", "case_id")


def facts_of(decision: d.Decision) -> Facts:
    """Everything a decision says, under the names that events and stream entries use: instants, seconds, ids."""
    found: Facts = {"occurred_at": instant(decision.at)}
    for name in _all_names(type(decision)):
        value = getattr(decision, name)
        if name in _INSTANTS:
            found[_INSTANTS[name]] = None if value is None else instant(value)
        elif name in _SPANS:
            found[_SPANS[name]] = None if value is None else value / SECOND
        else:
            found[name] = value
    work = found.pop("work", None)
    if isinstance(decision, d.WorkQueued):
        found["rule"] = decision.rule
    if work is not None:
        found |= {
            "work_item_id": work.id,
            "case_id": work.case_id,
            "interaction_id": work.interaction_id,
            "channel": work.channel,
            "callback": work.callback,
            "enqueued_at": instant(work.enqueued),
        }
    return found


@dataclass(frozen=True)
class Announcement:
    """How a decision is made known: the event it becomes, and the entry on the stream of the agent concerned.

    The entry has the facts named in `tells`, or what `view` makes of the decision. `only` keeps it to some decisions.
    """

    event: type[EventData] | None = None
    entry: str | None = None
    tells: tuple[str, ...] = ()
    view: Callable[[Any, Facts], Facts] | None = None
    only: Callable[[Any], bool] | None = None


def _offer(decision: d.OfferMade, _: Facts) -> Facts:
    view = offer_view(decision.work, decision.queue, decision.offer_id, decision.at, decision.expires)
    return view.model_dump(mode="json")


def _assignment(decision: d.WorkAccepted, _: Facts) -> Facts:
    return assignment_view(decision.work, decision.queue, decision.offer_id, decision.at).model_dump(mode="json")


def _ended(outcome: str) -> Callable[[Any, Facts], Facts]:
    return lambda _, facts: {**_told(facts, _ASSIGNMENT), "outcome": outcome}


def _moved_by_rule(decision: d.WorkQueued) -> bool:
    return decision.rule is not None


_ANNOUNCED: dict[type[d.Decision], Announcement] = {
    d.WorkQueued: Announcement(events.WorkOverflowed, only=_moved_by_rule),
    d.CallbackPromised: Announcement(events.WorkCallbackPromised),
    d.OfferMade: Announcement(events.WorkOffered, "offer.created", view=_offer),
    d.OfferDeclined: Announcement(events.WorkDeclined, "offer.declined", _OFFER),
    d.OfferTimedOut: Announcement(events.WorkTimedOut, "offer.timed_out", _OFFER),
    d.OfferRescinded: Announcement(events.WorkRescinded, "offer.rescinded", (*_OFFER, "reason")),
    d.WorkAccepted: Announcement(events.WorkAccepted, "assignment.created", view=_assignment),
    d.WorkReleased: Announcement(events.WorkReleased, "assignment.ended", view=_ended("released")),
    d.WrapUpStarted: Announcement(None, "assignment.wrap_up", (*_ASSIGNMENT, "wrap_up_until")),
    d.WorkCompleted: Announcement(events.WorkCompleted, "assignment.ended", view=_ended("completed")),
    d.PresenceChanged: Announcement(
        events.AgentStateChanged,
        "state",
        view=lambda _, facts: {
            **_told(facts, ("presence", "reason")),
            "since": facts["occurred_at"].isoformat(),
        },
    ),
    d.SkillsChanged: Announcement(events.AgentSkillsChanged, "skills", ("gained", "lost")),
    d.AdherenceChanged: Announcement(
        events.AgentAdherenceChanged, "adherence", ("cause", "expected", "presence", "reason", "began_at")
    ),
}
"""Decisions that are not named here concern nobody outside; they stand in the decision log only."""


def announce(decision: d.Decision, tx: Tx) -> None:
    """Emit the event and the stream entry of a decision."""
    known = _ANNOUNCED.get(type(decision))
    if known is None or (known.only is not None and not known.only(decision)):
        return
    facts = facts_of(decision)
    if known.event is not None:
        tx.emit(known.event.model_validate(facts))
    if known.entry is not None:
        entry = known.view(decision, facts) if known.view else _told(facts, known.tells)
        tx.append_stream(agent_channel(facts["agent_id"]), known.entry, entry)


def _told(facts: Facts, names: Sequence[str]) -> Facts:
    return {name: _plain(facts[name]) for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
