"""The Bot API, as far as a text bot with a webhook uses it. Paths, parameters and answers are Telegram's."""

import asyncio
from typing import Any
from urllib.parse import parse_qsl

import orjson
from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from posthouse.simulators.telegram.simulator import Simulator
from posthouse.simulators.telegram.state import Bot, Json, Webhook

router = APIRouter(tags=["Bot API"])

_LONGEST_TEXT = 4096
_STALL_SECONDS = 3600.0


class ApiError(Exception):
    """What Telegram answers instead of a result."""

    def __init__(self, status: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.status, self.description, self.parameters = status, description, parameters


@router.api_route("/bot{token}/{method}", methods=["GET", "POST"])
async def call(token: str, method: str, request: Request) -> Response:
    """One call of a method."""
    sim: Simulator = request.app.state.simulator
    bot = sim.by_token(token)
    try:
        if bot is None:
            raise ApiError(401, "Unauthorized")
        parameters = await _parameters(request)
        match method.lower():
            case "getme":
                result: Any = bot.as_user()
            case "setwebhook":
                result = _set_webhook(sim, bot, parameters)
            case "deletewebhook":
                bot.webhook, result = None, True
            case "getwebhookinfo":
                result = _webhook_info(bot)
            case "sendmessage":
                result = await _send_message(sim, bot, parameters)
            case _:
                raise ApiError(404, "Not Found")
    except ApiError as error:
        body: Json = {"ok": False, "error_code": error.status, "description": error.description}
        if error.parameters:
            body["parameters"] = error.parameters
        return JSONResponse(body, status_code=error.status)
    return JSONResponse({"ok": True, "result": result})


async def _parameters(request: Request) -> Json:
    body = await request.body()
    if request.headers.get("content-type", "").startswith("application/json"):
        parsed = orjson.loads(body or b"{}")
        return parsed if isinstance(parsed, dict) else {}
    return {**request.query_params, **dict(parse_qsl(body.decode(), keep_blank_values=True))}


def _set_webhook(sim: Simulator, bot: Bot, parameters: Json) -> bool:
    allowed = parameters.get("allowed_updates") or "[]"
    kinds = orjson.loads(allowed) if isinstance(allowed, str) else allowed
    url = str(parameters.get("url") or "")
    bot.webhook = Webhook(url, parameters.get("secret_token"), tuple(kinds)) if url else None
    sim.deliveries[bot.name].wake()
    return True


def _webhook_info(bot: Bot) -> Json:
    return {
        "url": bot.webhook.url if bot.webhook else "",
        "has_custom_certificate": False,
        "pending_update_count": len(bot.pending),
        "max_connections": 1,
        **({"last_error_message": bot.last_error} if bot.last_error else {}),
    }


async def _send_message(sim: Simulator, bot: Bot, parameters: Json) -> Json:
    text = str(parameters.get("text") or "")
    chat_id = str(parameters.get("chat_id") or "")
    chat = bot.chats.get(int(chat_id)) if chat_id.lstrip("-").isdigit() else None
    if chat is None:
        raise ApiError(400, "Bad Request: chat not found")
    if not text.strip():
        raise ApiError(400, "Bad Request: message text is empty")
    if len(text) > _LONGEST_TEXT:
        raise ApiError(400, "Bad Request: message is too long")
    if chat.blocked:
        raise ApiError(403, "Forbidden: bot was blocked by the user")
    fault = bot.faults.popleft() if bot.faults else None
    if fault == "too_many":
        raise ApiError(429, "Too Many Requests: retry after 1", retry_after=1)
    if fault == "stall":
        await asyncio.sleep(_STALL_SECONDS)
    message = chat.add("bot", text, sim.now())
    if fault == "stall_taken":
        await asyncio.sleep(_STALL_SECONDS)
    if fault == "server_error":
        raise ApiError(502, "Bad Gateway")
    return bot.as_message(chat, message)
