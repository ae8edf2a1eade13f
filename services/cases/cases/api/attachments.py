"""Files on cases."""

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from cases.actions import filing
from cases.actions.file import CaseFile
from cases.actions.filing import FileRoom
from cases.api import access
from cases.api.changing import ChangeOf, Reader, TheOffice
from cases.api.refusals import FileTypeNotAllowed, Quarantined
from cases.store import attachments
from cases.store import cases as case_store
from cases.store.attachments import QUARANTINED, StoredFile
from chassis.files.blobs import BlobMissing, BlobsUnavailable
from chassis.files.scan import ScannerUnavailable
from chassis.http.deps import DB, raw_body
from chassis.http.problems import BadRequest, FieldError, NotFound, TooLarge, Unavailable, problems

router = APIRouter(prefix="/v1", tags=["Files"])

_OCTETS = "application/octet-stream"
_SHOWABLE = ("image/", "application/pdf", "audio/", "video/")
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_BODY: dict[str, Any] = {"requestBody": {"required": True, "content": {_OCTETS: _BINARY}}}


class FileView(BaseModel):
    """A file of a case."""

    id: UUID
    name: str
    content_type: str = Field(description="what the content shows, not what the name says")
    size: int = Field(description="bytes")
    sha256: str
    state: str = Field(description="clean, or quarantined: nobody can open it")
    finding: str | None = Field(description="what the scanner found")
    url: str
    uploaded_by: str
    uploaded_at: datetime


async def _room(request: Request) -> FileRoom:
    room: FileRoom = request.app.state.files
    return room


Files = Annotated[FileRoom, Depends(_room)]


@router.post(
    "/cases/{case_id}/attachments",
    status_code=201,
    response_model=FileView,
    responses=problems(400, 403, 404, 409, 413, 422, 503),
    openapi_extra=_BODY,
)
async def upload_file(
    case_id: UUID,
    change: ChangeOf,
    db: DB,
    office: TheOffice,
    files: Files,
    name: Annotated[str, Query(min_length=1, max_length=1000, examples=["破损照片.jpg"])],
) -> Response:
    """Put a file on a case: the request's body is the file, as `application/octet-stream`. It is scanned first; what it
    is follows from its content.

    Send its id with a message or a note then. One with a finding is quarantined, and the timeline says so.
    """
    async with db.read() as tx:
        case = await case_store.get(tx, case_id)
        if case is None:
            raise NotFound("case", case_id)
        await access.require_readable(tx, case, change.principal)
    content = await raw_body(change.request)
    _require_size(len(content), office.parameters.attachment_max_bytes)
    try:
        checked = await files.take_in(content, name)
    except filing.NotAllowed as error:
        raise FileTypeNotAllowed(str(error)) from error
    except ScannerUnavailable as error:
        raise Unavailable("The scanner is away, so no file is taken; try again.") from error
    except BlobsUnavailable as error:
        raise Unavailable("The store of files is away; try again.") from error

    async def effect(file: CaseFile) -> FileView:
        stored = await filing.put_on_case(file, checked, actor=change.principal.subject)
        await file.write()
        return _view(stored)

    return await change.run(case_id, effect, status=201, owned=False)


def _require_size(size: int, most: int) -> None:
    if size == 0:
        raise BadRequest("The body is empty.", errors=[FieldError(pointer="#", detail="must hold the file")])
    if size > most:
        raise TooLarge(f"A file may have {most} bytes at most; this one has {size}.")


@router.get("/cases/{case_id}/attachments", responses=problems(403, 404))
async def list_files(case_id: UUID, principal: Reader, db: DB) -> list[FileView]:
    """The files that agents put on the case, quarantined ones included."""
    async with db.transaction() as tx:
        case = await case_store.get(tx, case_id)
        if case is None:
            raise NotFound("case", case_id)
        await access.require_readable(tx, case, principal)
        tx.audit(principal.subject, "attachment.list", f"case/{case_id}")
        return [_view(stored) for stored in await attachments.of_case(tx, case_id)]


@router.get(
    "/attachments/{attachment_id}",
    response_class=Response,
    responses={**problems(403, 404, 409, 503), 200: {"content": {_OCTETS: {}}}},
)
async def download_file(attachment_id: UUID, principal: Reader, db: DB, files: Files) -> Response:
    """A file, as an attachment that browsers do not run. Who may read its case may; the reading is audited."""
    async with db.transaction() as tx:
        stored = await attachments.get(tx, attachment_id)
        case = await case_store.get(tx, stored.case_id) if stored else None
        if stored is None or case is None:
            raise NotFound("attachment", attachment_id)
        await access.require_readable(tx, case, principal)
        if stored.state == QUARANTINED:
            raise Quarantined(stored.finding or "")
        tx.audit(principal.subject, "attachment.read", f"case/{case.id}", {"file": str(attachment_id)})
    try:
        content = await files.blobs.get(stored.sha256)
    except BlobMissing as error:
        raise NotFound("stored file", stored.sha256) from error
    except BlobsUnavailable as error:
        raise Unavailable("The store of files is away; try again.") from error
    return Response(content, headers=_headers(stored))


def _headers(stored: StoredFile) -> dict[str, str]:
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\%' else "_" for c in stored.name)
    return {
        "Content-Type": stored.content_type if stored.content_type.startswith(_SHOWABLE) else _OCTETS,
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(stored.name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-store",
        "ETag": f'"{stored.sha256}"',
    }


def _view(stored: StoredFile) -> FileView:
    names = [name for name in FileView.model_fields if name != "url"]
    return FileView(url=f"{filing.PATH}/{stored.id}", **{name: getattr(stored, name) for name in names})
