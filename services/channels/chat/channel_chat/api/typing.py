"""Typing, on the agents' side. It goes from process to process as a wake-up and is kept nowhere."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import StreamingResponse

from channel_chat import typing_signs
from channel_chat.parameters import ChatParameters
from channel_chat.store import conversations
from chassis.auth.principal import Principal
from chassis.db import Database
from chassis.http.deps import DB, require
from chassis.http.problems import NotFound, problems

router = APIRouter(
    prefix="/v1/interactions/{interaction_id}/typing", tags=["Typing"], responses=problems(400, 401, 403, 404)
)

Reader = Annotated[Principal, Depends(require("cases:read"))]
Writer = Annotated[Principal, Depends(require("cases:write"))]

_HEARTBEAT_SECONDS = 15.0


class Typing(BaseModel):
    """Whether the agent types."""

    model_config = ConfigDict(extra="forbid")

    on: bool = True


@router.post("", status_code=204)
async def agent_types(interaction_id: UUID, body: Typing, principal: Writer, db: DB) -> None:
    """Show the visitor that an agent types. Repeat it every three seconds while that lasts."""
    typing_signs.show(db, await _conversation(db, interaction_id), typing_signs.AGENT, on=body.on)


@router.get(
    "",
    response_class=StreamingResponse,
    responses={200: {"description": "Server-sent events `typing`", "content": {"text/event-stream": {}}}},
)
async def watch_visitor(interaction_id: UUID, principal: Reader, db: DB, request: Request) -> StreamingResponse:
    """Server-sent events `typing` with `{"on", "ttl_ms"}` while the visitor types. Nothing is replayed."""
    conversation_id = await _conversation(db, interaction_id)
    parameters: ChatParameters = request.app.state.parameters
    draining: asyncio.Event = request.app.state.draining
    events = _events(db, conversation_id, round(parameters.typing_ttl_seconds * 1000), draining)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


async def _conversation(db: Database, interaction_id: UUID) -> UUID:
    async with db.read() as tx:
        conversation_id = await conversations.of_interaction(tx, interaction_id)
    if conversation_id is None:
        raise NotFound("interaction", interaction_id)
    return conversation_id


async def _events(db: Database, conversation_id: UUID, ttl_ms: int, draining: asyncio.Event) -> AsyncIterator[bytes]:
    on_name = typing_signs.signal(conversation_id, typing_signs.VISITOR, on=True)
    off_name = typing_signs.signal(conversation_id, typing_signs.VISITOR, on=False)
    with db.signals.listening(on_name) as on, db.signals.listening(off_name) as off:
        yield b": watching\n\n"
        waiting = {asyncio.ensure_future(event.wait()) for event in (on, off, draining)}
        try:
            while not draining.is_set():
                done, waiting = await asyncio.wait(
                    waiting, timeout=_HEARTBEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                if not done:
                    yield b": still here\n\n"
                for event, is_on in ((off, False), (on, True)):
                    if event.is_set():
                        event.clear()
                        waiting.add(asyncio.ensure_future(event.wait()))
                        yield b"event: typing\ndata: " + orjson.dumps({"on": is_on, "ttl_ms": ttl_ms}) + b"\n\n"
        finally:
            for task in waiting:
                task.cancel()
