"""Topic `interactions`: what happens on the channels. Key: interaction id. Producers: the channel services."""

from uuid import UUID

from pydantic import Field

from contracts.event import EventData, Instant, Personal
from contracts.values import (
    Address,
    Attachment,
    Channel,
    ContactKind,
    EndedBy,
    KnownAddress,
    Language,
    MessageStatus,
    WaybillNo,
)

TOPIC = "interactions"


class ContactPersonal(Personal):
    """Who is at the other end, as far as the channel knows.

    `also` are further addresses of theirs that are proven: a site that signs its user in names the mail address or
    phone number which it has verified.
    """

    address: Address
    display_name: str | None = None
    also: tuple[KnownAddress, ...] = Field(default=(), max_length=10)


class InteractionStarted(EventData, type="posthouse.interaction.started.v1", topic=TOPIC, key="interaction_id"):
    """A customer got in touch on a channel (or we reached out), and a new stretch of contact began.

    `account` is our own end: the called number, mailbox, site or bot. `verified` says that the channel itself proves
    the address (a signed-in chat visitor), not that the person is known. `case_id` is set when the channel carries a
    thread token that names the case (a signed mail address); `reason` is free text shown to agents.
    """

    interaction_id: UUID
    channel: Channel
    direction: str = Field(pattern="^(inbound|outbound)$")
    account: str
    contact_kind: ContactKind
    verified: bool = False
    language: Language | None = None
    case_id: UUID | None = None
    occurred_at: Instant
    personal: ContactPersonal


class MessagePersonal(Personal):
    """The content of a message."""

    text: str
    html: str | None = Field(default=None, description="sanitised, safe to show")
    subject: str | None = None
    sender: str | None = None
    attachments: tuple[Attachment, ...] = ()


class MessageReceived(EventData, type="posthouse.message.received.v1", topic=TOPIC, key="interaction_id"):
    """The customer sent a message.

    `seq` counts the interaction's inbound messages from 1 without gaps, in the order they were accepted.
    `message_id` is derived from the provider's own id, so that a redelivered webhook yields the same id.
    `automatic` marks auto-replies and bounces: they never count as "the customer answered".
    """

    interaction_id: UUID
    message_id: UUID
    seq: int = Field(ge=1)
    channel: Channel
    provider: str
    provider_message_id: str
    automatic: bool = False
    occurred_at: Instant
    personal: MessagePersonal


class MessageStatusChanged(EventData, type="posthouse.message.status_changed.v1", topic=TOPIC, key="interaction_id"):
    """An outbound message moved to another status. Statuses never move down in rank."""

    interaction_id: UUID
    message_id: UUID
    channel: Channel
    status: MessageStatus
    provider_message_id: str | None = None
    error_code: str | None = None
    error_text: str | None = None
    occurred_at: Instant


class InteractionQueued(EventData, type="posthouse.interaction.queued.v1", topic=TOPIC, key="interaction_id"):
    """The customer asked for a person and waits (voice: chose "speak to someone"; chat: asked for an agent).

    `language` is the one chosen meanwhile (a key of the telephone menu), if it is known.
    """

    interaction_id: UUID
    channel: Channel
    waybill_no: WaybillNo | None = None
    language: Language | None = None
    occurred_at: Instant


class InteractionAnswered(EventData, type="posthouse.interaction.answered.v1", topic=TOPIC, key="interaction_id"):
    """The first agent leg was bridged to the caller. Ring time is over; talk time begins."""

    interaction_id: UUID
    channel: Channel
    agent_id: str
    occurred_at: Instant


class CallFailed(EventData, type="posthouse.call.failed.v1", topic=TOPIC, key="interaction_id"):
    """A requested agent leg did not come about, and the caller still waits: the work needs another agent.

    Each `call.requested` is followed by exactly one of: this event, `interaction.answered`, or, when the caller gave up
    first, `interaction.ended`. `reason` is `no_answer`, `busy`, `declined`, `refused` (the provider will not dial this
    agent), `unreachable` (the provider could not be reached), `superseded` (a newer request took its place),
    `connected` (another agent already speaks with the caller) or `not_waiting` (the caller asked for nobody).
    """

    interaction_id: UUID
    call_request_id: UUID
    agent_id: str
    work_item_id: UUID
    reason: str
    occurred_at: Instant


class InteractionSelfServed(EventData, type="posthouse.interaction.self_served.v1", topic=TOPIC, key="interaction_id"):
    """The customer was answered without an agent (tracking by keypad, for example).

    `answer` is the text that was spoken or shown; it quotes the tracking snapshot `parcel_id` at `occurred_at`.
    """

    interaction_id: UUID
    channel: Channel
    service: str
    waybill_no: WaybillNo | None = None
    found: bool
    answer: str
    occurred_at: Instant


class InteractionEnded(EventData, type="posthouse.interaction.ended.v1", topic=TOPIC, key="interaction_id"):
    """The stretch of contact is over. A later message of the same customer starts a new interaction."""

    interaction_id: UUID
    channel: Channel
    ended_by: EndedBy
    reason: str | None = None
    occurred_at: Instant
