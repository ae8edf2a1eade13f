"""Customers and their contact points."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from cases.domain.contact import Verification, higher
from cases.domain.model import ContactPoint, Customer
from chassis.db import Tx
from chassis.ids import uuid7

_COLUMNS = ", ".join(Customer.__dataclass_fields__)


async def by_contact(
    tx: Tx,
    *,
    kind: str,
    address: str,
    display_name: str | None,
    verification: Verification,
    language: str | None,
    owner: UUID | None = None,
) -> ContactPoint:
    """The contact point of an address and through it its customer; both are created if the address is new. `owner` is
    the customer who gets a new address, if one is known.

    Safe against any number of simultaneous first contacts: the unique index lets one of them create, the others wait
    for it and find what it made.
    """
    point = await find_contact(tx, kind, address) or await _create(tx, kind, address, display_name, language, owner)
    if point is None:
        point = await find_contact(tx, kind, address)
    if point is None:
        raise LookupError(f"contact point {kind} vanished between two statements")
    level = higher(Verification(point.verification), verification)
    if level != point.verification or (display_name and not point.display_name):
        await tx.fetch(
            "update contact_point set verification = $2, display_name = coalesce(display_name, $3) where id = $1",
            point.id,
            level,
            display_name,
        )
        if display_name:
            await tx.fetch(
                "update customer set name = coalesce(name, $2) where id = $1", point.customer_id, display_name
            )
    return point


async def find_contact(tx: Tx, kind: str, address: str) -> ContactPoint | None:
    """The contact point of an address in its normal form."""
    rows = await tx.fetch(
        """select id, customer_id, kind, address, display_name, verification, created_at
           from contact_point where kind = $1 and address = $2""",
        kind,
        address,
    )
    return ContactPoint(**rows[0]) if rows else None


async def _create(
    tx: Tx, kind: str, address: str, display_name: str | None, language: str | None, owner: UUID | None
) -> ContactPoint | None:
    """None if somebody else created it first. Foreign keys are checked at the end of the statement, so the contact
    point may name the customer that the same statement inserts after it."""
    rows = await tx.fetch(
        """with point as (
               insert into contact_point (id, customer_id, kind, address, display_name, verification, created_at)
               values ($1, $2, $3, $4, $5, 'none', $7) on conflict (kind, address) do nothing
               returning id, customer_id, kind, address, display_name, verification, created_at),
           person as (
               insert into customer (id, name, language, version, created_at, updated_at)
               select customer_id, $5, $6, 1, $7, $7 from point where not $8)
           select * from point""",
        uuid7(),
        owner or uuid7(),
        kind,
        address,
        display_name,
        language,
        tx.now,
        owner is not None,
    )
    return ContactPoint(**rows[0]) if rows else None


async def create_unknown(tx: Tx, *, name: str | None, language: str | None) -> UUID:
    """A customer without any address: somebody who withholds the number."""
    customer_id = uuid7()
    await tx.fetch(
        "insert into customer (id, name, language, version, created_at, updated_at) values ($1, $2, $3, 1, $4, $4)",
        customer_id,
        name,
        language,
        tx.now,
    )
    return customer_id


async def lock(tx: Tx, customer_id: UUID) -> UUID:
    """Keep others from opening, reopening or merging this customer's cases until COMMIT.

    Returns the customer that counts: another one if this one was merged, and then that one is locked.
    """
    current: UUID | None = customer_id
    while current is not None:
        customer_id = current
        rows = await tx.fetch("select merged_into from customer where id = $1 for no key update", customer_id)
        current = rows[0]["merged_into"] if rows else None
    return customer_id


async def remaining(tx: Tx, customer_id: UUID) -> UUID:
    """The customer that counts: this one, or the one it was merged into."""
    rows = await tx.fetch(
        """with recursive chain as (
               select id, merged_into from customer where id = $1
               union all select c.id, c.merged_into from customer c join chain on c.id = chain.merged_into)
           select id from chain where merged_into is null""",
        customer_id,
    )
    return rows[0]["id"] if rows else customer_id


async def get(tx: Tx, customer_id: UUID) -> Customer | None:
    """A customer."""
    rows = await tx.fetch(f"select {_COLUMNS} from customer where id = $1", customer_id)
    return Customer(**rows[0]) if rows else None


async def contacts(tx: Tx, customer_id: UUID) -> Sequence[ContactPoint]:
    """The contact points of a customer, oldest first."""
    rows = await tx.fetch(
        """select id, customer_id, kind, address, display_name, verification, created_at
           from contact_point where customer_id = $1 order by id""",
        customer_id,
    )
    return [ContactPoint(**row) for row in rows]


async def contact(tx: Tx, contact_point_id: UUID) -> ContactPoint | None:
    """A contact point by its id."""
    rows = await tx.fetch(
        """select id, customer_id, kind, address, display_name, verification, created_at
           from contact_point where id = $1""",
        contact_point_id,
    )
    return ContactPoint(**rows[0]) if rows else None


_PROFILE = ("name", "language", "employer", "address", "tier", "tags", "do_not_contact")


async def change(tx: Tx, customer_id: UUID, **changes: Any) -> Customer:
    """Change a locked customer's profile and count its version up."""
    if unknown := set(changes) - set(_PROFILE):
        raise ValueError(f"not changeable: {', '.join(sorted(unknown))}")
    names = sorted(changes)
    assignments = "".join(f", {name} = ${number}" for number, name in enumerate(names, start=3))
    rows = await tx.fetch(
        f"""update customer set version = version + 1, updated_at = $2{assignments}
            where id = $1 returning {_COLUMNS}""",
        customer_id,
        tx.now,
        *(changes[name] for name in names),
    )
    return Customer(**rows[0])
