"""What the rest of the house is told: changes of a parcel's state, each once, and nothing when nothing changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chassis.db import Tx
from contracts.event import EventData
from contracts.parcels import (
    ParcelDelivered,
    ParcelExceptionClosed,
    ParcelExceptionOpened,
    ParcelStatus,
    ParcelUpdated,
)
from tracking_gateway.domain.exceptions import ExceptionRules
from tracking_gateway.domain.model import Direction, ExceptionCode
from tracking_gateway.domain.state import Episode, ParcelState
from tracking_gateway.notifying import Change
from tracking_gateway.store.parcels import Parcel

_TEXT_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Before:
    """The axes of a parcel before a batch: states are changed in place."""

    status: ParcelStatus
    direction: Direction
    exceptions: tuple[ExceptionCode, ...]
    episodes: Mapping[ExceptionCode, Episode]

    @classmethod
    def of(cls, parcel: Parcel) -> "Before":
        """Remember a parcel's axes."""
        state = parcel.state
        episodes = {code: replace(episode) for code, episode in state.exceptions.items()}
        return cls(state.status, state.direction, state.open_exceptions(), episodes)


@dataclass(frozen=True, slots=True)
class Told:
    """A parcel after a batch: what it was, what it is, and what the house was told."""

    before: Before
    parcel: Parcel
    changes: Sequence[Change]


def emit_transitions(tx: Tx, before: Before, parcel: Parcel, rules: ExceptionRules) -> list[Change]:
    """Emit what changed and return it. The parcel's row is locked by this transaction."""
    state = parcel.state
    exceptions = state.open_exceptions()
    if (state.status, state.direction, exceptions) == (before.status, before.direction, before.exceptions):
        return []
    changes: list[EventData] = [_updated(tx, parcel, state, exceptions)]
    if state.status is ParcelStatus.DELIVERED and before.status is not ParcelStatus.DELIVERED:
        changes.append(
            ParcelDelivered(
                parcel_id=parcel.id,
                carrier=parcel.carrier,
                waybill_no=parcel.waybill_no,
                delivered_at=_since(state, tx.now),
                occurred_at=tx.now,
            )
        )
    changes += [_opened(parcel, state, code, rules) for code in exceptions if code not in before.exceptions]
    changes += [_closed(tx, parcel, state, code) for code in before.exceptions if code not in exceptions]
    for change in changes:
        tx.emit(change)
    return [Change(parcel.waybill_no, parcel.carrier, change) for change in changes]


def _updated(tx: Tx, parcel: Parcel, state: ParcelState, exceptions: tuple[ExceptionCode, ...]) -> ParcelUpdated:
    last = state.last
    return ParcelUpdated(
        parcel_id=parcel.id,
        carrier=parcel.carrier,
        waybill_no=parcel.waybill_no,
        status=state.status,
        direction=state.direction.value,
        exceptions=tuple(code.value for code in exceptions),
        status_since=_since(state, tx.now),
        last_event_at=last.at if last else tx.now,
        last_event_text=last.text[:_TEXT_LIMIT] if last else "",
        location=last.location if last else None,
        occurred_at=tx.now,
    )


def _opened(parcel: Parcel, state: ParcelState, code: ExceptionCode, rules: ExceptionRules) -> ParcelExceptionOpened:
    episode = state.exceptions[code]
    return ParcelExceptionOpened(
        parcel_id=parcel.id,
        carrier=parcel.carrier,
        waybill_no=parcel.waybill_no,
        exception=code.value,
        evidence=episode.evidence[:_TEXT_LIMIT],
        severity=rules.rules[code].severity,
        node=episode.node,
        occurred_at=episode.opened_at,
    )


def _closed(tx: Tx, parcel: Parcel, state: ParcelState, code: ExceptionCode) -> ParcelExceptionClosed:
    episode = state.exceptions.get(code)
    last = state.last
    return ParcelExceptionClosed(
        parcel_id=parcel.id,
        carrier=parcel.carrier,
        waybill_no=parcel.waybill_no,
        exception=code.value,
        evidence=(last.text or last.code)[:_TEXT_LIMIT] if last else "",
        occurred_at=episode.closed_at if episode and episode.closed_at else tx.now,
    )


def _since(state: ParcelState, now: datetime) -> datetime:
    return state.status_since or now
