"""Received mails and their files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.db import Tx


@dataclass(frozen=True, slots=True)
class StoredMail:
    """A received mail as stored."""

    id: UUID
    interaction_id: UUID | None
    seq: int | None
    account: str
    mail_id: str | None
    reference_ids: list[str]
    subject: str
    sender: str
    return_path: str | None
    recipients: list[str]
    via: str
    automatic: str | None
    problems: list[str]
    text: str
    full_text: str
    html: str | None
    raw: str
    raw_size: int
    sent_at: datetime | None
    received_at: datetime


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of a received mail; `sha256` names its blob."""

    id: UUID
    message_id: UUID
    position: int
    name: str
    content_type: str
    size: int
    sha256: str
    content_id: str | None


_MAIL_FIELDS = tuple(StoredMail.__dataclass_fields__)
_FILE_FIELDS = tuple(StoredFile.__dataclass_fields__)


async def is_known(tx: Tx, message_id: UUID) -> bool:
    """Whether the mail was stored before."""
    return bool(await tx.fetch("select 1 from inbound_message where id = $1", message_id))


async def insert(tx: Tx, mail: StoredMail, files: Sequence[StoredFile]) -> None:
    """Store a mail and its files."""
    await tx.fetch(_insert("inbound_message", _MAIL_FIELDS), *(getattr(mail, name) for name in _MAIL_FIELDS))
    for file in files:
        await tx.fetch(_insert("attachment", _FILE_FIELDS), *(getattr(file, name) for name in _FILE_FIELDS))


async def mail(tx: Tx, message_id: UUID) -> StoredMail | None:
    """A received mail."""
    rows = await tx.fetch(f"select {', '.join(_MAIL_FIELDS)} from inbound_message where id = $1", message_id)
    return StoredMail(**rows[0]) if rows else None


async def files_of(tx: Tx, message_id: UUID) -> list[StoredFile]:
    """The files of a mail, in their order."""
    rows = await tx.fetch(
        f"select {', '.join(_FILE_FIELDS)} from attachment where message_id = $1 order by position", message_id
    )
    return [StoredFile(**row) for row in rows]


async def files(tx: Tx, ids: Sequence[UUID]) -> list[StoredFile]:
    """These files, in the order of the ids; unknown ids are left out."""
    rows = await tx.fetch(f"select {', '.join(_FILE_FIELDS)} from attachment where id = any($1::uuid[])", list(ids))
    found = {row["id"]: StoredFile(**row) for row in rows}
    return [found[file_id] for file_id in ids if file_id in found]


async def newest(tx: Tx, interaction_id: UUID) -> StoredMail | None:
    """The newest mail a person wrote in the interaction, else the newest of all: what an answer refers to."""
    rows = await tx.fetch(
        f"""select {", ".join(_MAIL_FIELDS)} from inbound_message where interaction_id = $1
            order by automatic is not null, seq desc limit 1""",
        interaction_id,
    )
    return StoredMail(**rows[0]) if rows else None


async def began_with(tx: Tx, interaction_id: UUID, kind: str) -> bool:
    """Whether the first mail of the interaction was automatic in this way."""
    rows = await tx.fetch("select automatic from inbound_message where interaction_id = $1 and seq = 1", interaction_id)
    return bool(rows) and rows[0]["automatic"] == kind


def _insert(table: str, fields: Sequence[str]) -> str:
    places = ", ".join(f"${number}" for number in range(1, len(fields) + 1))
    return f"insert into {table} ({', '.join(fields)}) values ({places})"
