"""The conversation over plain HTTP, for clients without a socket. The objects are those of the socket's frames."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from channel_chat import conversing
from channel_chat.api.visiting import Caller, client_address, limits_of, slow_down
from channel_chat.domain.frames import InvalidField, read_text
from channel_chat.domain.marks import Marks
from channel_chat.frames import ack_frame, entry_frame
from channel_chat.parameters import ChatParameters
from channel_chat.store import conversations, entries
from chassis.http.deps import DB, WebhookIntake
from chassis.http.problems import BadRequest, Conflict, FieldError, problems
from contracts.values import EndedBy

router = APIRouter(prefix="/v1/sites/{site}", tags=["Web chat"], responses=problems(400, 401, 403, 404))

_LARGEST = 2**53 - 1
Number = Annotated[int, Field(ge=0, le=_LARGEST)]


class MessageEntry(BaseModel):
    """Something that was said."""

    type: Literal["message"]
    seq: int
    id: UUID
    interaction: UUID
    ts: datetime
    from_: Literal["visitor", "agent", "system"] = Field(alias="from")
    name: str | None
    text: str
    client_msg_id: str | None = None


class EndedEntry(BaseModel):
    """An interaction ended here."""

    type: Literal["ended"]
    seq: int
    id: UUID
    interaction: UUID
    ts: datetime
    by: Literal["customer", "agent", "system"]


class EntryPage(BaseModel):
    """A stretch of the conversation, oldest first."""

    entries: list[MessageEntry | EndedEntry]
    last_seq: int
    read_seq: int
    interaction_id: UUID | None


class NewMessage(BaseModel):
    """Something to say. A repeated `client_msg_id` gets the first answer."""

    model_config = ConfigDict(extra="forbid")

    client_msg_id: str = Field(pattern=r"^[A-Za-z0-9_-]{8,64}$")
    text: str


class MessageAck(BaseModel):
    """The message is durable."""

    type: Literal["ack"]
    client_msg_id: str
    id: UUID
    seq: int
    ts: datetime
    interaction: UUID
    duplicate: bool


class Receipts(BaseModel):
    """How far the client received and the visitor read. Marks never move down."""

    model_config = ConfigDict(extra="forbid")

    received_seq: Number = 0
    read_seq: Number = 0


@router.get("/messages", response_model=EntryPage)
async def read_messages(
    visitor: Caller,
    db: DB,
    after: Annotated[int | None, Query(ge=0, le=_LARGEST)] = None,
    before: Annotated[int | None, Query(ge=1, le=_LARGEST)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> dict[str, Any]:
    """Entries after a number, or the last ones before a number; without either, the newest."""
    conversation_id = visitor.party().conversation_id
    async with db.read() as tx:
        conversation = await conversations.load(tx, conversation_id)
        current = await conversations.open_interaction(tx, conversation_id)
        if after is not None:
            found = await entries.after(tx, conversation_id, after, limit)
        else:
            found = await entries.before(tx, conversation_id, before or _LARGEST, limit)
    marks = conversation.marks if conversation else Marks()
    return {
        "entries": [entry_frame(entry) for entry in found],
        "last_seq": conversation.last_seq if conversation else 0,
        "read_seq": marks.read,
        "interaction_id": current,
    }


@router.post(
    "/messages",
    status_code=201,
    response_model=MessageAck,
    dependencies=[WebhookIntake],
    responses={**problems(413, 429), 200: {"model": MessageAck, "description": "It was said before"}},
)
async def say(body: NewMessage, visitor: Caller, request: Request, response: Response, db: DB) -> dict[str, Any]:
    """Say something."""
    parameters: ChatParameters = request.app.state.parameters
    try:
        text = read_text(body.text, parameters.text_chars)
    except InvalidField as error:
        pointer = f"#/{error.field}"
        raise BadRequest(
            f"{pointer}: {error.detail}", errors=[FieldError(pointer=pointer, detail=error.detail)]
        ) from error
    slow_down(limits_of(request).message(visitor.id, client_address(request)))
    async with db.transaction() as tx:
        said = await conversing.say(tx, visitor.party(), body.client_msg_id, text)
    if said.duplicate:
        response.status_code = 200
    return ack_frame(body.client_msg_id, said)


@router.post("/receipts", status_code=204)
async def move_receipts(body: Receipts, visitor: Caller, db: DB) -> None:
    """Tell how far the conversation was received and read."""
    async with db.transaction() as tx:
        await conversing.move_marks(tx, visitor.party().conversation_id, received=body.received_seq, read=body.read_seq)


@router.post("/end", status_code=204, responses=problems(409))
async def end(visitor: Caller, db: DB) -> None:
    """Close the interaction. What is said later begins another one."""
    conversation_id = visitor.party().conversation_id
    async with db.transaction() as tx:
        current = await conversations.open_interaction(tx, conversation_id)
        if current is None or not await conversing.end(
            tx, conversation_id, current, by=EndedBy.CUSTOMER, reason="closed by the visitor"
        ):
            raise Conflict("There is nothing to end.")
