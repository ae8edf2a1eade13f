"""Who a contact is from: addresses that channels vouch for, and addresses of people who were erased."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cases.domain.contact import Verification
from cases.store import customers
from chassis.db import Tx
from chassis.ids import uuid7


@dataclass(frozen=True, slots=True)
class Vouched:
    """An address in its normal form that the channel has proven."""

    kind: str
    address: str


async def customer_of(tx: Tx, vouched: Sequence[Vouched]) -> UUID | None:
    """The customer who has one of the addresses, the first one named counts."""
    for known in vouched:
        point = await customers.find_contact(tx, known.kind, known.address)
        if point is not None:
            return point.customer_id
    return None


async def take_over(tx: Tx, point_id: UUID, customer_id: UUID, vouched: Sequence[Vouched]) -> None:
    """Give a customer the addresses that the channel vouches for. One that is another customer's stays theirs: the two
    become candidates for a merge, which people decide."""
    for known in vouched:
        point = await customers.find_contact(tx, known.kind, known.address)
        if point is None:
            await add(tx, customer_id, known.kind, known.address, verification=Verification.CHANNEL)
        elif point.customer_id == customer_id:
            await tx.fetch(
                "update contact_point set verification = 'channel' where id = $1 and verification = 'none'", point.id
            )
        else:
            await tx.fetch(
                """insert into contact_claim (contact_point_id, kind, address, claimed_at) values ($1, $2, $3, $4)
                   on conflict do nothing""",
                point_id,
                known.kind,
                known.address,
                tx.now,
            )


async def add(
    tx: Tx,
    customer_id: UUID,
    kind: str,
    address: str,
    *,
    verification: Verification = Verification.NONE,
    display_name: str | None = None,
) -> UUID | None:
    """A further address of a customer; None if it is somebody's already."""
    rows = await tx.fetch(
        """insert into contact_point (id, customer_id, kind, address, display_name, verification, created_at)
           values ($1, $2, $3, $4, $5, $6, $7) on conflict (kind, address) do nothing returning id""",
        uuid7(),
        customer_id,
        kind,
        address,
        display_name,
        verification,
        tx.now,
    )
    return rows[0]["id"] if rows else None


def digest(kind: str, address: str) -> str:
    """What is left of an erased address, so that late news of it can be told from a new contact."""
    return hashlib.sha256(f"{kind} {address}".encode()).hexdigest()


async def erased_since(tx: Tx, kind: str, address: str, at: datetime) -> UUID | None:
    """The erased customer whose address it was, if the contact was before the erasure."""
    rows = await tx.fetch(
        "select customer_id from erased_address where digest = $1 and erased_at >= $2", digest(kind, address), at
    )
    return rows[0]["customer_id"] if rows else None
