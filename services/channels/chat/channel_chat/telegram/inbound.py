"""Telegram updates as plain data: which of them say something, and what."""

from collections.abc import Mapping
from dataclasses import dataclass

from telegram import Message, Update

from contracts.values import Language

KINDS = (
    "photo", "voice", "video", "video_note", "audio", "document", "animation", "sticker", "venue", "location",
    "contact", "poll", "dice",
)  # fmt: skip
"""What a message can hold instead of text, in the order in which it is looked for (a venue also holds a location)."""


class MalformedUpdate(Exception):
    """Not an update of the Bot API. `field` says where."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(f"{field}: {detail}")
        self.field, self.detail = field, detail


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message in a chat. `kind` is `text`, one of `KINDS` or `other`; `detail` says in words what it holds."""

    chat_id: str
    message_id: int
    edited: bool
    name: str | None
    language: Language | None
    kind: str
    text: str
    detail: str


@dataclass(frozen=True, slots=True)
class Blocked:
    """The customer blocked the bot."""

    chat_id: str


def read_update(payload: object) -> tuple[int, Incoming | Blocked | None]:
    """The update's id and what it tells; None for kinds that tell us nothing. Raises MalformedUpdate."""
    if not isinstance(payload, Mapping):
        raise MalformedUpdate("", "must be an object")
    update_id = payload.get("update_id")
    if isinstance(update_id, bool) or not isinstance(update_id, int) or not 0 <= update_id < 2**63:
        raise MalformedUpdate("update_id", "must be a number")
    try:
        update = Update.de_json(dict(payload), None)
    except Exception as error:  # the library raises whatever a missing or ill-typed field leads to
        raise MalformedUpdate("", f"is not an update of the Bot API ({type(error).__name__})") from error
    try:
        return update_id, _tell(update)
    except (AttributeError, TypeError, ValueError) as error:
        raise MalformedUpdate("", f"holds a field of the wrong type ({type(error).__name__})") from error


def _tell(update: Update) -> Incoming | Blocked | None:
    if update.message is not None:
        return _incoming(update.message, edited=False)
    if update.edited_message is not None:
        return _incoming(update.edited_message, edited=True)
    member = update.my_chat_member
    if member is not None and str(member.new_chat_member.status) == "kicked":
        return Blocked(str(int(member.chat.id)))
    return None


def _incoming(message: Message, *, edited: bool) -> Incoming:
    user = message.from_user
    text = message.text if message.text is not None else message.caption or ""
    kind = "text" if message.text is not None else next((name for name in KINDS if getattr(message, name)), "other")
    return Incoming(
        chat_id=str(int(message.chat.id)),
        message_id=int(message.message_id),
        edited=edited,
        name=str(user.full_name)[:80] if user else None,
        language=_language(user.language_code if user else None),
        kind=kind,
        text=str(text),
        detail=_detail(message, kind),
    )


def _detail(message: Message, kind: str) -> str:
    """What an agent can be told about a message that is not text."""
    if kind == "location" and message.location:
        return f"{message.location.latitude:.6f}, {message.location.longitude:.6f}"
    if kind == "venue" and message.venue:
        return f"{message.venue.title}, {message.venue.address}"
    if kind == "contact" and message.contact:
        return f"{message.contact.first_name} {message.contact.phone_number}"
    if kind == "document" and message.document:
        return str(message.document.file_name or "")
    if kind == "sticker" and message.sticker:
        return str(message.sticker.emoji or "")
    return ""


def _language(code: str | None) -> Language | None:
    folded = str(code or "").lower()
    if folded.startswith("zh"):
        return Language.ZH_CN
    return Language.EN if folded.startswith("en") else None
