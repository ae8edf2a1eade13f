"""Tables about what the tracking gateway tells us."""

from uuid import UUID

from sqlmodel import Field

from cases.store.tables import Base


class ParcelIncidentRow(Base, table=True):
    """The case that stands for an incident of the courier's network."""

    __tablename__ = "parcel_incident"

    incident_id: UUID = Field(primary_key=True)
    case_id: UUID
