"""Topics `parcels` (key: parcel id, producer: tracking-gateway) and `scans` (key: waybill, producer: the courier)."""

from enum import StrEnum
from uuid import UUID

from pydantic import Field

from contracts.event import EventData, Instant, Payload, Personal
from contracts.values import Channel, WaybillNo

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
    node_kind: str | None = Field(default=None, pattern="^(branch|hub|station|vehicle)$")
    bag: str | None = Field(default=None, max_length=60, description="the bag the parcel is in from now on")
    vehicle: str | None = Field(default=None, max_length=60, description="the vehicle it is loaded on")
    city: str | None = Field(default=None, max_length=100)
    occurred_at: Instant


class Area(Payload):
    """Where a shipment begins or ends, as coarse as promises are made. `country` is ISO 3166."""

    country: str = Field(default="CN", pattern="^[A-Z]{2}$")
    province: str | None = Field(default=None, max_length=60)
    city: str | None = Field(default=None, max_length=60)


class Party(Personal):
    """Sender or recipient as the courier knows them."""

    name: str | None = Field(default=None, max_length=100)
    phone: str | None = Field(default=None, max_length=30)
    address: str | None = Field(default=None, max_length=300)


class ShipmentPersonal(Personal):
    """Who sends to whom."""

    sender: Party | None = None
    recipient: Party | None = None


class ShipmentDeclared(EventData, type="posthouse.shipment.declared.v1", topic=SCANS_TOPIC, key="waybill_no"):
    """What was agreed about a shipment, told by the courier's order system: product, route, promise, parties.

    `promised_at`, or hours or working days from the collection, is a promise made to this customer; without one product
    and route decide. The newest declaration counts.
    """

    waybill_no: WaybillNo
    product: str = Field(default="standard", pattern="^[a-z0-9_]{1,40}$")
    origin: Area | None = None
    destination: Area | None = None
    promised_at: Instant | None = None
    promise_hours: int | None = Field(default=None, ge=1, le=24 * 365)
    promise_working_days: int | None = Field(default=None, ge=1, le=365)
    occurred_at: Instant
    personal: ShipmentPersonal = ShipmentPersonal()


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
    severity: int | None = Field(default=None, ge=1, le=4, description="1 is the most severe")
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


class IncidentParcel(Payload):
    """A parcel that an incident is about."""

    parcel_id: UUID
    waybill_no: WaybillNo
    carrier: str


class ParcelIncidentOpened(EventData, type="posthouse.parcel.incident.opened.v1", topic=TOPIC, key="incident_id"):
    """Parcels that have the same problem were in the same bag, vehicle, branch or hub: one incident, told once.

    `place` names that container, `node` the branch or hub that answers for it. Parcels beyond the first event's limit,
    and those found later, follow in `incident.joined`. Each parcel is in at most one open incident per exception.
    """

    incident_id: UUID
    scope: str = Field(pattern="^(bag|vehicle|branch|hub)$")
    place: str
    node: str | None = None
    exception: str
    severity: int = Field(ge=1, le=4, description="1 is the most severe")
    evidence: str
    count: int = Field(ge=1, description="parcels at the opening")
    parcels: tuple[IncidentParcel, ...]
    occurred_at: Instant


class ParcelIncidentJoined(EventData, type="posthouse.parcel.incident.joined.v1", topic=TOPIC, key="incident_id"):
    """More parcels of an open incident."""

    incident_id: UUID
    parcels: tuple[IncidentParcel, ...]
    count: int = Field(ge=1, description="parcels so far, these included")
    occurred_at: Instant


class ParcelIncidentClosed(EventData, type="posthouse.parcel.incident.closed.v1", topic=TOPIC, key="incident_id"):
    """The incident is over, once: `resolved` (no parcel of it has the problem any more), `merged` (a wider incident,
    `merged_into`, explains it) or `withdrawn` (late scans showed that there was no common problem)."""

    incident_id: UUID
    reason: str = Field(pattern="^(resolved|merged|withdrawn)$")
    merged_into: UUID | None = None
    count: int = Field(ge=0, description="parcels that belonged to it")
    occurred_at: Instant


class QuotePersonal(Personal):
    """What may be told to the customer, by language (BCP 47). Names and phones of others are masked."""

    texts: dict[str, str] = Field(default={})


class ParcelSnapshotTaken(EventData, type="posthouse.parcel.snapshot.taken.v1", topic=TOPIC, key="case_id"):
    """What was known of a parcel when its case began: to be quoted as it stands. `found` is false if nothing is known.

    `as_of` is when a source last told or confirmed it; `stale` says that newer news was wanted and could not be had.
    """

    case_id: UUID
    waybill_no: WaybillNo
    found: bool
    parcel_id: UUID | None = None
    carrier: str | None = None
    status: ParcelStatus | None = None
    exceptions: tuple[str, ...] = ()
    promised_at: Instant | None = None
    as_of: Instant | None = None
    stale: bool = False
    incidents: tuple[UUID, ...] = Field(default=(), description="open incidents that the parcel belongs to")
    occurred_at: Instant
    personal: QuotePersonal = QuotePersonal()


class ParcelNoticeRequested(EventData, type="posthouse.parcel.notice.requested.v1", topic=TOPIC, key="case_id"):
    """A customer who follows a parcel is to be told something, now. Quiet hours and frequency were looked after;
    consent, address and channel are the business of cases, which answers with `case.notice.settled`.

    `channels` are the acceptable ones, the best first.
    """

    notice_id: UUID
    case_id: UUID
    customer_id: UUID
    parcel_id: UUID
    waybill_no: WaybillNo
    rule: str
    rules_version: str
    exception: str | None = None
    category: str = "service"
    channels: tuple[Channel, ...]
    occurred_at: Instant
    personal: QuotePersonal
