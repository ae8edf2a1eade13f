"""Tables about what is agreed with providers. Statements on them are in the neighbouring modules."""

from datetime import datetime

from sqlalchemy import Column, DateTime, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from tracking_gateway.store.tables import Base


class ProviderSubscriptionRow(Base, table=True):
    """A parcel that a provider watches for us, or will, or will not.

    `state` is asking, active, waiting, refused or leaving; `reference` the provider's name of it; `taken_at` when it
    was taken lately, because some providers limit how often; `next_at` when to ask (again), null if there is no need.
    """

    __tablename__ = "provider_subscription"
    __table_args__ = (
        Index("ix_provider_subscription_next_at", "next_at", postgresql_where=text("next_at is not null")),
    )

    waybill_no: str = Field(sa_column=Column(Text, primary_key=True))
    carrier: str = Field(sa_column=Column(Text, primary_key=True))
    source: str = Field(sa_column=Column(Text, nullable=False))
    state: str = Field(sa_column=Column(Text, nullable=False))
    reference: str | None = Field(sa_column=Column(Text))
    reason: str | None = Field(sa_column=Column(Text))
    taken_at: list[datetime] = Field(sa_column=Column(ARRAY(DateTime(timezone=True)), nullable=False))
    next_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
