"""Statements on webhook subscriptions to orders, and what is sent for them. A `chassis.webhooks.DeliveryStore`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.db import Tx
from chassis.ids import uuid7
from chassis.webhooks import Delivery


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription as stored; the secret is read only by what signs."""

    id: UUID
    owner: str
    url: str
    events: list[str]
    every_order: bool
    created_at: datetime
    ended_at: datetime | None
    ended_because: str | None


_COLUMNS = ", ".join(Subscription.__dataclass_fields__)


async def add(tx: Tx, *, owner: str, url: str, secret: str, events: list[str], every_order: bool) -> Subscription:
    """A new subscription."""
    rows = await tx.fetch(
        f"""insert into order_subscription (id, owner, url, secret, events, every_order, created_at)
            values ($1, $2, $3, $4, $5, $6, $7) returning {_COLUMNS}""",
        uuid7(),
        owner,
        url,
        secret,
        events,
        every_order,
        tx.now,
    )
    return Subscription(**dict(rows[0]))


async def count_active(tx: Tx, owner: str) -> int:
    """How many subscriptions of an owner are running."""
    rows = await tx.fetch("select count(*) as n from order_subscription where owner = $1 and ended_at is null", owner)
    return int(rows[0]["n"])


async def of_owner(tx: Tx, owner: str) -> list[Subscription]:
    """An owner's subscriptions, the newest first."""
    rows = await tx.fetch(
        f"select {_COLUMNS} from order_subscription where owner = $1 order by id desc limit 200", owner
    )
    return [Subscription(**dict(row)) for row in rows]


async def get(tx: Tx, owner: str, subscription_id: UUID) -> Subscription | None:
    """One of an owner's subscriptions."""
    rows = await tx.fetch(
        f"select {_COLUMNS} from order_subscription where id = $1 and owner = $2", subscription_id, owner
    )
    return Subscription(**dict(rows[0])) if rows else None


async def enqueue(tx: Tx, *, event: str, creator: str, body: str) -> None:
    """Queue the message for everybody who asked for it, in the transaction of the change."""
    rows = await tx.fetch(
        """select id from order_subscription
           where ended_at is null and $1 = any(events) and (every_order or owner = $2)""",
        event,
        creator,
    )
    for row in rows:
        await tx.fetch(
            """insert into order_delivery (id, subscription_id, body, attempts, next_at, created_at)
               values ($1, $2, $3, 0, $4, $4)""",
            uuid7(),
            row["id"],
            body,
            tx.now,
        )


async def deliveries(tx: Tx, subscription_id: UUID, limit: int) -> Sequence[Any]:
    """What was sent for a subscription lately, the newest first."""
    return await tx.fetch(
        """select id, attempts, next_at, delivered_at, last_result, created_at from order_delivery
           where subscription_id = $1 order by id desc limit $2""",
        subscription_id,
        limit,
    )


async def trim(tx: Tx, older_than: timedelta, limit: int = 5000) -> int:
    """Forget settled messages past their retention: they hold who sends to whom. Returns how many."""
    rows = await tx.fetch(
        """delete from order_delivery where ctid = any(array(
               select ctid from order_delivery where next_at is null and created_at < $1 limit $2)) returning 1""",
        tx.now - older_than,
        limit,
    )
    return len(rows)


class OrderDeliveries:
    """The messages, as the sender of webhooks takes them."""

    async def take_due(self, tx: Tx, limit: int, lease: timedelta) -> list[Delivery]:
        """Messages to send now. If nobody says what became of them, they come up again after `lease`."""
        rows = await tx.fetch(
            """with due as (
                   select id from order_delivery where next_at <= $1 order by next_at limit $3 for update skip locked),
               taken as (
                   update order_delivery d set next_at = $2, attempts = d.attempts + 1 from due where d.id = due.id
                   returning d.id, d.subscription_id, d.body, d.attempts)
               select taken.id, subscription_id, body, attempts, url, secret
               from taken join order_subscription s on s.id = taken.subscription_id order by taken.id""",
            tx.now,
            tx.now + lease,
            limit,
        )
        return [Delivery(**dict(row)) for row in rows]

    async def note_result(
        self, tx: Tx, delivery_id: UUID, *, delivered: bool, result: str, next_at: datetime | None
    ) -> None:
        """Note what became of an attempt, and when to try again (None: never)."""
        await tx.fetch(
            """update order_delivery set last_result = $2, next_at = $3,
                   delivered_at = case when $4 then $5::timestamptz else delivered_at end where id = $1""",
            delivery_id,
            result,
            next_at,
            delivered,
            tx.now,
        )

    async def end(self, tx: Tx, subscription_ids: Sequence[UUID], because: str) -> None:
        """End subscriptions; what was not delivered yet is dropped."""
        await tx.fetch(
            """update order_subscription set ended_at = $2, ended_because = $3
               where id = any($1::uuid[]) and ended_at is null""",
            list(subscription_ids),
            tx.now,
            because,
        )
        await tx.fetch(
            """update order_delivery set next_at = null, last_result = $2
               where subscription_id = any($1::uuid[]) and next_at is not null""",
            list(subscription_ids),
            because,
        )
