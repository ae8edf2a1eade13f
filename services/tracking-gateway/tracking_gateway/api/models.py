"""What the API says about parcels."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from contracts.parcels import ParcelStatus
from tracking_gateway.domain.estimate import NoEstimate
from tracking_gateway.domain.incidents import Scope
from tracking_gateway.domain.model import Direction, ExceptionCode, Milestone, TrackingState, TzSource
from tracking_gateway.domain.promise import Basis

SensibleInstant = Annotated[
    AwareDatetime,
    Field(ge=datetime(2000, 1, 1, tzinfo=UTC), le=datetime(2200, 1, 1, tzinfo=UTC)),
]
"""A point in time that a parcel can have to do with, with its zone."""


class MilestoneView(BaseModel):
    """First and last time of a stage, and how often it was reached."""

    first: datetime
    last: datetime
    count: int = Field(ge=1)


class ExceptionView(BaseModel):
    """One problem. `open` until a later event shows that it is over; `evidence` quotes what says so."""

    code: ExceptionCode
    open: bool
    severity: int = Field(ge=1, le=4, description="1 is the most severe")
    opened_at: datetime
    closed_at: datetime | None
    evidence: str
    node: str | None
    text: dict[str, str] = Field(description="plain words for customers, by language")


class LastEventView(BaseModel):
    """The newest thing the carrier said."""

    at: datetime
    text: str
    location: str | None
    source: str


class EventView(BaseModel):
    """One fact as the carrier told it. `local_time` is its own wall clock, `tz_source` how its zone is known."""

    key: UUID
    at: datetime
    local_time: str
    offset_minutes: int
    tz_source: TzSource
    text: str
    code: str
    location: str | None
    node: str | None
    status: ParcelStatus | None = Field(description="what the event says of the status, if anything")
    source: str
    received_at: datetime


class OtherParcel(BaseModel):
    """Another parcel with the same number: another carrier, or an earlier use of the number."""

    carrier: str
    status: ParcelStatus
    last_event_at: datetime | None


class PromiseView(BaseModel):
    """What was promised. `basis`: `declared` for this shipment, by the `tariff` of product and route, or `none`.

    `delayed` and `complete_delay` are what the clock says now; from `complete_delay_at` on it counts as lost.
    """

    basis: Basis
    source: str
    product: str | None
    route: str | None
    shipped_at: datetime | None
    promised_at: datetime | None
    complete_delay_at: datetime | None
    delayed: bool
    delay_seconds: float = Field(ge=0, description="so far, or at the delivery")
    complete_delay: bool


class EstimateView(BaseModel):
    """When it may be expected. `basis`: the `history` of its lane (the middle one of `samples` parcels that took longer
    than this one so far; eight in ten came between `earliest` and `latest`), else its promise, else `none`."""

    basis: Basis
    expected_at: datetime | None
    earliest: datetime | None
    latest: datetime | None
    samples: int
    reason: NoEstimate | None


class PartyView(BaseModel):
    """Sender or recipient, masked unless the caller may read personal data."""

    name: str | None
    phone: str | None
    address: str | None


class IncidentRef(BaseModel):
    """An open incident that the parcel belongs to."""

    id: UUID
    scope: Scope
    place: str
    node: str | None
    opened_at: datetime


class ParcelView(BaseModel):
    """Everything known about a parcel, on four axes, with source and age.

    `as_of` is when a source last told or confirmed it. `answer` is a sentence to quote to a customer, by language.
    `stale` is true when a newer answer was wanted and could not be had; `refresh` says why.
    """

    parcel_id: UUID
    waybill_no: str
    carrier: str
    carrier_name: dict[str, str]
    status: ParcelStatus
    status_since: datetime | None
    status_text: dict[str, str]
    direction: Direction
    milestones: dict[Milestone, MilestoneView]
    exceptions: list[ExceptionView]
    tracking_state: TrackingState
    last_event: LastEventView
    events: list[EventView] = Field(description="newest first")
    as_of: datetime
    age_seconds: float = Field(ge=0)
    source: str
    stale: bool
    refresh: str | None
    answer: dict[str, str]
    others: list[OtherParcel]
    promise: PromiseView
    estimate: EstimateView
    parties: dict[str, PartyView] = Field(description="`sender` and `recipient`, as far as they are known; masked")
    incidents: list[IncidentRef] = Field(description="for agents only")
    corrected_carrier: str | None = Field(description="whose parcel people said it is, if they did")


class ParcelSummary(BaseModel):
    """A parcel in one line: the axes and the age of the knowledge, without its history."""

    parcel_id: UUID
    waybill_no: str
    carrier: str
    status: ParcelStatus
    status_since: datetime | None
    status_text: dict[str, str]
    direction: Direction
    exceptions: list[ExceptionCode] = Field(description="open ones")
    tracking_state: TrackingState
    last_event_at: datetime
    as_of: datetime
    age_seconds: float = Field(ge=0)
    source: str


class EventExplained(BaseModel):
    """What one event did, and by which entry of which table."""

    key: UUID
    at: datetime
    source: str
    code: str
    text: str
    effect: str = Field(description="what it did to the status")
    effect_text: dict[str, str]
    basis: str = Field(description="the mapping entry and text rules that were used")
    says_status: ParcelStatus | None
    says_exceptions: list[ExceptionCode]
    raw: Any = Field(description="the item as the source sent it, if it was kept")
    delivery_id: UUID | None = Field(description="the raw body it came in, while that is kept")


class ExplainView(BaseModel):
    """Why the parcel has the status it has: the event that gave it, and what every other event did."""

    parcel_id: UUID
    waybill_no: str
    carrier: str
    status: ParcelStatus
    status_since: datetime | None
    status_event: EventExplained | None
    direction: Direction
    exceptions: list[ExceptionView]
    explanation: dict[str, str]
    rules: str = Field(description="fingerprint of the rules used")
    events: list[EventExplained] = Field(description="oldest first")
