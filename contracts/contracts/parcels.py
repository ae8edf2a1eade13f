"""Topics `parcels` (key: parcel id, producer: tracking-gateway) and `scans` (key: waybill, producer: the courier)."""

from enum import StrEnum
from uuid import UUID

from pydantic import Field

from contracts.event import EventData, Instant
from contracts.values import WaybillNo

TOPIC = "parcels"
SCANS_TOPIC = "scans"


class ParcelStatus(StrEnum):
    """Where a parcel is: one of four separate axes (milestones, exceptions and direction are the others)."""

    NOT_FOUND = "not_found"
    INFO_RECEIVED = "info_received"
    PICKED_UP = "picked_up"
    IN_TRANSIT = "in_transit"
    CUSTOMS = "customs"
    ARRIVED_DEST = "arrived_dest"
    OUT_FOR_DELIVERY = "out_for_delivery"
    AVAILABLE_FOR_PICKUP = "available_for_pickup"
    DELIVERY_FAILED = "delivery_failed"
    DELIVERED = "delivered"
    FORWARDED = "forwarded"
    RETURNING = "returning"
    RETURNED = "returned"
    CANCELLED = "cancelled"
    EXCEPTION = "exception"


class ScanRecorded(EventData, type="posthouse.scan.recorded.v1", topic=SCANS_TOPIC, key="waybill_no"):
    """The courier's own network scanned a parcel. Produced by the courier's operational systems.

    `scan_id` is the network's own id and the dedupe key. `code` is the network's scan code; the gateway maps it.
    """

    scan_id: str = Field(min_length=1, max_length=100)
    waybill_no: WaybillNo
    code: str = Field(min_length=1, max_length=40)
    description: str = Field(default="", max_length=500)
    node: str | None = Field(default=None, max_length=100, description="branch, hub or vehicle")
    city: str | None = Field(default=None, max_length=100)
    occurred_at: Instant


class ParcelUpdated(EventData, type="posthouse.parcel.updated.v1", topic=TOPIC, key="parcel_id"):
    """A parcel's normalised state changed."""

    parcel_id: UUID
    carrier: str
    waybill_no: WaybillNo
    status: ParcelStatus
    direction: str = Field(pattern="^(forward|return)$")
    exceptions: tuple[str, ...] = ()
    status_since: Instant
    last_event_at: Instant
    last_event_text: str
    location: str | None = None
    occurred_at: Instant


class ParcelDelivered(EventData, type="posthouse.parcel.delivered.v1", topic=TOPIC, key="parcel_id"):
    """A carrier event says that the parcel was delivered."""

    parcel_id: UUID
    carrier: str
    waybill_no: WaybillNo
    delivered_at: Instant
    occurred_at: Instant


class ParcelExceptionOpened(EventData, type="posthouse.parcel.exception.opened.v1", topic=TOPIC, key="parcel_id"):
    """Something is wrong with a parcel. `evidence` quotes the event or the clock rule that says so."""

    parcel_id: UUID
    carrier: str
    waybill_no: WaybillNo
    exception: str
    evidence: str
    node: str | None = None
    occurred_at: Instant


class ParcelExceptionClosed(EventData, type="posthouse.parcel.exception.closed.v1", topic=TOPIC, key="parcel_id"):
    """A later event resolved the exception."""

    parcel_id: UUID
    carrier: str
    waybill_no: WaybillNo
    exception: str
    evidence: str
    occurred_at: Instant
