"""What can happen in a conversation, each in one transaction that holds the conversation's row.

Both chat channels go through here. Every change wakes those who follow the conversation, on every replica.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from channel_chat.store import conversations, entries
from channel_chat.store.conversations import Conversation, Party
from channel_chat.store.entries import NewEntry
from chassis.db import Tx
from chassis.ids import derived_id, uuid7
from contracts.interactions import (
    ContactPersonal,
    InteractionEnded,
    InteractionStarted,
    MessagePersonal,
    MessageReceived,
    MessageStatusChanged,
)
from contracts.values import Channel, ContactKind, EndedBy, MessageStatus

_KINDS = {Channel.CHAT: ContactKind.CHAT, Channel.TELEGRAM: ContactKind.TELEGRAM}
_PROVIDERS = {Channel.CHAT: "posthouse", Channel.TELEGRAM: "telegram"}


@dataclass(frozen=True, slots=True)
class Said:
    """A customer's message, durable once its transaction is. `duplicate`: it was said before, this is that answer."""

    id: UUID
    seq: int
    at: datetime
    interaction_id: UUID
    duplicate: bool


def followers(conversation_id: UUID) -> str:
    """The stream that wakes those who follow a conversation."""
    return f"conversation:{conversation_id}"


async def say(tx: Tx, party: Party, client_msg_id: str, text: str) -> Said:
    """A visitor says something. The same `client_msg_id` gets the first answer again, whatever happened since."""
    conversation = await conversations.lock_or_create(tx, party)
    earlier = await entries.by_client_msg_id(tx, conversation.id, client_msg_id)
    if earlier is not None:
        return Said(earlier.id, earlier.seq, earlier.at, earlier.interaction_id, duplicate=True)
    message_id = derived_id("chat", str(conversation.id), client_msg_id)
    return await receive(
        tx, conversation, party, message_id, provider_id=client_msg_id, text=text, client_msg_id=client_msg_id
    )


async def receive(
    tx: Tx,
    conversation: Conversation,
    party: Party,
    message_id: UUID,
    *,
    provider_id: str,
    text: str,
    client_msg_id: str | None = None,
) -> Said:
    """Keep a new message of the customer in a locked conversation and tell the house."""
    interaction = await conversations.count_inbound(tx, conversation)
    seq = await entries.append(
        tx,
        conversation.id,
        NewEntry(
            message_id,
            interaction.id,
            "message",
            entries.VISITOR,
            party.display_name,
            text,
            client_msg_id=client_msg_id,
        ),
    )
    if interaction.started:
        tx.emit(
            InteractionStarted(
                interaction_id=interaction.id,
                channel=party.channel,
                direction="inbound",
                account=party.account,
                contact_kind=_KINDS[party.channel],
                verified=party.verified,
                language=party.language,
                occurred_at=tx.now,
                personal=ContactPersonal(address=party.address, display_name=party.display_name, also=party.also),
            )
        )
    tx.emit(
        MessageReceived(
            interaction_id=interaction.id,
            message_id=message_id,
            seq=interaction.inbound_seq,
            channel=party.channel,
            provider=_PROVIDERS[party.channel],
            provider_message_id=provider_id,
            occurred_at=tx.now,
            personal=MessagePersonal(text=text, sender=party.display_name or party.address),
        )
    )
    tx.notify_stream(followers(conversation.id))
    return Said(message_id, seq, tx.now, interaction.id, duplicate=False)


async def reply(
    tx: Tx, conversation_id: UUID, interaction_id: UUID, message_id: UUID, *, author: str, name: str | None, text: str
) -> bool:
    """The centre says something. False if it did so before, under this id."""
    await conversations.lock(tx, conversation_id)
    if await entries.exists(tx, message_id):
        return False
    await entries.append(tx, conversation_id, NewEntry(message_id, interaction_id, "message", author, name, text))
    await conversations.touch(tx, interaction_id)
    tx.notify_stream(followers(conversation_id))
    return True


async def move_marks(tx: Tx, conversation_id: UUID, *, received: int, read: int) -> None:
    """The visitor's client has received, or the visitor has read, everything up to these numbers."""
    conversation = await conversations.lock(tx, conversation_id)
    if conversation is None:
        return
    old = conversation.marks
    new = old.moved(received=received, read=read, last_seq=conversation.last_seq)
    if new == old:
        return
    await conversations.set_marks(tx, conversation_id, new)
    above = old.read if new.read > old.read else old.received
    for seq, message_id, interaction_id in await entries.to_visitor(
        tx, conversation_id, above=above, upto=new.received
    ):
        if old.read < seq <= new.read:
            _tell(tx, conversation.channel, interaction_id, message_id, MessageStatus.READ)
        elif seq > old.received:
            _tell(tx, conversation.channel, interaction_id, message_id, MessageStatus.DELIVERED)
    tx.notify_stream(followers(conversation_id))


async def end(tx: Tx, conversation_id: UUID, interaction_id: UUID, *, by: EndedBy, reason: str | None = None) -> bool:
    """End an interaction. False if it ended before."""
    conversation = await conversations.lock(tx, conversation_id)
    if conversation is None or not await conversations.end(tx, interaction_id, by=by):
        return False
    await entries.append(tx, conversation_id, NewEntry(uuid7(), interaction_id, "ended", by))
    tx.emit(
        InteractionEnded(
            interaction_id=interaction_id,
            channel=conversation.channel,
            ended_by=by,
            reason=reason,
            occurred_at=tx.now,
        )
    )
    tx.notify_stream(followers(conversation_id))
    return True


def _tell(tx: Tx, channel: Channel, interaction_id: UUID, message_id: UUID, status: MessageStatus) -> None:
    tx.emit(
        MessageStatusChanged(
            interaction_id=interaction_id, message_id=message_id, channel=channel, status=status, occurred_at=tx.now
        )
    )
