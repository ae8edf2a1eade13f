"""Statements on orders. Who changes an order has locked it; every change counts its version up and leaves a row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from cases.domain.ordering.order import Order
from cases.domain.ordering.order_number import order_number
from chassis.db import Tx

_JSON = ("content", "quote", "goods", "entrust", "offers")
_READ = ", ".join(f"{name}::text as {name}" if name in _JSON else name for name in Order._fields)


def _order(row: Any) -> Order:
    values = {name: row[name] for name in Order._fields}
    return Order(**{name: _loaded(value) if name in _JSON else value for name, value in values.items()})


def _loaded(value: str | None) -> Any:
    return None if value is None else orjson.loads(value)


def _stored(name: str, value: Any) -> Any:
    return orjson.dumps(value, default=str).decode() if name in _JSON and value is not None else value


async def next_number(tx: Tx) -> str:
    """A fresh order number."""
    rows = await tx.fetch("select nextval('order_no_seq') as n")
    return order_number(tx.now, rows[0]["n"])


async def insert(tx: Tx, order: Order, *, actor: str) -> None:
    """Store a new order."""
    marks = ", ".join(f"${n}::text::jsonb" if f in _JSON else f"${n}" for n, f in enumerate(Order._fields, start=1))
    await tx.fetch(
        f"insert into shipping_order ({', '.join(Order._fields)}) values ({marks})",
        *(_stored(name, value) for name, value in zip(Order._fields, order, strict=True)),
    )
    await _note(tx, order, "created", actor, {})


async def get(tx: Tx, order_id: UUID) -> Order | None:
    """An order, without a lock."""
    rows = await tx.fetch(f"select {_READ} from shipping_order where id = $1", order_id)
    return _order(rows[0]) if rows else None


async def lock(tx: Tx, order_id: UUID) -> Order | None:
    """An order, locked until COMMIT."""
    rows = await tx.fetch(f"select {_READ} from shipping_order where id = $1 for no key update", order_id)
    return _order(rows[0]) if rows else None


async def change(
    tx: Tx, order: Order, what: str, *, actor: str, detail: Mapping[str, Any] | None = None, **changes: Any
) -> Order:
    """Change a locked order and keep what happened."""
    names = sorted(changes)
    sets = "".join(
        f", {name} = ${at}" + ("::text::jsonb" if name in _JSON else "") for at, name in enumerate(names, start=3)
    )
    rows = await tx.fetch(
        f"""update shipping_order set version = version + 1, updated_at = $2{sets} where id = $1 returning {_READ}""",
        order.id,
        tx.now,
        *(_stored(name, changes[name]) for name in names),
    )
    changed = _order(rows[0])
    await _note(tx, changed, what, actor, detail or {})
    return changed


async def _note(tx: Tx, order: Order, what: str, actor: str, detail: Mapping[str, Any]) -> None:
    await tx.fetch(
        """insert into order_change (order_id, version, change, actor, at, detail)
           values ($1, $2, $3, $4, $5, $6::text::jsonb)""",
        order.id,
        order.version,
        what,
        actor,
        tx.now,
        orjson.dumps(dict(detail), default=str).decode(),
    )


async def changes(tx: Tx, order_id: UUID) -> Sequence[Any]:
    """What happened to an order, in order: version, change, actor, at, detail."""
    rows = await tx.fetch(
        """select version, change, actor, at, detail::text as detail from order_change
           where order_id = $1 order by version""",
        order_id,
    )
    return [{**dict(row), "detail": orjson.loads(row["detail"])} for row in rows]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which orders, and how many. `before` is the id of the last order of the page before."""

    creator: str | None = None
    state: str | None = None
    order_no: str | None = None
    waybill_no: str | None = None
    sender_phone: str | None = None
    customer_id: UUID | None = None
    case_id: UUID | None = None
    placed_only: bool = False
    before: UUID | None = None
    limit: int = 50


async def listed(tx: Tx, wanted: Wanted) -> list[Order]:
    """The page, newest first."""
    arguments: list[object] = []
    parts = ["order_no is not null"] if wanted.placed_only else ["true"]
    for name in ("creator", "state", "order_no", "waybill_no", "sender_phone", "customer_id", "case_id"):
        if (value := getattr(wanted, name)) is not None:
            arguments.append(value)
            parts.append(f"{name} = ${len(arguments)}")
    if wanted.before is not None:
        arguments.append(wanted.before)
        parts.append(f"id < ${len(arguments)}")
    rows = await tx.fetch(
        f"select {_READ} from shipping_order where {' and '.join(parts)} order by id desc limit {wanted.limit}",
        *arguments,
    )
    return [_order(row) for row in rows]


async def by_waybill(tx: Tx, waybill_no: str) -> list[UUID]:
    """Orders on their way under this waybill."""
    rows = await tx.fetch(
        "select id from shipping_order where waybill_no = $1 and state = 'picked_up' order by id", waybill_no
    )
    return [row["id"] for row in rows]


async def taken(tx: Tx, area: str, since: datetime) -> Mapping[datetime, int]:
    """How many pickups are promised in an area, by the start of the window."""
    rows = await tx.fetch(
        """select pickup_from, count(*) as n from shipping_order
           where pickup_area = $1 and pickup_from >= $2 and state in ('placed', 'accepted') group by pickup_from""",
        area,
        since,
    )
    return {row["pickup_from"]: row["n"] for row in rows}


async def hold_window(tx: Tx, area: str, start: datetime) -> None:
    """Let nobody else count or take places in this window until COMMIT."""
    key = f"pickup:{area}:{start.timestamp():.0f}"
    await tx.fetch("select pg_advisory_xact_lock(hashtextextended($1, 0))", key)


async def newest_child(tx: Tx, case_id: UUID, procedure: str) -> UUID | None:
    """The newest case that began with `procedure` when this one ended."""
    rows = await tx.fetch(
        "select id from service_case where parent_id = $1 and procedure = $2 order by id desc limit 1",
        case_id,
        procedure,
    )
    return rows[0]["id"] if rows else None
