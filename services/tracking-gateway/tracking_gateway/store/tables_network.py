"""Tables of what the courier's network shares: shipments' parties, lanes, troubles, incidents, corrected carriers."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Index, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from tracking_gateway.store.tables import Base


def _instant(*, nullable: bool = False) -> Any:
    return Field(sa_column=Column(DateTime(timezone=True), nullable=nullable))


def _text(*, nullable: bool = False, primary_key: bool = False) -> Any:
    return Field(sa_column=Column(Text, nullable=nullable, primary_key=primary_key))


class ShipmentPartyRow(Base, table=True):
    """Sender or recipient of a parcel, as the order system declared them: personal data."""

    __tablename__ = "shipment_party"
    __table_args__ = (Index("ix_shipment_party_declared_at", "declared_at", postgresql_using="brin"),)

    parcel_id: UUID = Field(primary_key=True)
    role: str = _text(primary_key=True)
    name: str | None = _text(nullable=True)
    phone: str | None = _text(nullable=True)
    address: str | None = _text(nullable=True)
    declared_at: datetime = _instant()


class LaneSampleRow(Base, table=True):
    """That a delivered parcel was counted, and where."""

    __tablename__ = "lane_sample"

    parcel_id: UUID = Field(primary_key=True)
    lane: str = _text()
    bucket: int = Field(sa_column=Column(SmallInteger, nullable=False))


class LaneBucketRow(Base, table=True):
    """How many parcels of a lane took so long (`tracking_gateway.domain.lanes`)."""

    __tablename__ = "lane_bucket"

    lane: str = _text(primary_key=True)
    bucket: int = Field(sa_column=Column(SmallInteger, primary_key=True))
    count: int = Field(sa_column=Column(BigInteger, nullable=False))


class TroubleRow(Base, table=True):
    """A parcel's problem of a kind that others may share, and where the parcel was. `dirty` until it was compared."""

    __tablename__ = "trouble"
    __table_args__ = (
        Index("ix_trouble_dirty", "family", postgresql_where=text("dirty")),
        Index("ix_trouble_open", "family", "opened_at", postgresql_where=text("closed_at is null")),
        Index("ix_trouble_closed_at", "closed_at", postgresql_where=text("closed_at is not null")),
    )

    parcel_id: UUID = Field(primary_key=True)
    family: str = _text(primary_key=True)
    waybill_no: str = _text()
    carrier: str = _text()
    exception: str = _text()
    opened_at: datetime = _instant()
    closed_at: datetime | None = _instant(nullable=True)
    node: str | None = _text(nullable=True)
    node_kind: str | None = _text(nullable=True)
    bag: str | None = _text(nullable=True)
    vehicle: str | None = _text(nullable=True)
    dirty: bool = Field(sa_column=Column(Boolean, nullable=False))


class IncidentRow(Base, table=True):
    """Parcels with one problem in one place. One is open for a place and a kind of problem."""

    __tablename__ = "incident"
    __table_args__ = (
        Index("uq_incident_open", "family", "scope", "place", unique=True, postgresql_where=text("closed_at is null")),
    )

    id: UUID = Field(primary_key=True)
    family: str = _text()
    scope: str = _text()
    place: str = _text()
    node: str | None = _text(nullable=True)
    exception: str = _text()
    severity: int = Field(sa_column=Column(SmallInteger, nullable=False))
    evidence: str = _text()
    opened_at: datetime = _instant()
    closed_at: datetime | None = _instant(nullable=True)
    closed_because: str | None = _text(nullable=True)
    merged_into: UUID | None = None


class IncidentParcelRow(Base, table=True):
    """A parcel that belongs, or belonged, to an incident."""

    __tablename__ = "incident_parcel"
    __table_args__ = (Index("ix_incident_parcel_parcel_id", "parcel_id"),)

    incident_id: UUID = Field(primary_key=True)
    parcel_id: UUID = Field(primary_key=True)
    joined_at: datetime = _instant()


class CarrierChangeRow(Base, table=True):
    """Somebody said that a number is another carrier's. Rows are only added."""

    __tablename__ = "carrier_change"
    __table_args__ = (Index("ix_carrier_change_waybill_no_id", "waybill_no", "id"),)

    id: UUID = Field(primary_key=True)
    waybill_no: str = _text()
    from_carrier: str = _text()
    to_carrier: str = _text()
    reason: str = _text()
    actor: str = _text()
    changed_at: datetime = _instant()


class AgreedOrderRow(Base, table=True):
    """An order that was placed with us and not picked up yet: the shipment it will be, as a declaration's payload."""

    __tablename__ = "agreed_order"
    __table_args__ = (Index("ix_agreed_order_agreed_at", "agreed_at", postgresql_using="brin"),)

    order_id: UUID = Field(primary_key=True)
    agreed: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    agreed_at: datetime = _instant()
