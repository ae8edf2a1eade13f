"""Events that benchmarks send."""

from datetime import UTC, datetime

from chassis.ids import derived_id, uuid7
from contracts.interactions import MessagePersonal, MessageReceived
from contracts.values import Channel


def message(customer: int, seq: int) -> MessageReceived:
    """A customer's text, about 400 bytes of JSON."""
    return MessageReceived(
        interaction_id=derived_id("bench", str(customer)),
        message_id=uuid7(),
        seq=seq,
        channel=Channel.SMS,
        provider="twilio",
        provider_message_id=f"SM{customer:016x}{seq:016x}",
        occurred_at=datetime.now(UTC),
        personal=MessagePersonal(text=f"Where is my parcel? I wrote {seq} times.", sender=f"+1202555{customer:04d}"),
    )
