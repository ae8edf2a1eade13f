"""The channel's facts as events."""

from collections.abc import Sequence
from uuid import UUID

from channel_email.parameters import EmailParameters
from channel_email.store.inbound import StoredFile, StoredMail
from channel_email.store.interactions import NewInteraction
from chassis.db import Tx
from contracts.interactions import (
    ContactPersonal,
    InteractionStarted,
    MessagePersonal,
    MessageReceived,
    MessageStatusChanged,
)
from contracts.values import Attachment, Channel, ContactKind, Language, MessageStatus

PROVIDER = "email"
PREFIX = "/email"
"""Where the service is served; files are named by their path from there."""


def started(tx: Tx, new: NewInteraction, language: Language | None) -> None:
    """An exchange of mails began, or began again after its end."""
    tx.emit(
        InteractionStarted(
            interaction_id=new.id,
            channel=Channel.EMAIL,
            direction="inbound",
            account=new.account,
            contact_kind=ContactKind.EMAIL,
            language=language,
            case_id=new.case_id,
            occurred_at=tx.now,
            personal=ContactPersonal(address=new.address, display_name=new.name or None),
        )
    )


def received(
    tx: Tx, mail: StoredMail, files: Sequence[StoredFile], parameters: EmailParameters, *, automatic: bool
) -> None:
    """A mail came in. Long text and HTML are cut or left out here; the API has all of it."""
    if mail.interaction_id is None or mail.seq is None:
        raise ValueError("a mail outside of interactions is not announced")
    html = mail.html if mail.html and len(mail.html) <= parameters.event_html_chars else None
    tx.emit(
        MessageReceived(
            interaction_id=mail.interaction_id,
            message_id=mail.id,
            seq=mail.seq,
            channel=Channel.EMAIL,
            provider=PROVIDER,
            provider_message_id=mail.mail_id or str(mail.id),
            automatic=automatic,
            occurred_at=mail.received_at,
            personal=MessagePersonal(
                text=mail.text[: parameters.event_text_chars],
                html=html,
                subject=mail.subject or None,
                sender=mail.sender or None,
                attachments=tuple(attachment(file) for file in files),
            ),
        )
    )


def attachment(file: StoredFile) -> Attachment:
    """A file as other services see it."""
    return Attachment(
        attachment_id=str(file.id),
        name=file.name,
        content_type=file.content_type,
        size=file.size,
        url=f"{PREFIX}/v1/attachments/{file.id}",
        sha256=file.sha256,
    )


def status(
    tx: Tx,
    interaction_id: UUID,
    message_id: UUID,
    reached: MessageStatus,
    *,
    mail_id: str | None = None,
    error_code: str | None = None,
    error_text: str | None = None,
) -> None:
    """An outbound mail moved on."""
    tx.emit(
        MessageStatusChanged(
            interaction_id=interaction_id,
            message_id=message_id,
            channel=Channel.EMAIL,
            status=reached,
            provider_message_id=mail_id,
            error_code=error_code,
            error_text=error_text,
            occurred_at=tx.now,
        )
    )
