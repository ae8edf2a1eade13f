"""Files that agents put on cases. Their bytes lie in the blob store, under the SHA-256 of the content."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.db import Tx
from chassis.ids import uuid7

CLEAN, QUARANTINED = "clean", "quarantined"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as stored. `finding` names what is wrong with a quarantined one, which nobody can open."""

    id: UUID
    case_id: UUID
    name: str
    content_type: str
    size: int
    sha256: str
    state: str
    finding: str | None
    uploaded_by: str
    uploaded_at: datetime


_COLUMNS = ", ".join(StoredFile.__dataclass_fields__)


async def add(
    tx: Tx, *, case_id: UUID, name: str, content_type: str, size: int, sha256: str, finding: str | None, actor: str
) -> StoredFile:
    """Keep a file that was scanned."""
    rows = await tx.fetch(
        f"""insert into attachment ({_COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            returning {_COLUMNS}""",
        uuid7(),
        case_id,
        name,
        content_type,
        size,
        sha256,
        CLEAN if finding is None else QUARANTINED,
        finding,
        actor,
        tx.now,
    )
    return StoredFile(**rows[0])


async def get(tx: Tx, attachment_id: UUID) -> StoredFile | None:
    """A file."""
    rows = await tx.fetch(f"select {_COLUMNS} from attachment where id = $1", attachment_id)
    return StoredFile(**rows[0]) if rows else None


async def of_case(tx: Tx, case_id: UUID) -> Sequence[StoredFile]:
    """The files of a case, oldest first."""
    rows = await tx.fetch(f"select {_COLUMNS} from attachment where case_id = $1 order by id", case_id)
    return [StoredFile(**row) for row in rows]


async def is_used(tx: Tx, sha256: str) -> bool:
    """Whether a file of any case has this content."""
    return bool(await tx.fetch("select 1 from attachment where sha256 = $1 limit 1", sha256))
