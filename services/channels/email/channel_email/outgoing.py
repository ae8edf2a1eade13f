"""From a stored send to the mail that goes out: thread headers, signed addresses, files."""

from collections.abc import Mapping
from dataclasses import dataclass

from channel_email.case_files import CaseFiles
from channel_email.domain.addresses import with_detail
from channel_email.domain.compose import Outgoing, compose, references_of
from channel_email.domain.mail import FilePart
from channel_email.domain.sending import ATTACHMENT_MISSING, BAD_ADDRESS, UNKNOWN_INTERACTION
from channel_email.domain.tokens import Keyring
from channel_email.parameters import EmailParameters
from channel_email.settings import MailboxSettings
from channel_email.store import inbound, interactions, outbound
from channel_email.store.outbound import Send
from chassis.db import Database
from chassis.files.blobs import Blobs


class Unsendable(Exception):
    """The mail cannot be made; the message is the error code."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A mail ready for SMTP."""

    content: bytes
    envelope_sender: str
    recipient: str


class Preparer:
    """Makes mails from sends."""

    def __init__(
        self,
        db: Database,
        blobs: Blobs,
        keyring: Keyring,
        mailboxes: Mapping[str, MailboxSettings],
        parameters: EmailParameters,
        case_files: CaseFiles,
    ) -> None:
        self._db = db
        self._blobs = blobs
        self._keyring = keyring
        self._mailboxes = mailboxes
        self._parameters = parameters
        self._case_files = case_files

    async def prepare(self, send: Send) -> Prepared:
        """The mail; raises `Unsendable` for what no retry can mend."""
        async with self._db.read() as tx:
            interaction = await interactions.get(tx, send.interaction_id)
            if interaction is None:
                raise Unsendable(UNKNOWN_INTERACTION)
            newest = await inbound.newest(tx, send.interaction_id)
            earlier = await outbound.mail_ids(tx, send.interaction_id, before=send.id)
            files = await inbound.files(tx, send.attachment_ids)
        if len(files) < len(send.attachment_ids):
            raise Unsendable(ATTACHMENT_MISSING)
        chain = [*(newest.reference_ids if newest else ()), *earlier]
        if newest is not None and newest.mail_id:
            chain = [*(mail_id for mail_id in chain if mail_id != newest.mail_id), newest.mail_id]
        parts = [
            FilePart(file.name, file.content_type, await self._blobs.get(file.sha256), file.content_id)
            for file in files
        ]
        parts += [FilePart(file.name, file.content_type, await self._case_files.get(file)) for file in send.case_files]
        mailbox = self._mailboxes.get(interaction.account)
        outgoing = Outgoing(
            mail_id=send.mail_id,
            mailbox=interaction.account,
            mailbox_name=mailbox.name if mailbox else "",
            author_name=send.author_name,
            recipient=interaction.address,
            recipient_name=interaction.name,
            reply_to=with_detail(interaction.account, self._keyring.reply_detail(interaction.id)),
            subject=send.subject,
            text=send.text,
            references=references_of(chain, self._parameters.references),
            date=send.requested_at,
            files=parts,
        )
        try:
            content = compose(outgoing)
        except ValueError as error:
            raise Unsendable(BAD_ADDRESS) from error
        return Prepared(
            content=content,
            envelope_sender=with_detail(interaction.account, self._keyring.bounce_detail(send.id)),
            recipient=interaction.address,
        )
