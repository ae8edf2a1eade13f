"""Inbound messages: one shared transaction stores them, their interactions and their events."""

import mimetypes
from collections.abc import Sequence

from channel_sms.keywords import Keywords
from channel_sms.store import inbound, interactions
from channel_sms.store.inbound import StoredMessage
from channel_sms.store.interactions import Arrival, OpenInteraction
from channel_sms.twilio.inbound import InboundMessage
from chassis.db import Database, Tx
from chassis.group_commit import GroupCommit
from chassis.ids import uuid7
from contracts.interactions import ContactPersonal, InteractionStarted, MessagePersonal, MessageReceived
from contracts.values import Attachment, Channel, ContactKind

PROVIDER = "twilio"
_TRIES = 5


class Overtaken(Exception):
    """Another process stored one of these messages at the same moment."""


class Intake:
    """Accepts inbound messages. A message is accepted once, however often and wherever it is delivered."""

    def __init__(self, db: Database, keywords: Keywords, *, media_prefix: str) -> None:
        """`media_prefix` is the path under which this service hands out received files."""
        self._keywords = keywords
        self._media_prefix = media_prefix
        # While one transaction waits for the database the other works: measured best of 1, 2 and 3. Two lanes meet as
        # two processes would, on the interaction's row, and a message delivered to both is stored by one of them.
        self._group: GroupCommit[InboundMessage, None] = GroupCommit(db, self._apply, lanes=2)

    async def accept(self, message: InboundMessage) -> None:
        """Return once the message and its events are durable. Raises DatabaseUnavailable."""
        for _ in range(_TRIES - 1):
            try:
                return await self._group.submit(message)
            except Overtaken:  # by now the other one has committed: look again
                continue
        return await self._group.submit(message)

    async def _apply(self, tx: Tx, messages: Sequence[InboundMessage]) -> Sequence[Exception | None]:
        stored = await inbound.known(tx, {message.message_id for message in messages})
        fresh: dict[tuple[str, str], dict[object, InboundMessage]] = {}
        for message in messages:
            if message.message_id not in stored:
                fresh.setdefault((message.account, message.address), {}).setdefault(message.message_id, message)
        if fresh:
            await self._store(tx, {pair: list(of_pair.values()) for pair, of_pair in fresh.items()})
        return [None] * len(messages)

    async def _store(self, tx: Tx, fresh: dict[tuple[str, str], list[InboundMessage]]) -> None:
        opened = await interactions.advance_or_start(
            tx,
            [
                Arrival(account, address, len(messages), max(m.received_at for m in messages), uuid7())
                for (account, address), messages in fresh.items()
            ],
        )
        rows: list[tuple[StoredMessage, InboundMessage, OpenInteraction]] = []
        for interaction in opened:
            messages = fresh[interaction.account, interaction.address]
            first = interaction.inbound_seq - len(messages) + 1
            for seq, message in enumerate(messages, first):
                rows.append((_row(message, interaction, seq), message, interaction))
        if await inbound.insert(tx, [row for row, _, _ in rows]) < len(rows):
            raise Overtaken
        announced: set[object] = set()
        for row, message, interaction in rows:
            if interaction.started and interaction.id not in announced:
                announced.add(interaction.id)
                tx.emit(_started(interaction, message))
            wish = await self._keywords.wish(tx, message)
            tx.emit(self._received(row, message, automatic=self._keywords.is_automatic(message, wish)))
            if wish is not None:
                await self._keywords.obey(tx, interaction, message, wish)

    def _received(self, row: StoredMessage, message: InboundMessage, *, automatic: bool) -> MessageReceived:
        return MessageReceived(
            interaction_id=row.interaction_id,
            message_id=row.id,
            seq=row.seq,
            channel=Channel.SMS,
            provider=PROVIDER,
            provider_message_id=row.sid,
            automatic=automatic,
            occurred_at=row.received_at,
            personal=MessagePersonal(
                text=row.text, sender=message.address, attachments=self._attachments(message) if message.media else ()
            ),
        )

    def _attachments(self, message: InboundMessage) -> tuple[Attachment, ...]:
        """The files as metadata: Twilio keeps them, this service fetches one when somebody opens it."""
        return tuple(
            Attachment(
                attachment_id=f"{message.message_id}-{index}",
                name=f"media-{index + 1}{mimetypes.guess_extension(media.content_type) or ''}",
                content_type=media.content_type,
                size=0,
                url=f"{self._media_prefix}/{message.message_id}/{index}",
            )
            for index, media in enumerate(message.media)
        )


def _row(message: InboundMessage, interaction: OpenInteraction, seq: int) -> StoredMessage:
    return StoredMessage(
        id=message.message_id,
        interaction_id=interaction.id,
        seq=seq,
        sid=message.sid,
        text=message.text,
        media=[{"url": media.url, "content_type": media.content_type} for media in message.media],
        fields=message.fields,
        received_at=message.received_at,
    )


def _started(interaction: OpenInteraction, message: InboundMessage) -> InteractionStarted:
    return InteractionStarted(
        interaction_id=interaction.id,
        channel=Channel.SMS,
        direction="inbound",
        account=interaction.account,
        contact_kind=ContactKind.PHONE,
        occurred_at=message.received_at,
        personal=ContactPersonal(address=interaction.address),
    )
