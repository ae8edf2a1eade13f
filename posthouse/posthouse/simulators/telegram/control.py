"""The customers' phones: write to a bot, see what it wrote, block it, and have things go wrong."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel, Field

from posthouse.simulators.telegram.delivery import Delivery
from posthouse.simulators.telegram.simulator import Simulator
from posthouse.simulators.telegram.state import Bot, FaultKind

router = APIRouter(prefix="/{bot}", tags=["Telegram simulator"])


class NewText(BaseModel):
    """What a customer writes."""

    text: str = Field(min_length=1, max_length=4096)
    name: str = Field(default="", max_length=64)
    language: str = Field(default="zh", max_length=16)
    edit_of: int | None = Field(default=None, description="number of an earlier message of theirs that this replaces")


class Sent(BaseModel):
    """The message exists; its update is on the way to the webhook."""

    message_id: int
    update_id: int


class Shown(BaseModel):
    """A message in the chat."""

    message_id: int
    sender: Literal["user", "bot"] = Field(serialization_alias="from")
    text: str
    date: int


class NewFault(BaseModel):
    """What happens to the next sendMessage calls of the bot."""

    kind: FaultKind
    times: int = Field(default=1, ge=1, le=1000)


def _bot(bot: str, request: Request) -> Bot:
    found = _simulator(request).bots.get(bot)
    if found is None:
        raise HTTPException(404, f"There is no bot {bot!r} here.")
    return found


def _simulator(request: Request) -> Simulator:
    sim: Simulator = request.app.state.simulator
    return sim


TheBot = Annotated[Bot, Depends(_bot)]
TheSimulator = Annotated[Simulator, Depends(_simulator)]


@router.post("/chats/{chat_id}/send", status_code=201)
async def send(chat_id: int, body: NewText, bot: TheBot, sim: TheSimulator) -> Sent:
    """Write to the bot, or change what was written."""
    chat = bot.chat(chat_id, name=body.name, language=body.language)
    if body.edit_of is None:
        message = chat.add("user", body.text, sim.now())
        update = bot.update("message", bot.as_message(chat, message))
    else:
        found = [known for known in chat.messages if known.message_id == body.edit_of and known.sender == "user"]
        if not found:
            raise HTTPException(404, f"There is no message {body.edit_of} of the customer in this chat.")
        message = found[0]
        message.text = body.text
        update = bot.update("edited_message", {**bot.as_message(chat, message), "edit_date": sim.now()})
    _delivery(sim, bot).put(update)
    return Sent(message_id=message.message_id, update_id=update["update_id"])


@router.get("/chats/{chat_id}/messages")
async def messages(chat_id: int, bot: TheBot) -> list[Shown]:
    """The chat, oldest first."""
    chat = bot.chats.get(chat_id)
    return [
        Shown(message_id=message.message_id, sender=message.sender, text=message.text, date=message.date)
        for message in (chat.messages if chat else ())
    ]


@router.post("/chats/{chat_id}/block", status_code=204)
async def block(chat_id: int, bot: TheBot, sim: TheSimulator) -> None:
    """Block the bot."""
    chat = bot.chat(chat_id)
    chat.blocked = True
    member = {"user": bot.as_user(), "status": "kicked", "until_date": 0}
    change: dict[str, Any] = {
        "chat": chat.as_chat(),
        "from": chat.as_user(),
        "date": sim.now(),
        "old_chat_member": {"user": bot.as_user(), "status": "member"},
        "new_chat_member": member,
    }
    _delivery(sim, bot).put(bot.update("my_chat_member", change))


@router.post("/updates", status_code=200)
async def post_update(update: dict[str, Any], bot: TheBot, sim: TheSimulator) -> dict[str, int | None]:
    """Post any update to the webhook at once, past the queue: duplicates, disorder, kinds we never saw."""
    return {"status": await _delivery(sim, bot).post(update)}


@router.get("/pending")
async def pending(bot: TheBot, sim: TheSimulator) -> dict[str, Any]:
    """What still waits for the webhook, and how it last answered."""
    return {"count": len(bot.pending), "statuses": _delivery(sim, bot).statuses, "last_error": bot.last_error}


@router.post("/faults", status_code=204)
async def arm(body: NewFault, bot: TheBot) -> None:
    """Have the next sendMessage calls fail."""
    bot.faults.extend([body.kind] * body.times)


def _delivery(sim: Simulator, bot: Bot) -> Delivery:
    return sim.deliveries[bot.name]
