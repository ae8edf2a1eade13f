"""Bots, chats and messages of the simulated Telegram."""

import itertools
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
FaultKind = Literal["too_many", "stall", "stall_taken", "server_error"]


@dataclass
class Message:
    """A message as both ends see it; `date` is Unix time."""

    message_id: int
    sender: Literal["user", "bot"]
    text: str
    date: int


@dataclass
class Chat:
    """A private chat of one customer with a bot."""

    id: int
    name: str
    language: str
    messages: list[Message] = field(default_factory=list)
    blocked: bool = False
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    def add(self, sender: Literal["user", "bot"], text: str, date: int) -> Message:
        """Write a message into the chat."""
        message = Message(next(self._numbers), sender, text, date)
        self.messages.append(message)
        return message

    def as_chat(self) -> Json:
        """The Bot API's `Chat`."""
        return {"id": self.id, "type": "private", "first_name": self.name}

    def as_user(self) -> Json:
        """The Bot API's `User` of the customer."""
        return {"id": self.id, "is_bot": False, "first_name": self.name, "language_code": self.language}


@dataclass
class Webhook:
    """Where updates go."""

    url: str
    secret: str | None
    allowed: tuple[str, ...]


@dataclass
class Bot:
    """A bot and everything about it. `faults` happen to the next sendMessage calls."""

    name: str
    token: str
    chats: dict[int, Chat] = field(default_factory=dict)
    webhook: Webhook | None = None
    pending: deque[Json] = field(default_factory=deque)
    last_error: str | None = None
    faults: deque[FaultKind] = field(default_factory=deque)
    _updates: Any = field(default_factory=lambda: itertools.count(1_000))

    @property
    def id(self) -> int:
        """The public half of the token."""
        head = self.token.partition(":")[0]
        return int(head) if head.isdigit() else 1

    def as_user(self) -> Json:
        """The Bot API's `User` of the bot."""
        return {"id": self.id, "is_bot": True, "first_name": self.name, "username": f"{self.name}_bot"}

    def chat(self, chat_id: int, *, name: str = "", language: str = "zh") -> Chat:
        """The chat, begun if there is none."""
        if chat_id not in self.chats:
            self.chats[chat_id] = Chat(chat_id, name or f"Customer {chat_id}", language)
        return self.chats[chat_id]

    def update(self, kind: str, content: Json) -> Json:
        """A new update with the bot's next number."""
        return {"update_id": next(self._updates), kind: content}

    def as_message(self, chat: Chat, message: Message) -> Json:
        """The Bot API's `Message`."""
        sender = self.as_user() if message.sender == "bot" else chat.as_user()
        return {
            "message_id": message.message_id,
            "from": sender,
            "chat": chat.as_chat(),
            "date": message.date,
            "text": message.text,
        }
