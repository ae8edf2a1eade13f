"""Statements on subscriptions and the webhooks sent for them."""

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
    waybill_no: str
    carrier: str | None
    url: str
    events: list[str]
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    ended_because: str | None


_COLUMNS = "id, owner, waybill_no, carrier, url, events, created_at, expires_at, ended_at, ended_because"


async def add(tx: Tx, subscription: Subscription, secret: str) -> None:
    """Store a new subscription."""
    await tx.fetch(
        """insert into subscription (id, owner, waybill_no, carrier, url, secret, events, created_at, expires_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
        subscription.id,
        subscription.owner,
        subscription.waybill_no,
        subscription.carrier,
        subscription.url,
        secret,
        subscription.events,
        subscription.created_at,
        subscription.expires_at,
    )


async def count_active(tx: Tx, owner: str) -> int:
    """How many subscriptions of an owner are running."""
    rows = await tx.fetch(
        "select count(*) as n from subscription where owner = $1 and ended_at is null and expires_at > $2",
        owner,
        tx.now,
    )
    return int(rows[0]["n"])


async def get(tx: Tx, owner: str, subscription_id: UUID) -> Subscription | None:
    """An owner's subscription."""
    rows = await tx.fetch(f"select {_COLUMNS} from subscription where owner = $1 and id = $2", owner, subscription_id)
    return Subscription(**dict(rows[0])) if rows else None


async def page(tx: Tx, owner: str, before: UUID | None, limit: int) -> list[Subscription]:
    """An owner's subscriptions, the newest first."""
    rows = await tx.fetch(
        f"""select {_COLUMNS} from subscription where owner = $1 and ($2::uuid is null or id < $2)
            order by id desc limit $3""",
        owner,
        before,
        limit,
    )
    return [Subscription(**dict(row)) for row in rows]


async def end(tx: Tx, subscription_ids: Sequence[UUID], because: str) -> None:
    """End subscriptions; what was not delivered yet is dropped."""
    await tx.fetch(
        "update subscription set ended_at = $2, ended_because = $3 where id = any($1::uuid[]) and ended_at is null",
        list(subscription_ids),
        tx.now,
        because,
    )
    await tx.fetch(
        "update webhook_delivery set next_at = null, last_result = $2 "
        "where subscription_id = any($1::uuid[]) and next_at is not null",
        list(subscription_ids),
        because,
    )


async def active_for(tx: Tx, waybill_nos: Sequence[str]) -> Sequence[Any]:
    """Running subscriptions to any of these numbers: id, waybill_no, carrier, events."""
    return await tx.fetch(
        """select id, waybill_no, carrier, events from subscription
           where waybill_no = any($1::text[]) and ended_at is null and expires_at > $2 order by id""",
        list(waybill_nos),
        tx.now,
    )


@dataclass(frozen=True, slots=True)
class Message:
    """Something to tell a subscriber."""

    subscription_id: UUID
    body: str


async def enqueue(tx: Tx, messages: Sequence[Message]) -> None:
    """Send these as soon as the transaction is durable."""
    await tx.fetch(
        """insert into webhook_delivery (id, subscription_id, body, attempts, next_at, created_at)
           select id, subscription_id, body, 0, $4, $4
           from unnest($1::uuid[], $2::uuid[], $3::text[]) as m (id, subscription_id, body)""",
        [uuid7() for _ in messages],
        [message.subscription_id for message in messages],
        [message.body for message in messages],
        tx.now,
    )


async def take_due(tx: Tx, limit: int, lease: timedelta) -> list[Delivery]:
    """Messages to send now. If nobody says what became of them, they come up again after `lease`."""
    rows = await tx.fetch(
        """with due as (
               select id from webhook_delivery where next_at <= $1 order by next_at limit $3 for update skip locked),
           taken as (
               update webhook_delivery d set next_at = $2, attempts = d.attempts + 1 from due where d.id = due.id
               returning d.id, d.subscription_id, d.body, d.attempts)
           select taken.id, subscription_id, body, attempts, url, secret
           from taken join subscription on subscription.id = taken.subscription_id order by taken.id""",
        tx.now,
        tx.now + lease,
        limit,
    )
    return [Delivery(**dict(row)) for row in rows]


async def note_result(tx: Tx, delivery_id: UUID, *, delivered: bool, result: str, next_at: datetime | None) -> None:
    """Note what became of an attempt, and when to try again (None: never)."""
    await tx.fetch(
        "update webhook_delivery set delivered_at = $2, last_result = $3, next_at = $4 where id = $1",
        delivery_id,
        tx.now if delivered else None,
        result,
        next_at,
    )


async def deliveries(tx: Tx, subscription_id: UUID, limit: int) -> Sequence[Any]:
    """What was sent for a subscription, the newest first."""
    return await tx.fetch(
        """select id, attempts, next_at, delivered_at, last_result, created_at from webhook_delivery
           where subscription_id = $1 order by id desc limit $2""",
        subscription_id,
        limit,
    )


async def trim(tx: Tx, older_than: timedelta, limit: int = 5000) -> int:
    """Forget finished messages and ended subscriptions past their retention. Returns how many messages."""
    rows = await tx.fetch(
        """delete from webhook_delivery where ctid = any(array(
               select ctid from webhook_delivery where next_at is null and created_at < $1 limit $2)) returning 1""",
        tx.now - older_than,
        limit,
    )
    await tx.fetch(
        """update subscription set ended_at = $1, ended_because = 'expired'
           where ended_at is null and expires_at <= $1""",
        tx.now,
    )
    return len(rows)
