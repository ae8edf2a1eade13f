"""Calls with their legs. Whoever changes or reports about a call holds its row."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert

from channel_voice.domain.call import Call, Closing, Leg, LegFailure, LegState, Phase
from channel_voice.domain.dialogue import Dialogue, Node
from channel_voice.domain.speech import Line
from channel_voice.store.tables import ANSWER, CALL, CALLBACK, LEG
from chassis.db import Tx
from contracts.values import EndedBy, Language


@dataclass(frozen=True)
class CallRecord:
    """A call as it is stored: its state, its place in the menu, its ends and its times."""

    call: Call
    call_sid: str
    account: str
    caller: str
    dialogue: Dialogue
    turn: int
    started_at: datetime
    queued_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: EndedBy | None = None
    end_reason: str | None = None

    @property
    def id(self) -> UUID:
        return self.call.id


async def add(tx: Tx, record: CallRecord, fields: dict[str, str]) -> bool:
    """Store a new call; False if the provider's call is known already."""
    statement = pg_insert(CALL).values(
        id=record.id,
        call_sid=record.call_sid,
        account=record.account,
        caller=record.caller,
        fields=fields,
        started_at=record.started_at,
        **_state(record),
    )
    added = await tx.scalar(statement.on_conflict_do_nothing().returning(CALL.c.id))
    return added is not None


async def by_sid(tx: Tx, call_sid: str, *, lock: bool = False) -> CallRecord | None:
    """The caller's call of this provider id; with `lock`, held until the transaction ends."""
    return await _load(tx, CALL.c.call_sid == call_sid, lock=lock)


async def by_id(tx: Tx, call_id: UUID, *, lock: bool = False) -> CallRecord | None:
    """The call of this interaction; with `lock`, held until the transaction ends."""
    return await _load(tx, CALL.c.id == call_id, lock=lock)


async def call_of_leg(tx: Tx, leg_id: UUID) -> UUID | None:
    """The call a leg belongs to."""
    found: UUID | None = await tx.scalar(select(LEG.c.call_id).where(LEG.c.id == leg_id))
    return found


async def save(tx: Tx, before: CallRecord, after: CallRecord) -> None:
    """Store what changed. `before` must have been loaded with the lock in this transaction."""
    if before != after:
        await tx.execute(update(CALL).where(CALL.c.id == after.id).values(_state(after)))
    known = {leg.id: leg for leg in before.call.legs}
    # A leg that is over goes first: two live legs, even for a moment, break the index.
    for leg in sorted(after.call.legs, key=lambda leg: leg.live):
        if leg.id not in known:
            await tx.execute(insert(LEG).values(_new_leg(after.id, leg, tx.now)))
        elif known[leg.id] != leg:
            changes = _leg_state(leg, tx.now, known[leg.id])
            await tx.execute(update(LEG).where(LEG.c.id == leg.id).values(changes))


async def leg_dialled(tx: Tx, leg_id: UUID) -> None:
    """Note that the provider is asked to dial the leg now."""
    await tx.execute(update(LEG).where(LEG.c.id == leg_id).values(dialled_at=tx.now))


async def leg_dialled_at(tx: Tx, leg_id: UUID) -> datetime | None:
    """When the provider was asked to dial the leg."""
    at: datetime | None = await tx.scalar(select(LEG.c.dialled_at).where(LEG.c.id == leg_id))
    return at


async def known_leg_sids(tx: Tx, sids: list[str]) -> frozenset[str]:
    """Those of the provider's ids that belong to a leg."""
    rows = await tx.all(select(LEG.c.call_sid).where(LEG.c.call_sid.in_(sids)))
    return frozenset(row.call_sid for row in rows)


async def answer_of(tx: Tx, call_id: UUID, turn: int) -> str | None:
    """The TwiML that answered this turn."""
    statement = select(ANSWER.c.twiml).where(ANSWER.c.call_id == call_id, ANSWER.c.turn == turn)
    twiml: str | None = await tx.scalar(statement)
    return twiml


async def keep_answer(tx: Tx, call_id: UUID, turn: int, twiml: str) -> None:
    """Remember what answered this turn."""
    await tx.execute(insert(ANSWER).values(call_id=call_id, turn=turn, twiml=twiml))


async def first_report(tx: Tx, key: str) -> bool:
    """Whether this report comes for the first time; remembers it."""
    statement = pg_insert(CALLBACK).values(key=key, received_at=tx.now).on_conflict_do_nothing()
    return await tx.scalar(statement.returning(CALLBACK.c.key)) is not None


async def forget(tx: Tx, *, before: datetime) -> None:
    """Drop the memory of reports, and of the answers of calls that ended, before an instant."""
    await tx.execute(delete(CALLBACK).where(CALLBACK.c.received_at < before))
    over = select(CALL.c.id).where(CALL.c.ended_at < before)
    await tx.execute(delete(ANSWER).where(ANSWER.c.call_id.in_(over)))


async def _load(tx: Tx, condition: Any, *, lock: bool) -> CallRecord | None:
    statement = select(CALL).where(condition)
    row = await tx.first(statement.with_for_update() if lock else statement)
    if row is None:
        return None
    legs = await tx.all(select(LEG).where(LEG.c.call_id == row.id).order_by(LEG.c.requested_at))
    return _record(row, tuple(map(_leg, legs)))


def _record(row: Row[Any], legs: tuple[Leg, ...]) -> CallRecord:
    closing = Closing(EndedBy(row.closing_by), row.closing_reason) if row.closing_by else None
    return CallRecord(
        call=Call(row.id, Phase(row.phase), closing, legs),
        call_sid=row.call_sid,
        account=row.account,
        caller=row.caller,
        dialogue=_dialogue(row),
        turn=row.turn,
        started_at=row.started_at,
        queued_at=row.queued_at,
        answered_at=row.answered_at,
        ended_at=row.ended_at,
        ended_by=EndedBy(row.ended_by) if row.ended_by else None,
        end_reason=row.end_reason,
    )


def _dialogue(row: Row[Any]) -> Dialogue:
    stored = row.dialogue
    return Dialogue(
        language=Language(row.language),
        node=Node(stored["node"]),
        wrong=stored["wrong"],
        silent=stored["silent"],
        digits=stored["digits"],
        answer=tuple(Line(Language(line["language"]), line["key"], line["values"]) for line in stored["answer"]),
        waybill_no=stored["waybill_no"],
    )


def _state(record: CallRecord) -> dict[str, Any]:
    dialogue, call = record.dialogue, record.call
    return {
        "phase": call.phase,
        "language": dialogue.language,
        "dialogue": {
            "node": dialogue.node,
            "wrong": dialogue.wrong,
            "silent": dialogue.silent,
            "digits": dialogue.digits,
            "answer": [{"language": line.language, "key": line.key, "values": line.values} for line in dialogue.answer],
            "waybill_no": dialogue.waybill_no,
        },
        "turn": record.turn,
        "closing_by": call.closing.by if call.closing else None,
        "closing_reason": call.closing.reason if call.closing else None,
        "queued_at": record.queued_at,
        "answered_at": record.answered_at,
        "ended_at": record.ended_at,
        "ended_by": record.ended_by,
        "end_reason": record.end_reason,
    }


def _leg(row: Row[Any]) -> Leg:
    return Leg(
        id=row.id,
        call_request_id=row.call_request_id,
        agent_id=row.agent_id,
        work_item_id=row.work_item_id,
        state=LegState(row.state),
        call_sid=row.call_sid,
        failure=LegFailure(row.failure) if row.failure else None,
    )


def _new_leg(call_id: UUID, leg: Leg, now: datetime) -> dict[str, Any]:
    return {
        "id": leg.id,
        "call_id": call_id,
        "call_request_id": leg.call_request_id,
        "agent_id": leg.agent_id,
        "work_item_id": leg.work_item_id,
        "requested_at": now,
        **_leg_state(leg, now, replace(leg, state=LegState.REQUESTED)),
    }


def _leg_state(leg: Leg, now: datetime, before: Leg) -> dict[str, Any]:
    changes: dict[str, Any] = {"state": leg.state, "call_sid": leg.call_sid, "failure": leg.failure}
    if leg.state is LegState.JOINED and before.state is not LegState.JOINED:
        changes["joined_at"] = now
    if not leg.live and before.live:
        changes["over_at"] = now
    return changes
