"""What the SMS channel does about events: send what cases asks for, end what cases ends."""

from uuid import UUID

from channel_sms import delivery
from channel_sms.domain.segments import count_segments
from channel_sms.domain.sending import ATTACHMENTS, EMPTY, SUPPRESSED, TOO_LONG, UNKNOWN_INTERACTION
from channel_sms.keywords import MARKETING
from channel_sms.parameters import SmsParameters
from channel_sms.store import erasure, interactions, outbound, suppressions
from chassis.db import Tx
from contracts.customers import CustomerErased
from contracts.event import Event
from contracts.interactions import ContactPersonal, InteractionEnded, InteractionStarted, MessageStatusChanged
from contracts.sends import InteractionEndRequested, MessageSendRequested
from contracts.values import Channel, ContactKind, EndedBy, MessageStatus


class Handlers:
    """The event handlers, with the parameters they decide by."""

    def __init__(self, parameters: SmsParameters, default_number: str | None = None) -> None:
        """`default_number` is our number for exchanges that we begin."""
        self._parameters = parameters
        self._default_number = default_number

    async def on_message_send_requested(self, tx: Tx, event: Event[MessageSendRequested]) -> None:
        """Owe the message to Twilio, or say at once why it will not be sent."""
        request = event.data
        if request.channel is not Channel.SMS:
            return
        interaction_id = request.interaction_id
        numbers = await interactions.numbers_of(tx, interaction_id)
        if numbers is None and request.personal.recipient and self._default_number:
            numbers = self._default_number, request.personal.recipient
            interaction_id = await self._begin(tx, request, *numbers)
        if numbers is None:
            _refuse_unknown(tx, request)
            return
        account, address = numbers
        text = request.personal.text
        segments = count_segments(text)
        new = await outbound.insert(
            tx,
            outbound.NewSend(
                id=request.message_id,
                interaction_id=interaction_id,
                account=account,
                address=address,
                text=text,
                category=request.category,
                author=request.author,
                encoding=segments.encoding,
                segments=segments.count,
            ),
        )
        if not new:
            return
        if refusal := await self._refusal(tx, request, account, address):
            send = await outbound.lock(tx, request.message_id)
            if send is not None:
                await delivery.settle(tx, send, MessageStatus.FAILED, error_code=refusal)
            return
        await interactions.touch(tx, interaction_id, tx.now)
        tx.notify_stream(outbound.SENDS)

    async def on_customer_erased(self, tx: Tx, event: Event[CustomerErased]) -> None:
        """Erase what was written with this person; an exchange that is open ends."""
        ids = event.data.interaction_ids
        for interaction_id in await erasure.end_open(tx, ids):
            tx.emit(
                InteractionEnded(
                    interaction_id=interaction_id,
                    channel=Channel.SMS,
                    ended_by=EndedBy.SYSTEM,
                    reason="erased",
                    occurred_at=tx.now,
                )
            )
        await erasure.erase(tx, ids)

    async def on_interaction_end_requested(self, tx: Tx, event: Event[InteractionEndRequested]) -> None:
        """Consider the exchange over. The next message of this number begins a new interaction."""
        request = event.data
        if request.channel is not Channel.SMS:
            return
        if await interactions.end(tx, request.interaction_id, by=request.ended_by, at=tx.now):
            tx.emit(
                InteractionEnded(
                    interaction_id=request.interaction_id,
                    channel=Channel.SMS,
                    ended_by=request.ended_by,
                    reason=request.reason,
                    occurred_at=tx.now,
                )
            )

    async def _begin(self, tx: Tx, request: MessageSendRequested, account: str, address: str) -> UUID:
        """The exchange that the message goes into: a new one, or the one that is open with this number; then the one
        asked for is over as soon as it began."""
        begun = await interactions.begin(tx, request.interaction_id, account, address, tx.now)
        tx.emit(
            InteractionStarted(
                interaction_id=request.interaction_id,
                channel=Channel.SMS,
                direction="outbound",
                account=account,
                contact_kind=ContactKind.PHONE,
                case_id=request.case_id,
                occurred_at=tx.now,
                personal=ContactPersonal(address=address),
            )
        )
        if begun != request.interaction_id:
            tx.emit(
                InteractionEnded(
                    interaction_id=request.interaction_id,
                    channel=Channel.SMS,
                    ended_by=EndedBy.SYSTEM,
                    reason="another exchange with this number is open",
                    occurred_at=tx.now,
                )
            )
        return begun

    async def _refusal(self, tx: Tx, request: MessageSendRequested, account: str, address: str) -> str | None:
        """The error code if the message must not, or cannot, be sent."""
        text = request.personal.text
        if request.personal.attachments:
            return ATTACHMENTS
        if not text.strip():
            return EMPTY
        if len(text) > self._parameters.text_limit or count_segments(text).count > self._parameters.segment_limit:
            return TOO_LONG
        if request.category == MARKETING and await suppressions.is_suppressed(tx, account, address, MARKETING):
            return SUPPRESSED
        return None


def _refuse_unknown(tx: Tx, request: MessageSendRequested) -> None:
    tx.emit(
        MessageStatusChanged(
            interaction_id=request.interaction_id,
            message_id=request.message_id,
            channel=Channel.SMS,
            status=MessageStatus.FAILED,
            error_code=UNKNOWN_INTERACTION,
            occurred_at=tx.now,
        )
    )
