"""Statements on what providers watch for us."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from chassis.db import Tx
from tracking_gateway.domain.model import TrackingState


class Agreement(StrEnum):
    """Where a provider and we stand about a parcel. `waiting`: it is asked (again) at `next_at`."""

    ASKING = "asking"
    ACTIVE = "active"
    WAITING = "waiting"
    REFUSED = "refused"
    LEAVING = "leaving"


@dataclass(frozen=True, slots=True)
class ProviderSubscription:
    """One parcel at one provider. `taken_at`: when it agreed, oldest first."""

    waybill_no: str
    carrier: str
    source: str
    state: Agreement
    reference: str | None
    taken_at: tuple[datetime, ...]
    next_at: datetime | None


_COLUMNS = "waybill_no, carrier, source, state, reference, taken_at, next_at"


async def get(tx: Tx, waybill_no: str, carrier: str) -> ProviderSubscription | None:
    """What is agreed about a parcel, if anything was ever asked."""
    rows = await tx.fetch(
        f"select {_COLUMNS} from provider_subscription where waybill_no = $1 and carrier = $2", waybill_no, carrier
    )
    return _subscription(rows[0]) if rows else None


async def claim(tx: Tx, waybill_no: str, carrier: str, source: str, until: datetime) -> ProviderSubscription | None:
    """Take the right to ask the provider until then; None if it is active, refused, not due, or another asks."""
    rows = await tx.fetch(
        f"""insert into provider_subscription as known (waybill_no, carrier, source, state, taken_at, next_at)
            values ($1, $2, $3, $4, '{{}}', $5)
            on conflict (waybill_no, carrier) do update
                set source = excluded.source, state = excluded.state, next_at = excluded.next_at
                where known.next_at <= $6 and known.state <> $7
            returning {_COLUMNS}""",
        waybill_no,
        carrier,
        source,
        Agreement.ASKING.value,
        until,
        tx.now,
        Agreement.LEAVING.value,
    )
    return _subscription(rows[0]) if rows else None


async def note_taken(tx: Tx, waybill_no: str, carrier: str, reference: str, forget_before: datetime) -> None:
    """The provider watches the parcel from now on. Earlier times than `forget_before` no longer count."""
    await tx.fetch(
        """update provider_subscription
           set state = $3, reference = $4, reason = null, next_at = null,
               taken_at = array_append(array(select at from unnest(taken_at) as at where at >= $6 order by at), $5)
           where waybill_no = $1 and carrier = $2""",
        waybill_no,
        carrier,
        Agreement.ACTIVE.value,
        reference or None,
        tx.now,
        forget_before,
    )


async def note_not_taken(
    tx: Tx, waybill_no: str, carrier: str, state: Agreement, reason: str, next_at: datetime | None
) -> None:
    """It does not, for a reason; it is asked again at `next_at`, or never."""
    await tx.fetch(
        """update provider_subscription set state = $3, reason = $4, next_at = $5
           where waybill_no = $1 and carrier = $2""",
        waybill_no,
        carrier,
        state.value,
        reason,
        next_at,
    )


async def lapse(tx: Tx, waybill_no: str, carrier: str, next_at: datetime) -> bool:
    """Whether the provider has given up a parcel since it took it; then it is asked again at `next_at`."""
    rows = await tx.fetch(
        """update provider_subscription s set state = $3, reason = 'the provider gave up', next_at = $4
           where s.waybill_no = $1 and s.carrier = $2 and s.state = $5 and exists (
               select 1 from parcel p where p.waybill_no = s.waybill_no and p.carrier = s.carrier
                   and p.tracking_state = $6 and p.source = s.source
                   and p.received_at >= s.taken_at[array_upper(s.taken_at, 1)])
           returning 1""",
        waybill_no,
        carrier,
        Agreement.WAITING.value,
        next_at,
        Agreement.ACTIVE.value,
        TrackingState.EXPIRED.value,
    )
    return bool(rows)


async def leave(tx: Tx, waybill_no: str, carrier: str) -> None:
    """The parcel is no longer followed. What the provider still watches is to be ended; the rest is forgotten."""
    await tx.fetch(
        "update provider_subscription set state = $3, next_at = $4 "
        "where waybill_no = $1 and carrier = $2 and state = $5",
        waybill_no,
        carrier,
        Agreement.LEAVING.value,
        tx.now,
        Agreement.ACTIVE.value,
    )
    await tx.fetch(
        "delete from provider_subscription where waybill_no = $1 and carrier = $2 and state <> $3",
        waybill_no,
        carrier,
        Agreement.LEAVING.value,
    )


async def take_leaving(tx: Tx, limit: int, lease: timedelta) -> list[ProviderSubscription]:
    """Subscriptions to end now. They come up again after `lease` unless they are dropped."""
    rows = await tx.fetch(
        f"""update provider_subscription s set next_at = $2 from (
               select waybill_no, carrier from provider_subscription where next_at <= $1 and state = $4
               order by next_at limit $3 for update skip locked) as due
            where s.waybill_no = due.waybill_no and s.carrier = due.carrier
            returning {", ".join(f"s.{name}" for name in _COLUMNS.split(", "))}""",
        tx.now,
        tx.now + lease,
        limit,
        Agreement.LEAVING.value,
    )
    return [_subscription(row) for row in rows]


async def drop(tx: Tx, waybill_no: str, carrier: str) -> None:
    """Forget a subscription that was ended; one that somebody wants again meanwhile stays."""
    await tx.fetch(
        "delete from provider_subscription where waybill_no = $1 and carrier = $2 and state = $3",
        waybill_no,
        carrier,
        Agreement.LEAVING.value,
    )


def _subscription(row: object) -> ProviderSubscription:
    values = dict(row)  # type: ignore[call-overload]
    return ProviderSubscription(**values | {"state": Agreement(values["state"]), "taken_at": tuple(values["taken_at"])})
