"""Statements on carriers that people corrected. Nothing is ever changed here: the newest entry counts."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.db import Tx


@dataclass(frozen=True, slots=True)
class CarrierChange:
    """Somebody said that a number is another carrier's."""

    id: UUID
    waybill_no: str
    from_carrier: str
    to_carrier: str
    reason: str
    actor: str
    changed_at: datetime


_COLUMNS = ", ".join(CarrierChange.__dataclass_fields__)


async def add(tx: Tx, change: CarrierChange) -> None:
    """Keep a change."""
    await tx.fetch(
        f"insert into carrier_change ({_COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7)",
        *(getattr(change, name) for name in CarrierChange.__dataclass_fields__),
    )


async def current(tx: Tx, waybill_no: str) -> str | None:
    """The carrier that was named last for a number, if one was."""
    rows = await tx.fetch(
        "select to_carrier from carrier_change where waybill_no = $1 order by id desc limit 1", waybill_no
    )
    return rows[0]["to_carrier"] if rows else None


async def history(tx: Tx, waybill_no: str) -> list[CarrierChange]:
    """All changes of a number, the oldest first."""
    rows = await tx.fetch(f"select {_COLUMNS} from carrier_change where waybill_no = $1 order by id", waybill_no)
    return [CarrierChange(**row) for row in rows]


async def lay_aside(tx: Tx, waybill_no: str, carrier: str) -> None:
    """What is known of the number at this carrier is about no parcel of ours: no clock runs for it, nobody is asked. A
    later event of the carrier brings it back."""
    await tx.fetch(
        """update parcel set tracking_state = 'stopped', check_at = null where waybill_no = $1 and carrier = $2""",
        waybill_no,
        carrier,
    )
    await tx.fetch("delete from watch where waybill_no = $1 and carrier = $2", waybill_no, carrier)
