"""Putting files on cases: looked at before anybody can open them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

from cases.actions.file import CaseFile
from cases.domain.model import EntryKind
from cases.parameters import CaseParameters
from cases.store import attachments
from cases.store.attachments import QUARANTINED, StoredFile
from chassis.db import Tx
from chassis.files.blobs import Blobs
from chassis.files.scan import Scanner
from chassis.files.sniff import sniff
from contracts.values import Attachment

BLOB_TIMER = "case.blob"
PATH = "/cases/v1/attachments"
_LONGEST_NAME = 200


class NotAllowed(Exception):
    """The file is of a type that cases do not take; the message is the type its content shows."""


class NotUsable(Exception):
    """The file is not one of the case, or it is quarantined."""

    def __init__(self, attachment_id: UUID, why: str) -> None:
        super().__init__(why)
        self.attachment_id = attachment_id


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that was looked at and lies in the store."""

    name: str
    content_type: str
    size: int
    sha256: str
    finding: str | None


class FileRoom:
    """Where files of cases are checked and kept."""

    def __init__(self, blobs: Blobs, scanner: Scanner, parameters: CaseParameters) -> None:
        self.blobs = blobs
        self._scanner = scanner
        self._parameters = parameters

    async def take_in(self, content: bytes, name: str) -> Checked:
        """Look at a file and keep it. Its type is what the content shows, whatever the name says.

        Raises `NotAllowed`, `ScannerUnavailable`, `BlobsUnavailable`. A file with a finding is kept, to be looked at by
        people who know how, and is never handed out.
        """
        name = clean_name(name)
        content_type = sniff(content)
        scan = await self._scanner.scan(content, name)
        if scan.clean and content_type not in self._parameters.attachment_types:
            raise NotAllowed(content_type)
        [sha256] = await self.blobs.put([content])
        return Checked(name, content_type, len(content), sha256, scan.finding)

    async def on_blob(self, tx: Tx, key: str, _payload: Mapping[str, Any]) -> None:
        """A blob may have lost its last file."""
        if not await attachments.is_used(tx, key):
            await self.blobs.delete([key])


async def put_on_case(file: CaseFile, checked: Checked, *, actor: str) -> StoredFile:
    """Make a checked file one of the case; one with a finding shows on the timeline."""
    stored = await attachments.add(
        file.tx,
        case_id=file.case.id,
        name=checked.name,
        content_type=checked.content_type,
        size=checked.size,
        sha256=checked.sha256,
        finding=checked.finding,
        actor=actor,
    )
    code = "attachment.added" if stored.state != QUARANTINED else "attachment.quarantined"
    file.note(EntryKind.STATUS, code, actor=actor, name=stored.name, finding=stored.finding, attachment_id=stored.id)
    return stored


async def usable(file: CaseFile, ids: Sequence[UUID]) -> list[StoredFile]:
    """The files of these ids, to go with a message or note. Raises `NotUsable`."""
    found = []
    for attachment_id in dict.fromkeys(ids):
        stored = await attachments.get(file.tx, attachment_id)
        if stored is None or stored.case_id != file.case.id:
            raise NotUsable(attachment_id, "not a file of this case")
        if stored.state == QUARANTINED:
            raise NotUsable(attachment_id, f"quarantined: {stored.finding}")
        found.append(stored)
    return found


def as_attachment(stored: StoredFile) -> Attachment:
    """A file as messages carry it."""
    return Attachment(
        attachment_id=str(stored.id),
        name=stored.name,
        content_type=stored.content_type,
        size=stored.size,
        url=f"{PATH}/{stored.id}",
        sha256=stored.sha256,
    )


def clean_name(name: str) -> str:
    """A file name without folders and control characters, of bounded length."""
    last = PurePosixPath(name.replace("\\", "/")).name
    kept = "".join(c for c in last if c.isprintable()).strip(" .")
    stem, dot, suffix = kept.rpartition(".")
    if len(kept) > _LONGEST_NAME and dot and len(suffix) <= 10:
        return f"{stem[: _LONGEST_NAME - len(suffix) - 1]}.{suffix}"
    return kept[:_LONGEST_NAME] or "file"
