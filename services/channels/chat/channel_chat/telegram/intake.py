"""Telegram updates: each accepted once, into the conversation of its chat."""

from collections.abc import Mapping
from typing import Any

from channel_chat import conversing
from channel_chat.domain.frames import storable
from channel_chat.store import conversations, entries
from channel_chat.store import telegram as store
from channel_chat.store.conversations import Party
from channel_chat.telegram.inbound import Blocked, Incoming
from chassis.db import Tx
from chassis.i18n import Catalogue
from chassis.ids import derived_id
from contracts.values import Channel, EndedBy

_START = "/start"


class TelegramIntake:
    """Takes updates in."""

    def __init__(self, texts: Catalogue) -> None:
        self._texts = texts

    async def accept(
        self, tx: Tx, bot: str, update_id: int, payload: Mapping[str, Any], told: Incoming | Blocked | None
    ) -> None:
        """Keep the update, and whatever it tells, unless it came before."""
        if not await store.note_update(tx, bot, update_id, payload):
            return
        if isinstance(told, Incoming):
            await self._message(tx, bot, update_id, told)
        elif isinstance(told, Blocked):
            await self._blocked(tx, bot, told)

    async def _message(self, tx: Tx, bot: str, update_id: int, incoming: Incoming) -> None:
        name = storable(incoming.name) if incoming.name else None
        party = Party(Channel.TELEGRAM, bot, incoming.chat_id, name, incoming.language)
        if incoming.text.strip() == _START and not incoming.edited:
            await self._greet(tx, bot, update_id, incoming)
            return
        conversation = await conversations.lock_or_create(tx, party)
        # An edit is news of its own: what the agent may have read and answered stays as it was.
        said_id = f"{incoming.message_id}/{update_id}" if incoming.edited else str(incoming.message_id)
        message_id = derived_id("telegram", bot, incoming.chat_id, said_id)
        if await entries.exists(tx, message_id):
            return
        await conversing.receive(
            tx, conversation, party, message_id, provider_id=f"{incoming.chat_id}/{said_id}", text=self._words(incoming)
        )

    async def _greet(self, tx: Tx, bot: str, update_id: int, incoming: Incoming) -> None:
        """Somebody pressed "Start": nothing was asked yet, so no person is needed yet."""
        greeting = self._texts.text(incoming.language, "telegram.greeting")
        greeting_id = derived_id("telegram-greeting", bot, str(update_id))
        await store.insert(tx, store.NewSend(greeting_id, None, bot, incoming.chat_id, greeting))
        tx.notify_stream(store.SENDS)

    async def _blocked(self, tx: Tx, bot: str, blocked: Blocked) -> None:
        conversation_id = Party(Channel.TELEGRAM, bot, blocked.chat_id).conversation_id
        current = await conversations.open_interaction(tx, conversation_id)
        if current is not None:
            await conversing.end(tx, conversation_id, current, by=EndedBy.CUSTOMER, reason="blocked the bot")

    def _words(self, incoming: Incoming) -> str:
        """The message as text: a placeholder for what is not, a mark on what was changed later."""
        parts = [] if incoming.kind == "text" else [self._texts.text(None, f"telegram.{incoming.kind}")]
        parts += [part for part in (incoming.detail, incoming.text) if part.strip()]
        words = storable(" ".join(parts))
        return self._texts.text(None, "telegram.edited", text=words) if incoming.edited else words
