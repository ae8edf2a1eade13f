"""The tables of the email channel. The statements on them are in the neighbouring modules; migrations create them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, SmallInteger, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel

from chassis.db import table_registry


class Base(SQLModel, registry=table_registry()):
    """Base of this service's tables."""


def _instant(*, nullable: bool = False) -> Any:
    return Field(sa_column=Column(DateTime(timezone=True), nullable=nullable))


def _text(*, nullable: bool = False) -> Any:
    return Field(sa_column=Column(Text, nullable=nullable))


def _texts() -> Any:
    return Field(sa_column=Column(ARRAY(Text), nullable=False))


class InteractionRow(Base, table=True):
    """An exchange of mails between one of our mailboxes (`account`) and one correspondent (`address`).

    `thread_id` is the first interaction of the exchange: a reply after the end starts another one with the same.
    """

    __tablename__ = "interaction"
    __table_args__ = (
        Index("uq_interaction_open", "thread_id", "address", unique=True, postgresql_where=text("ended_at is null")),
        Index("ix_interaction_thread_id", "thread_id"),
        Index("ix_interaction_case_no", "account", "case_no", "address", postgresql_where=text("case_no is not null")),
    )

    id: UUID = Field(primary_key=True)
    thread_id: UUID
    account: str = _text()
    address: str = _text()
    name: str = _text()
    subject: str = _text()
    case_id: UUID | None = None
    case_no: str | None = _text(nullable=True)
    inbound_seq: int
    started_at: datetime = _instant()
    last_message_at: datetime = _instant()
    ended_at: datetime | None = _instant(nullable=True)
    ended_by: str | None = _text(nullable=True)


class InboundMessageRow(Base, table=True):
    """A mail we received. `id` is derived from mailbox, Message-ID and content, so the primary key dedupes deliveries.

    `interaction_id` is null for mail that is kept but not shown: bounces of mail that was not ours, our own mail coming
    back. `raw` names the blob of the mail as it came.
    """

    __tablename__ = "inbound_message"
    __table_args__ = (
        UniqueConstraint("interaction_id", "seq"),
        # Hashed, because a message id may be longer than an index entry.
        Index(
            "ix_inbound_message_mail_id", "account", text("md5(mail_id)"), postgresql_where=text("mail_id is not null")
        ),
    )

    id: UUID = Field(primary_key=True)
    interaction_id: UUID | None = None
    seq: int | None = None
    account: str = _text()
    mail_id: str | None = _text(nullable=True)
    reference_ids: list[str] = _texts()
    subject: str = _text()
    sender: str = _text()
    return_path: str | None = _text(nullable=True)
    recipients: list[str] = _texts()
    via: str = _text()
    automatic: str | None = _text(nullable=True)
    problems: list[str] = _texts()
    text: str = _text()
    full_text: str = _text()
    html: str | None = _text(nullable=True)
    raw: str = _text()
    raw_size: int
    sent_at: datetime | None = _instant(nullable=True)
    received_at: datetime = _instant()


class AttachmentRow(Base, table=True):
    """A file of a received mail; `sha256` names its blob."""

    __tablename__ = "attachment"
    __table_args__ = (UniqueConstraint("message_id", "position"),)

    id: UUID = Field(primary_key=True)
    message_id: UUID
    position: int = Field(sa_column=Column(SmallInteger, nullable=False))
    name: str = _text()
    content_type: str = _text()
    size: int
    sha256: str = _text()
    content_id: str | None = _text(nullable=True)


class OutboundMessageRow(Base, table=True):
    """A mail to be sent once. `position` keeps the order of the requests; `claimed_by` is the process at work on it."""

    __tablename__ = "outbound_message"
    __table_args__ = (
        Index("ix_outbound_message_due", "next_attempt_at", postgresql_where=text("state <> 'done'")),
        Index("ix_outbound_message_interaction_id", "interaction_id", "position"),
    )

    id: UUID = Field(primary_key=True)
    position: int = Field(sa_column=Column(BigInteger, Identity(always=True), nullable=False))
    interaction_id: UUID
    mail_id: str = _text()
    subject: str = _text()
    text: str = _text()
    author: str = _text()
    author_name: str | None = _text(nullable=True)
    attachment_ids: list[UUID] = Field(sa_column=Column(ARRAY(Uuid), nullable=False))
    case_files: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False, server_default="[]"))
    state: str = _text()
    status: str = _text()
    attempts: int = Field(sa_column=Column(SmallInteger, nullable=False))
    next_attempt_at: datetime = _instant()
    claimed_by: str | None = _text(nullable=True)
    error_code: str | None = _text(nullable=True)
    error_text: str | None = _text(nullable=True)
    requested_at: datetime = _instant()
    sent_at: datetime | None = _instant(nullable=True)


class ImapMarkRow(Base, table=True):
    """How far an IMAP folder has been read: everything up to `last_uid` of this UIDVALIDITY is stored."""

    __tablename__ = "imap_mark"

    account: str = Field(sa_column=Column(Text, primary_key=True))
    folder: str = Field(sa_column=Column(Text, primary_key=True))
    uid_validity: int = Field(sa_column=Column(BigInteger, nullable=False))
    last_uid: int = Field(sa_column=Column(BigInteger, nullable=False))
    updated_at: datetime = _instant()
