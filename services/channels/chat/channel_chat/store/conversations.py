"""Conversations, and the interactions in them. Whoever writes into a conversation locks its row first."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from channel_chat.domain.marks import Marks
from chassis.db import Tx
from chassis.ids import derived_id, uuid7
from contracts.values import Channel, KnownAddress, Language


@dataclass(frozen=True, slots=True)
class Party:
    """Who talks with us, and where: the ends of a conversation, and what is known of the other one."""

    channel: Channel
    account: str
    address: str
    display_name: str | None = None
    language: Language | None = None
    verified: bool = False
    also: tuple[KnownAddress, ...] = ()

    @property
    def conversation_id(self) -> UUID:
        """The conversation of these ends."""
        return derived_id("conversation", self.channel, self.account, self.address)


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation as it stands."""

    id: UUID
    channel: Channel
    account: str
    address: str
    last_seq: int
    marks: Marks


@dataclass(frozen=True, slots=True)
class OpenInteraction:
    """The interaction a message went into; `started` says that this transaction began it."""

    id: UUID
    inbound_seq: int
    started: bool


async def lock(tx: Tx, conversation_id: UUID) -> Conversation | None:
    """The conversation, locked until the end of the transaction."""
    return await _load(tx, "select * from conversation where id = $1 for update", conversation_id)


async def load(tx: Tx, conversation_id: UUID) -> Conversation | None:
    """The conversation as it stands now."""
    return await _load(tx, "select * from conversation where id = $1", conversation_id)


async def lock_or_create(tx: Tx, party: Party) -> Conversation:
    """The conversation of these ends, locked; what is newly known of the other end is noted.

    Both the id and the ends are unique, so two that begin at the same time may meet on either index: only an insert
    that yields to any conflict is safe, and the loser then finds the winner's row.
    """
    row = await _note(tx, party)
    if row is None:
        await tx.fetch(
            """insert into conversation (id, channel, account, address, verified, last_seq, received_seq, read_seq,
                   created_at)
               values ($1, $2, $3, $4, false, 0, 0, 0, $5) on conflict do nothing""",
            party.conversation_id,
            party.channel,
            party.account,
            party.address,
            tx.now,
        )
        row = await _note(tx, party)
    if row is None:
        raise LookupError(f"conversation {party.conversation_id} was neither made nor found")
    return row


async def _note(tx: Tx, party: Party) -> Conversation | None:
    """Lock the conversation, noting what is newly known; None if there is none yet."""
    rows = await tx.fetch(
        """update conversation set display_name = coalesce($2, display_name), language = coalesce($3, language),
               verified = verified or $4, address = case when address = 'erased:' || id then $5 else address end
           where id = $1 returning *""",
        party.conversation_id,
        party.display_name,
        party.language,
        party.verified,
        party.address,
    )
    return _conversation(dict(rows[0])) if rows else None


async def of_interaction(tx: Tx, interaction_id: UUID) -> UUID | None:
    """The conversation an interaction belongs to; None if it is not one of ours."""
    rows = await tx.fetch("select conversation_id from interaction where id = $1", interaction_id)
    return rows[0]["conversation_id"] if rows else None


async def open_interaction(tx: Tx, conversation_id: UUID) -> UUID | None:
    """The interaction that goes on in the conversation, if one does."""
    rows = await tx.fetch("select id from interaction where conversation_id = $1 and ended_at is null", conversation_id)
    return rows[0]["id"] if rows else None


async def count_inbound(tx: Tx, conversation: Conversation) -> OpenInteraction:
    """Count a customer's message in the open interaction of a locked conversation, beginning one if none is open."""
    rows = await tx.fetch(
        """update interaction set inbound_seq = inbound_seq + 1, last_message_at = $2
           where conversation_id = $1 and ended_at is null returning id, inbound_seq""",
        conversation.id,
        tx.now,
    )
    if rows:
        return OpenInteraction(rows[0]["id"], rows[0]["inbound_seq"], started=False)
    interaction_id = uuid7()
    await tx.fetch(
        """insert into interaction (id, conversation_id, channel, inbound_seq, started_at, last_message_at)
           values ($1, $2, $3, 1, $4, $4)""",
        interaction_id,
        conversation.id,
        conversation.channel,
        tx.now,
    )
    return OpenInteraction(interaction_id, 1, started=True)


async def touch(tx: Tx, interaction_id: UUID) -> None:
    """Note that a message went through the interaction, which postpones its idle end."""
    await tx.fetch("update interaction set last_message_at = $2 where id = $1", interaction_id, tx.now)


async def end(tx: Tx, interaction_id: UUID, *, by: str) -> bool:
    """End the interaction. False if it is unknown or ended before."""
    rows = await tx.fetch(
        "update interaction set ended_at = $2, ended_by = $3 where id = $1 and ended_at is null returning id",
        interaction_id,
        tx.now,
        by,
    )
    return bool(rows)


async def idle(tx: Tx, channel: Channel, *, silent_since: datetime, limit: int) -> list[tuple[UUID, UUID]]:
    """(interaction, conversation) of open interactions without a message since `silent_since`."""
    rows = await tx.fetch(
        """select id, conversation_id from interaction
           where channel = $1 and ended_at is null and last_message_at < $2 order by last_message_at limit $3""",
        channel,
        silent_since,
        limit,
    )
    return [(row["id"], row["conversation_id"]) for row in rows]


async def still_idle(tx: Tx, interaction_id: UUID, *, silent_since: datetime) -> bool:
    """Whether that still holds, now that the conversation is locked."""
    rows = await tx.fetch(
        "select 1 from interaction where id = $1 and ended_at is null and last_message_at < $2",
        interaction_id,
        silent_since,
    )
    return bool(rows)


async def set_marks(tx: Tx, conversation_id: UUID, marks: Marks) -> None:
    """Store the visitor's marks in a locked conversation."""
    await tx.fetch(
        "update conversation set received_seq = $2, read_seq = $3 where id = $1",
        conversation_id,
        marks.received,
        marks.read,
    )


async def _load(tx: Tx, sql: str, conversation_id: UUID) -> Conversation | None:
    rows = await tx.fetch(sql, conversation_id)
    return _conversation(dict(rows[0])) if rows else None


def _conversation(row: dict[str, object]) -> Conversation:
    return Conversation(
        id=row["id"],  # type: ignore[arg-type]
        channel=Channel(str(row["channel"])),
        account=str(row["account"]),
        address=str(row["address"]),
        last_seq=int(str(row["last_seq"])),
        marks=Marks(int(str(row["received_seq"])), int(str(row["read_seq"]))),
    )
