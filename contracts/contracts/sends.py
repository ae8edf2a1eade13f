"""Topic `sends`: commands from cases to the channels. Key: interaction id. A channel skips what is not its own."""

from uuid import UUID

from contracts.event import EventData, Instant, Personal
from contracts.values import Address, Attachment, Channel, EndedBy

TOPIC = "sends"


class OutboundPersonal(Personal):
    """What to send. `recipient` is the address to begin an exchange at if the channel does not know the interaction."""

    text: str
    recipient: Address | None = None
    subject: str | None = None
    attachments: tuple[Attachment, ...] = ()


class MessageSendRequested(EventData, type="posthouse.message.send.requested.v1", topic=TOPIC, key="interaction_id"):
    """Send a message into an interaction, once. The channel answers with `message.status_changed` events.

    `author` is the agent's id, or `system`. `category` decides consent rules: `service` or `marketing`.
    """

    interaction_id: UUID
    message_id: UUID
    case_id: UUID
    case_no: str
    channel: Channel
    author: str
    author_name: str | None = None
    category: str = "service"
    requested_at: Instant
    personal: OutboundPersonal


class CallRequested(EventData, type="posthouse.call.requested.v1", topic=TOPIC, key="interaction_id"):
    """Bring an agent onto a waiting call: dial the agent and join both in the call's conference."""

    interaction_id: UUID
    call_request_id: UUID
    case_id: UUID
    agent_id: str
    work_item_id: UUID
    requested_at: Instant


class InteractionEndRequested(
    EventData, type="posthouse.interaction.end.requested.v1", topic=TOPIC, key="interaction_id"
):
    """End an interaction: hang up, close the chat session, or simply consider the exchange over."""

    interaction_id: UUID
    channel: Channel
    ended_by: EndedBy
    reason: str | None = None
    requested_at: Instant
