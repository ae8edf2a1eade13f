"""What Telegram calls: an update for one of our bots."""

import hmac
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Request, Response

from channel_chat.settings import BotSettings
from channel_chat.telegram.inbound import MalformedUpdate, read_update
from channel_chat.telegram.intake import TelegramIntake
from chassis.http.deps import DB, WebhookIntake, raw_body
from chassis.http.problems import BadRequest, FieldError, Forbidden, NotFound, problems

router = APIRouter(prefix="/v1/telegram", tags=["Telegram"])

_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "An `Update` of the Bot API; unknown fields are kept",
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["update_id"],
                    "properties": {"update_id": {"type": "integer", "minimum": 0}},
                    "additionalProperties": True,
                }
            }
        },
    }
}


@router.post(
    "/{bot}/webhook",
    dependencies=[WebhookIntake],
    openapi_extra=_BODY,
    responses={**problems(400, 403, 404, 413, 503), 200: {"description": "Stored, now or before", "content": {}}},
    response_class=Response,
)
async def receive_update(bot: Annotated[str, Path(max_length=40)], request: Request, db: DB) -> Response:
    """An update, with our secret in `X-Telegram-Bot-Api-Secret-Token`. Repeated ones change nothing."""
    bots: dict[str, BotSettings] = request.app.state.bots
    intake: TelegramIntake = request.app.state.telegram
    settings = bots.get(bot)
    if settings is None:
        raise NotFound("bot", bot)
    given = request.headers.get("x-telegram-bot-api-secret-token", "").encode("latin-1", "replace")
    if not hmac.compare_digest(given, settings.secret.get_secret_value().encode()):
        raise Forbidden("The request does not carry this bot's secret.")
    try:
        payload = orjson.loads(await raw_body(request))
    except orjson.JSONDecodeError as error:
        raise _malformed("", "is not JSON") from error
    try:
        update_id, told = read_update(payload)
    except MalformedUpdate as error:
        raise _malformed(error.field, error.detail) from error
    async with db.transaction() as tx:
        await intake.accept(tx, settings.id, update_id, payload, told)
    return Response(status_code=200)


def _malformed(field: str, detail: str) -> BadRequest:
    pointer = f"#/{field}"
    return BadRequest(f"{pointer}: {detail}", errors=[FieldError(pointer=pointer, detail=detail)])
