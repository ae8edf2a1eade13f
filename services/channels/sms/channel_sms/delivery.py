"""What became of a message: Twilio's reports, in any order and number, move it up and are told to the house once."""

from dataclasses import replace
from uuid import UUID

from channel_sms.domain.sending import Progress, SendState
from channel_sms.store import delivery, outbound
from channel_sms.store.outbound import CHANNEL_AUTHOR, Send
from channel_sms.twilio.status import StatusReport
from chassis.db import Tx
from chassis.telemetry.logs import get_logger
from contracts.interactions import MessageStatusChanged
from contracts.values import Channel, MessageStatus

log = get_logger(__name__)


async def report(tx: Tx, status: StatusReport, *, message_id: UUID | None) -> None:
    """Take in a status callback. `message_id` is our own id, from the callback URL we gave; None if it is not there.

    A callback can overtake the answer to our send, before we know Twilio's id: then our own id finds the message. One
    without it is kept and counts as soon as the answer is stored.
    """
    new = await delivery.insert(tx, status.sid, status.status, error_code=status.error_code, fields=status.fields)
    if not new:
        return
    send = await outbound.lock(tx, message_id) if message_id else await outbound.lock_by_sid(tx, status.sid)
    if send is None:
        return
    if send.sid not in (None, status.sid):
        log.error("two Twilio messages claim one send", message_id=str(send.id), stored=send.sid, reported=status.sid)
        return
    await reached(tx, send, sid=status.sid, reports=[(status.status, status.error_code)])


async def accepted(tx: Tx, message_id: UUID, *, sid: str, status: str, error_code: str | None) -> None:
    """Twilio has the message: store its id, and whatever callbacks came before."""
    send = await outbound.lock(tx, message_id)
    if send is None or send.sid not in (None, sid):
        return
    earlier = [(event.status, event.error_code) for event in await delivery.of_message(tx, sid)]
    await reached(tx, send, sid=sid, reports=[(status, error_code), *earlier])


async def reached(tx: Tx, send: Send, *, sid: str, reports: list[tuple[str, str | None]]) -> None:
    """Move a locked message as far as these reports say. Nothing is owed to Twilio any more: it has it."""
    progress = Progress(send.status, send.provider_status, send.error_code)
    for status, error_code in reports:
        progress = progress.after(status, error_code)
    moved = replace(
        send,
        state=SendState.DONE,
        sid=sid,
        status=progress.status,
        provider_status=progress.provider_status,
        error_code=progress.error_code,
    )
    if moved == send:
        return
    await outbound.update(tx, moved)
    announce(tx, send, moved)


async def settle(tx: Tx, send: Send, status: MessageStatus, *, error_code: str, error_text: str | None = None) -> None:
    """End a locked message that Twilio did not take, or never spoke of."""
    settled = replace(send, state=SendState.DONE, status=status, error_code=error_code, error_text=error_text)
    await outbound.update(tx, settled)
    announce(tx, send, settled)


def announce(tx: Tx, before: Send, after: Send) -> None:
    """Tell the house about a new status. What the channel said of its own accord is nobody's business."""
    if after.status is before.status or after.author == CHANNEL_AUTHOR:
        return
    tx.emit(
        MessageStatusChanged(
            interaction_id=after.interaction_id,
            message_id=after.id,
            channel=Channel.SMS,
            status=after.status,
            provider_message_id=after.sid,
            error_code=after.error_code,
            error_text=after.error_text,
            occurred_at=tx.now,
        )
    )
