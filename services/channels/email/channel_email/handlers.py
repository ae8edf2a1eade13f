"""What the email channel does about events: send what cases asks for, end what cases ends."""

from uuid import UUID

from channel_email import announce
from channel_email.case_files import is_case_file
from channel_email.domain.compose import subject_of
from channel_email.domain.sending import ATTACHMENT_MISSING, UNKNOWN_INTERACTION
from channel_email.domain.tokens import Keyring
from channel_email.store import erasure, interactions, outbound
from chassis.db import Tx
from chassis.files.blobs import Blobs
from contracts.customers import CustomerErased
from contracts.event import Event
from contracts.interactions import ContactPersonal, InteractionEnded, InteractionStarted
from contracts.sends import InteractionEndRequested, MessageSendRequested
from contracts.values import Attachment, Channel, ContactKind, EndedBy, MessageStatus


class Handlers:
    """The event handlers."""

    def __init__(self, keyring: Keyring, blobs: Blobs, default_mailbox: str | None = None) -> None:
        """`default_mailbox` is our address for exchanges that we begin."""
        self._keyring = keyring
        self._blobs = blobs
        self._default_mailbox = default_mailbox

    async def on_message_send_requested(self, tx: Tx, event: Event[MessageSendRequested]) -> None:
        """Owe the mail to the mail server, or say at once why it cannot be sent."""
        request = event.data
        if request.channel is not Channel.EMAIL:
            return
        interaction = await interactions.lock(tx, request.interaction_id) or await self._begun(tx, request)
        attachment_ids = _own_files(request.personal.attachments)
        if interaction is None or attachment_ids is None:
            code = UNKNOWN_INTERACTION if interaction is None else ATTACHMENT_MISSING
            announce.status(tx, request.interaction_id, request.message_id, MessageStatus.FAILED, error_code=code)
            return
        await interactions.belongs_to(tx, interaction.id, case_id=request.case_id, case_no=request.case_no, at=tx.now)
        domain = interaction.account.rpartition("@")[2]
        await outbound.insert(
            tx,
            outbound.NewSend(
                id=request.message_id,
                interaction_id=interaction.id,
                mail_id=self._keyring.mail_id(interaction.id, request.message_id, domain),
                subject=subject_of(interaction.subject, request.case_no, request.personal.subject),
                text=request.personal.text,
                author=request.author,
                author_name=request.author_name,
                attachment_ids=attachment_ids,
                case_files=tuple(file for file in request.personal.attachments if is_case_file(file)),
            ),
        )
        tx.notify_stream(outbound.SENDS)

    async def _begun(self, tx: Tx, request: MessageSendRequested) -> interactions.Interaction | None:
        """A new exchange of mails with the recipient that the request names, if it names one and we have a mailbox."""
        recipient = request.personal.recipient
        if recipient is None or self._default_mailbox is None:
            return None
        new = interactions.NewInteraction(
            id=request.interaction_id,
            thread_id=request.interaction_id,
            account=self._default_mailbox,
            address=recipient,
            name="",
            subject=request.personal.subject or "",
            case_id=request.case_id,
        )
        await interactions.start(tx, new, tx.now)
        tx.emit(
            InteractionStarted(
                interaction_id=new.id,
                channel=Channel.EMAIL,
                direction="outbound",
                account=new.account,
                contact_kind=ContactKind.EMAIL,
                case_id=request.case_id,
                occurred_at=tx.now,
                personal=ContactPersonal(address=recipient),
            )
        )
        return await interactions.lock(tx, new.id)

    async def on_customer_erased(self, tx: Tx, event: Event[CustomerErased]) -> None:
        """Erase what was written with this person; an exchange that is open ends."""
        ids = event.data.interaction_ids
        for interaction_id in await erasure.end_open(tx, ids):
            tx.emit(
                InteractionEnded(
                    interaction_id=interaction_id,
                    channel=Channel.EMAIL,
                    ended_by=EndedBy.SYSTEM,
                    reason="erased",
                    occurred_at=tx.now,
                )
            )
        gone = await erasure.erase(tx, ids)
        await self._blobs.delete(gone)

    async def on_interaction_end_requested(self, tx: Tx, event: Event[InteractionEndRequested]) -> None:
        """Consider the exchange over. A reply to it begins a new interaction that carries the case."""
        request = event.data
        if request.channel is not Channel.EMAIL:
            return
        if await interactions.end(tx, request.interaction_id, by=request.ended_by, at=tx.now):
            tx.emit(
                InteractionEnded(
                    interaction_id=request.interaction_id,
                    channel=Channel.EMAIL,
                    ended_by=request.ended_by,
                    reason=request.reason,
                    occurred_at=tx.now,
                )
            )


def _own_files(attachments: tuple[Attachment, ...]) -> list[UUID] | None:
    """The ids of files that this channel keeps, those of cases left out; None when one of them cannot be."""
    try:
        return [UUID(attachment.attachment_id) for attachment in attachments if not is_case_file(attachment)]
    except ValueError:
        return None
