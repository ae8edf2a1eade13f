"""Telling subscribers: what changed about a parcel becomes webhook messages in the transaction that changed it."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from chassis.db import Tx
from contracts.event import EventData
from contracts.parcels import ParcelDelivered, ParcelExceptionClosed, ParcelExceptionOpened, ParcelUpdated
from tracking_gateway.store import subscriptions

EVENT_NAMES: dict[type[EventData], str] = {
    ParcelUpdated: "parcel.updated",
    ParcelDelivered: "parcel.delivered",
    ParcelExceptionOpened: "parcel.exception.opened",
    ParcelExceptionClosed: "parcel.exception.closed",
}


@dataclass(frozen=True, slots=True)
class Change:
    """An event about a parcel, as the house was told it."""

    waybill_no: str
    carrier: str
    data: EventData


async def notify_subscribers(tx: Tx, changes: Sequence[Change]) -> None:
    """Queue a message for each running subscription and change it asked for."""
    if not changes:
        return
    wanted = await subscriptions.active_for(tx, sorted({change.waybill_no for change in changes}))
    if not wanted:
        return
    messages = [
        subscriptions.Message(row["id"], _body(change))
        for row in wanted
        for change in changes
        if change.waybill_no == row["waybill_no"]
        and row["carrier"] in (None, change.carrier)
        and EVENT_NAMES[type(change.data)] in row["events"]
    ]
    if messages:
        await subscriptions.enqueue(tx, messages)


def _body(change: Change) -> str:
    data = change.data.model_dump(mode="json")
    return orjson.dumps(
        {"type": EVENT_NAMES[type(change.data)], "timestamp": data["occurred_at"], "data": data}
    ).decode()
