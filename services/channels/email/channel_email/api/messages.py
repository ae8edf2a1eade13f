"""Received mails in full, and their files, for agents."""

from datetime import datetime
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from channel_email import announce
from channel_email.store import inbound
from chassis.auth.principal import Principal
from chassis.files.blobs import BlobMissing, Blobs, BlobsUnavailable
from chassis.files.scan import Scanner, ScannerUnavailable
from chassis.http.deps import DB, require
from chassis.http.problems import Conflict, NotFound, Unavailable, problems
from contracts.values import Attachment

router = APIRouter(prefix="/v1")


class Quarantined(Conflict):
    """Something was found in the file."""

    slug = "quarantined"
    title = "The file is quarantined"


Reader = Annotated[Principal, Depends(require("cases:read"))]

_OCTETS = "application/octet-stream"
_SHOWABLE = ("image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", "audio/", "video/")


class MailFile(Attachment):
    """A file of a mail. `content_id` is what `cid:` links in the HTML refer to."""

    content_id: str | None = None


class ReceivedMail(BaseModel):
    """A received mail, complete."""

    id: UUID
    interaction_id: UUID | None = Field(description="none for bounces and loops that belong to nothing")
    mailbox: str
    sender: str
    recipients: list[str]
    subject: str
    text: str = Field(description="what is new in it")
    full_text: str = Field(description="all of it, quotations included")
    html: str | None = Field(description="sanitised, without remote images")
    automatic: str | None = Field(description="bounce, auto_reply, list, generated, own; none if a person wrote it")
    problems: list[str] = Field(description="what could not be read; the original is among the files then")
    sent_at: datetime | None
    received_at: datetime
    files: list[MailFile]


@router.get("/messages/{message_id}", tags=["Messages"], responses=problems(400, 401, 403, 404, 503))
async def read_message(message_id: UUID, principal: Reader, db: DB) -> ReceivedMail:
    """A received mail with its whole text. The read is recorded in the audit log."""
    async with db.transaction() as tx:
        mail = await inbound.mail(tx, message_id)
        if mail is None:
            raise NotFound("message", message_id)
        files = await inbound.files_of(tx, message_id)
        tx.audit(principal.subject, "message.read", f"message/{message_id}")
    return ReceivedMail(
        id=mail.id,
        interaction_id=mail.interaction_id,
        mailbox=mail.account,
        sender=mail.sender,
        recipients=mail.recipients,
        subject=mail.subject,
        text=mail.text,
        full_text=mail.full_text,
        html=mail.html,
        automatic=mail.automatic,
        problems=mail.problems,
        sent_at=mail.sent_at,
        received_at=mail.received_at,
        files=[MailFile(**announce.attachment(file).model_dump(), content_id=file.content_id) for file in files],
    )


@router.get(
    "/messages/{message_id}/original",
    tags=["Messages"],
    response_class=Response,
    responses={**problems(400, 401, 403, 404, 503), 200: {"content": {"message/rfc822": {}}}},
)
async def read_original(message_id: UUID, principal: Reader, db: DB, request: Request) -> Response:
    """The mail as it came, byte for byte, as an attachment. The read is recorded in the audit log."""
    async with db.transaction() as tx:
        mail = await inbound.mail(tx, message_id)
        if mail is None:
            raise NotFound("message", message_id)
        tx.audit(principal.subject, "message.read", f"message/{message_id}", {"original": True})
    return await _file(request, mail.raw, "original.eml", "message/rfc822")


@router.get(
    "/attachments/{attachment_id}",
    tags=["Files"],
    response_class=Response,
    responses={**problems(400, 401, 403, 404, 409, 503), 200: {"content": {_OCTETS: {}}}},
)
async def read_attachment(attachment_id: UUID, principal: Reader, db: DB, request: Request) -> Response:
    """A file of a mail, as an attachment: browsers must not run it. It is scanned first; the read is recorded."""
    async with db.transaction() as tx:
        found = await inbound.files(tx, [attachment_id])
        if not found:
            raise NotFound("attachment", attachment_id)
        tx.audit(principal.subject, "attachment.read", f"message/{found[0].message_id}", {"file": attachment_id})
    return await _file(request, found[0].sha256, found[0].name, _safe(found[0].content_type), scanned=True)


async def _file(request: Request, blob: str, name: str, content_type: str, *, scanned: bool = False) -> Response:
    blobs: Blobs = request.app.state.blobs
    try:
        content = await blobs.get(blob)
    except BlobMissing as error:
        raise NotFound("stored file", blob) from error
    except BlobsUnavailable as error:
        raise Unavailable("The store of files is away; try again.") from error
    if scanned:
        await _require_clean(request, content, name)
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\%' else "_" for c in name)
    return Response(
        content,
        headers={
            "Content-Type": content_type,
            "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "private, no-store",
        },
    )


async def _require_clean(request: Request, content: bytes, name: str) -> None:
    """What a customer sent is looked at each time it is opened: scanners learn."""
    scanner: Scanner = request.app.state.scanner
    try:
        scan = await scanner.scan(content, name)
    except ScannerUnavailable as error:
        raise Unavailable("The scanner is away, so no file is handed out; try again.") from error
    if not scan.clean:
        raise Quarantined(f"The scanner found {scan.finding} in this file; nobody can open it.")


def _safe(content_type: str) -> str:
    """Types that browsers only show keep their name; anything that could run becomes plain bytes."""
    return content_type if content_type.startswith(_SHOWABLE) else _OCTETS
