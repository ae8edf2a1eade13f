"""Statements on shipments: what was agreed about a parcel, and who its sender and recipient are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import orjson

from chassis.db import Tx
from tracking_gateway.domain.events import CLOCK
from tracking_gateway.domain.model import PROMISE_CODES
from tracking_gateway.domain.shipment import Shipment, to_json

SENDER, RECIPIENT = "sender", "recipient"


@dataclass(frozen=True, slots=True)
class StoredParty:
    """Sender or recipient as declared."""

    name: str | None
    phone: str | None
    address: str | None


async def save(tx: Tx, parcel_id: UUID, shipment: Shipment, parties: Mapping[str, StoredParty]) -> None:
    """Store what was agreed about a locked parcel. What the clock proved by an earlier promise is forgotten: the caller
    folds the parcel anew. Parties that are not given stay."""
    await tx.fetch(
        "update parcel set shipment = $2::text::jsonb where id = $1",
        parcel_id,
        orjson.dumps(to_json(shipment)).decode(),
    )
    await tx.fetch(
        """delete from tracking_event
           where parcel_id = $1 and source = $2 and split_part(code, '/', 1) = any($3::text[])""",
        parcel_id,
        CLOCK,
        sorted(PROMISE_CODES),
    )
    for role, party in sorted(parties.items()):
        await tx.fetch(
            """insert into shipment_party (parcel_id, role, name, phone, address, declared_at)
               values ($1, $2, $3, $4, $5, $6)
               on conflict (parcel_id, role) do update set name = excluded.name, phone = excluded.phone,
                   address = excluded.address, declared_at = excluded.declared_at""",
            parcel_id,
            role,
            party.name,
            party.phone,
            party.address,
            tx.now,
        )


async def forget_parties(tx: Tx, older_than: timedelta, limit: int = 5000) -> int:
    """Forget who sent to whom so long ago. Returns how many."""
    rows = await tx.fetch(
        """delete from shipment_party where ctid = any(array(
               select ctid from shipment_party where declared_at < $1 limit $2)) returning 1""",
        tx.now - older_than,
        limit,
    )
    return len(rows)


async def parties(tx: Tx, parcel_id: UUID) -> dict[str, StoredParty]:
    """Sender and recipient of a parcel, as far as they are known."""
    rows = await tx.fetch("select role, name, phone, address from shipment_party where parcel_id = $1", parcel_id)
    return {row["role"]: StoredParty(row["name"], row["phone"], row["address"]) for row in rows}
