"""Decisions made known: events on the bus, entries on the agents' streams, rows in the decision log."""

from collections.abc import Sequence
from dataclasses import fields
from functools import singledispatch
from typing import Any
from uuid import UUID

import orjson
from pydantic import BaseModel

from chassis.db import Tx
from contracts import assignments as events
from contracts.values import Channel
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
_IN_COLUMNS = {"at", "work", "agent_id", "queue", "rules"}


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


_names: dict[type[d.Decision], tuple[tuple[str, ...], str]] = {}


def _detail_names(kind: type[d.Decision]) -> tuple[str, ...]:
    return _described(kind)[0]


def kind_of(kind: type[d.Decision]) -> str:
    """The name of a decision in the log: `offer_made` for `OfferMade`."""
    return _described(kind)[1]


def _described(kind: type[d.Decision]) -> tuple[tuple[str, ...], str]:
    known = _names.get(kind)
    if known is None:
        snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in kind.__name__).lstrip("_")
        known = _names[kind] = tuple(f.name for f in fields(kind) if f.name not in _IN_COLUMNS), snake
    return known


@singledispatch
def announce(decision: d.Decision, tx: Tx) -> None:
    """Emit the events and stream entries of a decision. Those that concern nobody outside have none."""


def _stream(tx: Tx, agent_id: str, type: str, data: BaseModel | dict[str, Any]) -> None:
    entry = data.model_dump(mode="json") if isinstance(data, BaseModel) else data
    tx.append_stream(agent_channel(agent_id), type, entry)


@announce.register
def _offered(decision: d.OfferMade, tx: Tx) -> None:
    work = decision.work
    tx.emit(
        events.WorkOffered(
            work_item_id=work.id,
            offer_id=decision.offer_id,
            agent_id=decision.agent_id,
            queue=decision.queue,
            channel=Channel(work.channel),
            expires_at=instant(decision.expires),
            occurred_at=instant(decision.at),
        )
    )
    view = offer_view(work, decision.queue, decision.offer_id, decision.at, decision.expires)
    _stream(tx, decision.agent_id, "offer.created", view)


def _offer_end(decision: d.OfferDeclined | d.OfferTimedOut | d.OfferRescinded) -> dict[str, Any]:
    return {
        "offer_id": str(decision.offer_id),
        "work_item_id": str(decision.work.id),
        "case_id": str(decision.work.case_id),
    }


@announce.register
def _declined(decision: d.OfferDeclined, tx: Tx) -> None:
    tx.emit(
        events.WorkDeclined(
            work_item_id=decision.work.id,
            offer_id=decision.offer_id,
            agent_id=decision.agent_id,
            reason=decision.reason,
            occurred_at=instant(decision.at),
        )
    )
    _stream(tx, decision.agent_id, "offer.declined", _offer_end(decision))


@announce.register
def _timed_out(decision: d.OfferTimedOut, tx: Tx) -> None:
    tx.emit(
        events.WorkTimedOut(
            work_item_id=decision.work.id,
            offer_id=decision.offer_id,
            agent_id=decision.agent_id,
            occurred_at=instant(decision.at),
        )
    )
    _stream(tx, decision.agent_id, "offer.timed_out", _offer_end(decision))


@announce.register
def _rescinded(decision: d.OfferRescinded, tx: Tx) -> None:
    tx.emit(
        events.WorkRescinded(
            work_item_id=decision.work.id,
            offer_id=decision.offer_id,
            agent_id=decision.agent_id,
            reason=decision.reason,
            occurred_at=instant(decision.at),
        )
    )
    _stream(tx, decision.agent_id, "offer.rescinded", {**_offer_end(decision), "reason": decision.reason})


@announce.register
def _accepted(decision: d.WorkAccepted, tx: Tx) -> None:
    work = decision.work
    tx.emit(
        events.WorkAccepted(
            work_item_id=work.id,
            case_id=work.case_id,
            interaction_id=work.interaction_id,
            offer_id=decision.offer_id,
            agent_id=decision.agent_id,
            agent_name=decision.agent_name,
            queue=decision.queue,
            channel=Channel(work.channel),
            enqueued_at=instant(work.enqueued),
            waited_seconds=decision.waited / SECOND,
            occurred_at=instant(decision.at),
        )
    )
    view = assignment_view(work, decision.queue, decision.offer_id, decision.at)
    _stream(tx, decision.agent_id, "assignment.created", view)


def _assignment_end(work_item_id: UUID, case_id: UUID, outcome: str) -> dict[str, Any]:
    return {"work_item_id": str(work_item_id), "case_id": str(case_id), "outcome": outcome}


@announce.register
def _released(decision: d.WorkReleased, tx: Tx) -> None:
    work = decision.work
    tx.emit(
        events.WorkReleased(
            work_item_id=work.id,
            agent_id=decision.agent_id,
            reason=decision.reason,
            occurred_at=instant(decision.at),
        )
    )
    _stream(tx, decision.agent_id, "assignment.ended", _assignment_end(work.id, work.case_id, "released"))


@announce.register
def _wrapping_up(decision: d.WrapUpStarted, tx: Tx) -> None:
    work, until = decision.work, instant(decision.until)
    data = {"work_item_id": str(work.id), "case_id": str(work.case_id), "wrap_up_until": until.isoformat()}
    _stream(tx, decision.agent_id, "assignment.wrap_up", data)


@announce.register
def _completed(decision: d.WorkCompleted, tx: Tx) -> None:
    work = decision.work
    tx.emit(
        events.WorkCompleted(
            work_item_id=work.id,
            agent_id=decision.agent_id,
            queue=decision.queue,
            channel=Channel(work.channel),
            handled_seconds=decision.handled / SECOND,
            wrap_up_seconds=decision.wrap_up / SECOND,
            occurred_at=instant(decision.at),
        )
    )
    _stream(tx, decision.agent_id, "assignment.ended", _assignment_end(work.id, work.case_id, "completed"))


@announce.register
def _presence(decision: d.PresenceChanged, tx: Tx) -> None:
    tx.emit(
        events.AgentStateChanged(
            agent_id=decision.agent_id,
            agent_name=decision.agent_name,
            presence=decision.presence.value,
            reason=decision.reason,
            occurred_at=instant(decision.at),
        )
    )
    data = {"presence": decision.presence.value, "reason": decision.reason, "since": instant(decision.at).isoformat()}
    _stream(tx, decision.agent_id, "state", data)
