"""Statements on parcels and their events."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from chassis.db import Tx
from chassis.ids import uuid7
from contracts.parcels import ParcelStatus
from tracking_gateway.domain import shipment as shipments
from tracking_gateway.domain.model import (
    Carried,
    Direction,
    Meaning,
    SourceTime,
    TrackingEvent,
    TrackingState,
    TzSource,
)
from tracking_gateway.domain.shipment import Shipment
from tracking_gateway.domain.state import ParcelState, from_json, to_json
from tracking_gateway.knowledge import Knowledge

Number = tuple[str, str]
"""(waybill number, carrier)."""

_COLUMNS = """id, waybill_no, carrier, generation, tracking_state, first_event_at, last_event_at, state::text as state,
    rules, source, received_at, check_at, shipment::text as shipment"""


@dataclass(slots=True)
class Parcel:
    """A parcel as stored."""

    id: UUID
    waybill_no: str
    carrier: str
    generation: int
    tracking_state: TrackingState
    first_event_at: datetime | None
    last_event_at: datetime | None
    state: ParcelState
    rules: str
    source: str
    received_at: datetime
    check_at: datetime | None
    shipment: Shipment | None = None


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event with what came with it."""

    event: TrackingEvent
    raw: Any
    delivery_id: UUID | None
    received_at: datetime


async def lock_parcels(tx: Tx, numbers: Sequence[Number], *, source: str, rules: str) -> dict[Number, list[Parcel]]:
    """All parcels of these numbers, created where missing, locked until the transaction ends.

    The first generation's row is the lock of the number: whoever adds a generation holds it. Rows are created and
    locked in the order of their numbers, so that transactions with overlapping batches wait and do not deadlock.
    """
    ordered = sorted(set(numbers))
    waybills, carriers = [number for number, _ in ordered], [carrier for _, carrier in ordered]
    await tx.fetch(
        """insert into parcel (id, waybill_no, carrier, generation, status, direction, tracking_state, open_exceptions,
               rules, source, received_at, created_at)
           select id, waybill_no, carrier, 1, $4, $5, $6, '{}', $7, $8, $9, $9
           from unnest($1::uuid[], $2::text[], $3::text[]) as n (id, waybill_no, carrier)
           where not exists (select 1 from parcel p where p.waybill_no = n.waybill_no and p.carrier = n.carrier)
           order by waybill_no, carrier
           on conflict (waybill_no, carrier, generation) do nothing""",
        [uuid7() for _ in ordered],
        waybills,
        carriers,
        ParcelStatus.NOT_FOUND.value,
        Direction.FORWARD.value,
        TrackingState.ACTIVE.value,
        rules,
        source,
        tx.now,
    )
    rows = await tx.fetch(
        f"""select {_COLUMNS} from parcel
            where (waybill_no, carrier) in (select * from unnest($1::text[], $2::text[]))
            order by waybill_no, carrier, generation for no key update""",
        waybills,
        carriers,
    )
    found: dict[Number, list[Parcel]] = {}
    for row in rows:
        found.setdefault((row["waybill_no"], row["carrier"]), []).append(_parcel(row))
    return found


async def add_generation(
    tx: Tx, number: Number, generation: int, *, source: str, rules: str, received_at: datetime
) -> Parcel:
    """A further use of a number. The caller holds the number's lock."""
    rows = await tx.fetch(
        f"""insert into parcel (id, waybill_no, carrier, generation, status, direction, tracking_state, open_exceptions,
                rules, source, received_at, created_at)
            values ($1, $2, $3, $4, $5, $6, $7, '{{}}', $8, $9, $10, $10) returning {_COLUMNS}""",
        uuid7(),
        *number,
        generation,
        ParcelStatus.NOT_FOUND.value,
        Direction.FORWARD.value,
        TrackingState.ACTIVE.value,
        rules,
        source,
        received_at,
    )
    return _parcel(rows[0])


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event about to be stored for a parcel."""

    parcel_id: UUID
    event: TrackingEvent
    raw: str | None
    delivery_id: UUID | None


async def insert_events(tx: Tx, events: Sequence[NewEvent]) -> tuple[set[tuple[UUID, UUID]], set[UUID]]:
    """Store events. Returns the (parcel, key) pairs that are new, and the parcels whose known events changed place.

    An event that is known already keeps its row; a larger sequence among events of one instant is taken over, so that
    the order does not depend on which delivery came first.
    """
    rows = await tx.fetch(
        """insert into tracking_event as known (parcel_id, key, at, local_time, offset_minutes, tz_source, sequence,
               source, code, text, location, node, raw, delivery_id, received_at, carried)
           select parcel_id, key, at, local_time, offset_minutes, tz_source, sequence, source, code, text, location,
               node, raw::jsonb, delivery_id, $15, carried
           from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::smallint[], $6::text[], $7::int[],
               $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::uuid[], $16::text[])
               as e (parcel_id, key, at, local_time, offset_minutes, tz_source, sequence, source, code, text, location,
                   node, raw, delivery_id, carried)
           on conflict (parcel_id, key) do update set sequence = excluded.sequence
               where known.sequence < excluded.sequence
           returning parcel_id, key, xmax = 0 as inserted""",
        [item.parcel_id for item in events],
        [item.event.key for item in events],
        [item.event.time.instant for item in events],
        [item.event.time.local for item in events],
        [item.event.time.offset_minutes for item in events],
        [item.event.time.tz_source.value for item in events],
        [item.event.sequence for item in events],
        [item.event.source for item in events],
        [item.event.code for item in events],
        [item.event.text for item in events],
        [item.event.location for item in events],
        [item.event.node for item in events],
        [item.raw for item in events],
        [item.delivery_id for item in events],
        tx.now,
        [_carried_text(item.event.carried) for item in events],
    )
    new = {(row["parcel_id"], row["key"]) for row in rows if row["inserted"]}
    return new, {row["parcel_id"] for row in rows if not row["inserted"]}


async def save_parcels(tx: Tx, parcels: Sequence[Parcel]) -> None:
    """Write states back, in one statement."""
    states = [parcel.state for parcel in parcels]
    await tx.fetch(
        """update parcel set status = s.status, direction = s.direction, tracking_state = s.tracking_state,
               open_exceptions = string_to_array(s.exceptions, ','), first_event_at = s.first_at,
               last_event_at = s.last_at, state = s.state::jsonb, rules = s.rules, source = s.source,
               received_at = s.received_at, check_at = s.check_at
           from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[],
               $7::timestamptz[], $8::text[], $9::text[], $10::text[], $11::timestamptz[], $12::timestamptz[])
               as s (id, status, direction, tracking_state, exceptions, first_at, last_at, state, rules, source,
                   received_at, check_at)
           where parcel.id = s.id""",
        [parcel.id for parcel in parcels],
        [state.status.value for state in states],
        [state.direction.value for state in states],
        [parcel.tracking_state.value for parcel in parcels],
        [",".join(state.open_exceptions()) for state in states],
        [parcel.first_event_at for parcel in parcels],
        [parcel.last_event_at for parcel in parcels],
        [orjson.dumps(to_json(state)).decode() for state in states],
        [parcel.rules for parcel in parcels],
        [parcel.source for parcel in parcels],
        [parcel.received_at for parcel in parcels],
        [parcel.check_at for parcel in parcels],
    )


async def find_parcels(tx: Tx, waybill_no: str, carrier: str | None) -> list[Parcel]:
    """Parcels of a number, the one heard of last first."""
    rows = await tx.fetch(
        f"""select {_COLUMNS} from parcel where waybill_no = $1 and ($2::text is null or carrier = $2)
            order by coalesce(last_event_at, created_at) desc, carrier limit 20""",
        waybill_no,
        carrier,
    )
    return [_parcel(row) for row in rows]


async def lock_parcels_of(tx: Tx, waybill_no: str) -> list[Parcel]:
    """All parcels of a number, whoever carries them, locked until the transaction ends; heard of last first."""
    rows = await tx.fetch(
        f"""select {_COLUMNS} from parcel where waybill_no = $1
            order by coalesce(last_event_at, created_at) desc, carrier for no key update""",
        waybill_no,
    )
    return [_parcel(row) for row in rows]


async def newest_parcels(tx: Tx, waybill_nos: Sequence[str], carrier: str | None) -> dict[str, Parcel]:
    """For each number that is known, the parcel of the carrier that people named, else the one heard of last."""
    rows = await tx.fetch(
        f"""select distinct on (waybill_no) {_COLUMNS} from parcel
            where waybill_no = any($1::text[]) and ($2::text is null or carrier = $2) and last_event_at is not null
            order by waybill_no, (carrier is not distinct from (
                select to_carrier from carrier_change c where c.waybill_no = parcel.waybill_no
                order by c.id desc limit 1)) desc, last_event_at desc, carrier""",
        list(waybill_nos),
        carrier,
    )
    return {row["waybill_no"]: _parcel(row) for row in rows}


async def known_carriers(tx: Tx, numbers: Sequence[str]) -> dict[str, frozenset[str]]:
    """Which of these numbers are parcels in the store, and whose."""
    rows = await tx.fetch(
        "select waybill_no, array_agg(distinct carrier) as carriers from parcel where waybill_no = any($1::text[]) "
        "and state is not null group by waybill_no",
        list(numbers),
    )
    return {row["waybill_no"]: frozenset(row["carriers"]) for row in rows}


async def load_events(tx: Tx, parcel_ids: Sequence[UUID], knowledge: Knowledge) -> dict[UUID, list[StoredEvent]]:
    """All events of these parcels, oldest first, read by today's rules."""
    rows = await tx.fetch(
        """select parcel_id, key, at, local_time, offset_minutes, tz_source, sequence, source, code, text, location,
               node, raw::text as raw, delivery_id, received_at, carried
           from tracking_event where parcel_id = any($1::uuid[])""",
        list(parcel_ids),
    )
    events: dict[UUID, list[StoredEvent]] = {parcel_id: [] for parcel_id in parcel_ids}
    for row in rows:
        event = _event(row, knowledge.meaning(row["source"], row["code"], row["text"]))
        raw = orjson.loads(row["raw"]) if row["raw"] else None
        events[row["parcel_id"]].append(StoredEvent(event, raw, row["delivery_id"], row["received_at"]))
    for stored in events.values():
        stored.sort(key=lambda item: item.event.order)
    return events


async def parcels_by_id(tx: Tx, parcel_ids: Sequence[UUID], *, lock: bool = False) -> list[Parcel]:
    """These parcels; locked until the transaction ends if asked for."""
    rows = await tx.fetch(
        f"select {_COLUMNS} from parcel where id = any($1::uuid[]) order by waybill_no, carrier, generation"
        + (" for no key update" if lock else ""),
        list(parcel_ids),
    )
    return [_parcel(row) for row in rows]


async def due_for_check(tx: Tx, limit: int) -> list[Parcel]:
    """Parcels whose silence is to be looked at now, locked; those another process looks at are left to it."""
    rows = await tx.fetch(
        f"""select {_COLUMNS} from parcel where check_at <= $1 order by check_at limit $2
            for no key update skip locked""",
        tx.now,
        limit,
    )
    return [_parcel(row) for row in rows]


async def parcels_by_other_rules(tx: Tx, rules: str, after: UUID, limit: int) -> list[UUID]:
    """Parcels, in the order of their ids, whose state was folded by other rules."""
    rows = await tx.fetch(
        "select id from parcel where id > $1 and rules <> $2 and state is not null order by id limit $3",
        after,
        rules,
        limit,
    )
    return [row["id"] for row in rows]


async def drop_deliveries(tx: Tx, older_than: timedelta, limit: int = 5000) -> int:
    """Forget raw bodies past their retention. Returns how many."""
    rows = await tx.fetch(
        """delete from delivery where ctid = any(array(
               select ctid from delivery where received_at < $1 limit $2)) returning 1""",
        tx.now - older_than,
        limit,
    )
    return len(rows)


def _parcel(row: Any) -> Parcel:
    return Parcel(
        id=row["id"],
        waybill_no=row["waybill_no"],
        carrier=row["carrier"],
        generation=row["generation"],
        tracking_state=TrackingState(row["tracking_state"]),
        first_event_at=row["first_event_at"],
        last_event_at=row["last_event_at"],
        state=from_json(orjson.loads(row["state"])) if row["state"] else ParcelState(),
        rules=row["rules"],
        source=row["source"],
        received_at=row["received_at"],
        check_at=row["check_at"],
        shipment=shipments.from_json(orjson.loads(row["shipment"])) if row["shipment"] else None,
    )


def _event(row: Any, meaning: Meaning) -> TrackingEvent:
    return TrackingEvent(
        key=row["key"],
        time=SourceTime(row["at"], row["local_time"], row["offset_minutes"], TzSource(row["tz_source"])),
        source=row["source"],
        code=row["code"],
        text=row["text"],
        location=row["location"],
        node=row["node"],
        sequence=row["sequence"],
        meaning=meaning,
        carried=Carried(*orjson.loads(row["carried"])) if row["carried"] else None,
    )


def _carried_text(carried: Carried | None) -> str | None:
    return orjson.dumps([carried.bag, carried.vehicle, carried.node_kind]).decode() if carried else None
