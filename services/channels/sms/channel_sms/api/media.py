"""Files that customers sent, for agents."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import StreamingResponse

from channel_sms.store import inbound
from channel_sms.twilio.media import MediaSource, MediaTooLarge, MediaUnavailable
from chassis.auth.principal import Principal
from chassis.http.deps import DB, require
from chassis.http.problems import NotFound, TooLarge, problems

router = APIRouter(prefix="/v1/media", tags=["Files"])

Reader = Annotated[Principal, Depends(require("cases:read"))]


@router.get(
    "/{message_id}/{index}",
    response_class=StreamingResponse,
    responses={**problems(400, 401, 403, 404, 413, 503), 200: {"content": {"application/octet-stream": {}}}},
)
async def read_media(
    message_id: UUID, index: Annotated[int, Path(ge=0, le=99)], principal: Reader, db: DB, request: Request
) -> StreamingResponse:
    """The file `index` (from 0) of a message, as an attachment: browsers must not run what a customer sent."""
    async with db.transaction() as tx:
        found = await inbound.media_url(tx, message_id, index)
        if found is None:
            raise NotFound("file", f"{message_id}/{index}")
        tx.audit(principal.subject, "attachment.read", f"message/{message_id}", {"index": index})
    url, content_type = found
    files: MediaSource = request.app.state.files
    try:
        pieces = await files.fetch(url)
    except MediaUnavailable as error:
        raise NotFound("file at Twilio", f"{message_id}/{index}") from error
    except MediaTooLarge as error:
        raise TooLarge("The file is larger than this service hands out.") from error
    headers = {
        "Content-Disposition": f'attachment; filename="media-{index + 1}"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return StreamingResponse(pieces, media_type=_safe(content_type), headers=headers)


def _safe(content_type: str) -> str:
    """Images, sound and video keep their type; anything a browser might run becomes plain bytes."""
    kind = content_type.split(";", 1)[0].strip().lower()
    harmless = kind.startswith(("image/", "audio/", "video/")) and kind != "image/svg+xml" and kind.isascii()
    return kind if harmless else "application/octet-stream"
