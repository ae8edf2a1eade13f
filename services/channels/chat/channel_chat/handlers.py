"""What the chat channels do about events: say what cases asks for, end what cases ends."""

from channel_chat import conversing
from channel_chat.domain.frames import storable
from channel_chat.domain.sending import ATTACHMENTS, EMPTY, TOO_LONG, UNKNOWN_INTERACTION
from channel_chat.parameters import ChatParameters
from channel_chat.store import conversations, entries, erasure
from channel_chat.store import telegram as store
from chassis.db import Tx
from contracts.customers import CustomerErased
from contracts.event import Event
from contracts.interactions import MessageStatusChanged
from contracts.sends import InteractionEndRequested, MessageSendRequested
from contracts.values import Channel, EndedBy, MessageStatus

OURS = (Channel.CHAT, Channel.TELEGRAM)
_SYSTEM_AUTHOR = "system"


class Handlers:
    """The event handlers, with the parameters they decide by."""

    def __init__(self, parameters: ChatParameters) -> None:
        self._parameters = parameters

    async def on_message_send_requested(self, tx: Tx, event: Event[MessageSendRequested]) -> None:
        """Put the message into its conversation; for Telegram, owe it to the Bot API. Or say why not."""
        request = event.data
        if request.channel not in OURS:
            return
        conversation_id = await conversations.of_interaction(tx, request.interaction_id)
        conversation = await conversations.lock(tx, conversation_id) if conversation_id else None
        if conversation is None:
            _tell(tx, request, MessageStatus.FAILED, UNKNOWN_INTERACTION)
            return
        if await entries.exists(tx, request.message_id):
            return
        if refusal := self._refusal(request):
            _tell(tx, request, MessageStatus.FAILED, refusal)
            return
        text = storable(request.personal.text)
        await conversing.reply(
            tx,
            conversation.id,
            request.interaction_id,
            request.message_id,
            author=entries.SYSTEM if request.author == _SYSTEM_AUTHOR else entries.AGENT,
            name=request.author_name,
            text=text,
        )
        if request.channel is Channel.CHAT:
            _tell(tx, request, MessageStatus.SENT)
            return
        send = store.NewSend(
            request.message_id, request.interaction_id, conversation.account, conversation.address, text
        )
        if await store.insert(tx, send):
            tx.notify_stream(store.SENDS)

    async def on_interaction_end_requested(self, tx: Tx, event: Event[InteractionEndRequested]) -> None:
        """End the interaction. What the customer says next begins another one."""
        request = event.data
        if request.channel not in OURS:
            return
        conversation_id = await conversations.of_interaction(tx, request.interaction_id)
        if conversation_id is not None:
            await conversing.end(
                tx, conversation_id, request.interaction_id, by=request.ended_by, reason=request.reason
            )

    async def on_customer_erased(self, tx: Tx, event: Event[CustomerErased]) -> None:
        """Erase what was said with this person; an interaction that is open ends."""
        ids = event.data.interaction_ids
        held = await erasure.conversations_of(tx, ids)
        for conversation_id, opened in held.items():
            for interaction_id in opened:
                await conversing.end(tx, conversation_id, interaction_id, by=EndedBy.SYSTEM, reason="erased")
        await erasure.erase(tx, list(held), ids)

    def _refusal(self, request: MessageSendRequested) -> str | None:
        if request.personal.attachments:
            return ATTACHMENTS
        if not request.personal.text.strip():
            return EMPTY
        too_long = len(request.personal.text) > self._parameters.telegram_text_chars
        return TOO_LONG if too_long and request.channel is Channel.TELEGRAM else None


def _tell(tx: Tx, request: MessageSendRequested, status: MessageStatus, error_code: str | None = None) -> None:
    tx.emit(
        MessageStatusChanged(
            interaction_id=request.interaction_id,
            message_id=request.message_id,
            channel=request.channel,
            status=status,
            error_code=error_code,
            occurred_at=tx.now,
        )
    )
