"""Tables of persons' rights: proof of addresses, what channels vouch for, erasure and what the law keeps."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, Index, SmallInteger, Text
from sqlmodel import Field

from cases.store.tables import Base


def _instant() -> Any:
    return Field(sa_column=Column(DateTime(timezone=True), nullable=False))


def _text(*, nullable: bool = False) -> Any:
    return Field(sa_column=Column(Text, nullable=nullable))


def _key() -> Any:
    return Field(sa_column=Column(Text, primary_key=True))


class ContactVerificationRow(Base, table=True):
    """One act by which an address was proven."""

    __tablename__ = "contact_verification"
    __table_args__ = (Index("ix_contact_verification_contact_point_id", "contact_point_id"),)

    id: UUID = Field(primary_key=True)
    contact_point_id: UUID
    level: str = _text()
    method: str = _text()
    evidence: str | None = _text(nullable=True)
    actor: str = _text()
    verified_at: datetime = _instant()


class ContactCodeRow(Base, table=True):
    """The code under way to an address, as a digest."""

    __tablename__ = "contact_code"

    contact_point_id: UUID = Field(primary_key=True)
    digest: str = _text()
    attempts: int = Field(sa_column=Column(SmallInteger, nullable=False))
    sent_by: str = _text()
    sent_at: datetime = _instant()
    expires_at: datetime = _instant()


class ContactClaimRow(Base, table=True):
    """An address that a channel vouches for, and that is another customer's: a reason to merge the two."""

    __tablename__ = "contact_claim"
    __table_args__ = (Index("ix_contact_claim_address", "address"),)

    contact_point_id: UUID = Field(primary_key=True)
    kind: str = _key()
    address: str = _key()
    claimed_at: datetime = _instant()


class ErasureRow(Base, table=True):
    """That a person was erased, by whom and why."""

    __tablename__ = "erasure"
    __table_args__ = (Index("ix_erasure_customer_id", "customer_id"),)

    id: UUID = Field(primary_key=True)
    customer_id: UUID
    actor: str = _text()
    reason: str = _text()
    erased_at: datetime = _instant()


class RetainedRecordRow(Base, table=True):
    """A case or order of an erased person that a law keeps until its day."""

    __tablename__ = "retained_record"
    __table_args__ = (Index("ix_retained_record_customer_id", "customer_id"),)

    kind: str = _key()
    id: UUID = Field(primary_key=True)
    customer_id: UUID
    rule: str = _text()
    until: datetime = _instant()


class ErasedAddressRow(Base, table=True):
    """The digest of an erased address, while late news of it can still arrive."""

    __tablename__ = "erased_address"

    digest: str = _key()
    customer_id: UUID
    erased_at: datetime = _instant()
