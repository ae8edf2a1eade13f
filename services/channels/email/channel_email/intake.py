"""Inbound mail: read, kept, placed in its thread and announced, all or nothing, once for however many deliveries."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal
from uuid import UUID

from channel_email import announce
from channel_email.domain import threads
from channel_email.domain.language import language_of
from channel_email.domain.mail import Automatic, FilePart, Mail
from channel_email.domain.parse import UNREADABLE, parse
from channel_email.domain.threads import Place, Placement, ThreadKeys
from channel_email.domain.tokens import Keyring
from channel_email.metrics import MAILS_RECEIVED
from channel_email.parameters import EmailParameters
from channel_email.reported import Reported
from channel_email.store import inbound, interactions
from channel_email.store.inbound import StoredFile, StoredMail
from channel_email.store.interactions import NewInteraction
from chassis.db import Database, Tx
from chassis.files.blobs import Blobs
from chassis.i18n import Catalogue
from chassis.ids import derived_id, uuid7
from chassis.telemetry.logs import get_logger

log = get_logger(__name__)

_RAW_TYPE = "message/rfc822"
_RAW_NAME = "original.eml"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A mail as it was handed to us, for one of our mailboxes.

    `recipients` are the envelope's for this mailbox. `return_path` is the envelope sender, "" if null; None if unknown.
    `notice` replaces the text of a mail of which only the header was fetched.
    """

    mailbox: str
    raw: bytes
    via: Literal["lmtp", "smtp", "imap"]
    recipients: tuple[str, ...] = ()
    return_path: str | None = None
    notice: str | None = None


@dataclass(frozen=True, slots=True)
class _Read:
    """A delivery after reading: the mail, its id, its blobs."""

    delivery: Delivery
    id: UUID
    mail: Mail
    raw: str
    files: tuple[tuple[FilePart, str], ...]


class Intake:
    """Accepts mail. What `receive` has returned for is durable, with the events that announce it."""

    def __init__(
        self,
        db: Database,
        blobs: Blobs,
        keyring: Keyring,
        texts: Catalogue,
        parameters: EmailParameters,
        *,
        own: frozenset[str],
    ) -> None:
        """`own` are our mailboxes' addresses."""
        self._db = db
        self._blobs = blobs
        self._keyring = keyring
        self._texts = texts
        self._parameters = parameters
        self._own = own
        self._readers = asyncio.Semaphore(parameters.parse_workers)

    async def receive(
        self, deliveries: Sequence[Delivery], *, also: Callable[[Tx], Awaitable[None]] | None = None
    ) -> None:
        """Store the deliveries in one transaction, with what `also` does in it. Mails known already are left alone.

        Raises `DatabaseUnavailable` or `BlobsUnavailable`; then nothing was accepted.
        """
        read = [await self._read(delivery) for delivery in sorted(deliveries, key=lambda each: each.mailbox)]
        async with self._db.transaction() as tx:
            for each in read:
                await self._store(tx, each)
            if also is not None:
                await also(tx)

    async def _read(self, delivery: Delivery) -> _Read:
        async with self._readers:
            mail = await asyncio.to_thread(
                parse, delivery.raw, self._parameters.limits(), return_path=delivery.return_path
            )
        mail = self._explained(mail, delivery)
        files = list(mail.files)
        if mail.problems:
            files.append(FilePart(_RAW_NAME, _RAW_TYPE, delivery.raw))
        raw, *names = await self._blobs.put([delivery.raw, *(file.content for file in files)])
        fingerprint = mail.fingerprint(delivery.raw)
        message_id = derived_id("email", delivery.mailbox, mail.message_id or "", fingerprint)
        return _Read(delivery, message_id, mail, raw, tuple(zip(files, names, strict=True)))

    def _explained(self, mail: Mail, delivery: Delivery) -> Mail:
        """The mail with words for what could not be read."""
        if delivery.notice is not None:
            return replace(mail, text=delivery.notice, full_text=delivery.notice)
        if UNREADABLE in mail.problems or (mail.problems and not mail.text):
            text = self._texts.text(language_of(mail.subject), "mail.unreadable")
            return replace(mail, text=text, full_text=mail.full_text or text)
        return mail

    async def _store(self, tx: Tx, read: _Read) -> None:
        mailbox, mail = read.delivery.mailbox, read.mail
        correspondent = mail.correspondent(self._own)
        nobody = f"unknown-{read.id.hex}@unknown.invalid"
        address = correspondent.address if correspondent else mail.sender.address if mail.sender else nobody
        await interactions.one_at_a_time(tx, mailbox, address)
        if await inbound.is_known(tx, read.id):
            log.info("mail was delivered before", message_id=str(read.id), via=read.delivery.via)
            _count(tx, read, "duplicate")
            return
        keys = threads.keys_of(mail, mailbox, read.delivery.recipients, self._keyring)
        mail = self._judged(mail, keys)
        reported = await Reported.by(tx, keys)
        place = await self._place(tx, mailbox, address, mail, keys, reported)
        if mail.automatic is Automatic.OWN or (place.thread is None and _is_backscatter(mail)):
            log.warning("mail is kept but belongs to nothing", message_id=str(read.id), kind=mail.automatic)
            await inbound.insert(tx, _stored(read, mail, None, None, tx), _files(read))
            _count(tx, read, "stray")
            return
        name = correspondent.name if correspondent else ""
        interaction_id = await self._interaction(tx, mailbox, address, name, mail, place)
        seq = await interactions.count_inbound(tx, interaction_id, tx.now)
        stored, files = _stored(read, mail, interaction_id, seq, tx), _files(read)
        await inbound.insert(tx, stored, files)
        automatic = mail.automatic is not None and not await _speaks_for_somebody(tx, mail, place)
        announce.received(tx, stored, files, self._parameters, automatic=automatic)
        await reported.apply(tx, mail)
        _count(tx, read, "stored")

    def _judged(self, mail: Mail, keys: ThreadKeys) -> Mail:
        """The mail with what only we can know of it: our mail may come back, bounce addresses are for machines."""
        if mail.message_id and self._keyring.own_messages([mail.message_id]):
            return replace(mail, automatic=Automatic.OWN)
        if mail.automatic is None and keys.bounced:
            return replace(mail, automatic=Automatic.AUTO_REPLY)
        return mail

    async def _place(
        self, tx: Tx, mailbox: str, address: str, mail: Mail, keys: ThreadKeys, reported: Reported
    ) -> Place:
        proven = (*keys.replied_to, *(own.interaction_id for own in keys.own), *reported.interaction_ids)
        hinted = (
            *await interactions.of_mail_ids(tx, mailbox, keys.mail_ids),
            *await interactions.of_case_nos(tx, mailbox, keys.case_nos, address),
        )
        found = await interactions.named(tx, mailbox, list(dict.fromkeys((*proven, *hinted))))
        siblings = await interactions.open_siblings(tx, found, address)
        known = {thread.id: thread for thread in found}
        return threads.place(
            proven=[known[each] for each in dict.fromkeys(proven) if each in known],
            hinted=[known[each] for each in dict.fromkeys(hinted) if each in known],
            siblings=siblings,
            sender=address,
            subject=mail.subject,
            automatic=mail.automatic is not None,
        )

    async def _interaction(self, tx: Tx, mailbox: str, address: str, name: str, mail: Mail, place: Place) -> UUID:
        """The interaction the mail goes into; a new one is announced."""
        if place.placement is Placement.APPEND and place.thread is not None:
            return place.thread.id
        new_id = uuid7()
        new = NewInteraction(
            id=new_id,
            thread_id=place.thread.thread_id if place.thread else new_id,
            account=mailbox,
            address=address,
            name=name,
            subject=mail.subject,
            case_id=place.thread.case_id if place.thread else None,
        )
        await interactions.start(tx, new, tx.now)
        announce.started(tx, new, language_of(mail.text or mail.subject))
        return new_id


def _count(tx: Tx, read: _Read, outcome: str) -> None:
    tx.after_commit(MAILS_RECEIVED.labels(read.delivery.via, outcome).inc)


async def _speaks_for_somebody(tx: Tx, mail: Mail, place: Place) -> bool:
    """Whether a mail that is only marked as generated counts as written by a person all the same.

    Help desks of merchants mark everything their people write. So such a mail may open a conversation, and in one that
    began like this it counts as an answer. Anything else that answers by itself never does.
    """
    if mail.automatic is not Automatic.GENERATED or mail.return_path == "":
        return False
    if place.thread is None:
        return True
    return place.thread.is_open and await inbound.began_with(tx, place.thread.id, Automatic.GENERATED)


def _is_backscatter(mail: Mail) -> bool:
    """A bounce of something that we did not send: nobody wrote anything, and nobody can be answered."""
    return mail.automatic is Automatic.BOUNCE and mail.return_path == ""


def _stored(read: _Read, mail: Mail, interaction_id: UUID | None, seq: int | None, tx: Tx) -> StoredMail:
    return StoredMail(
        id=read.id,
        interaction_id=interaction_id,
        seq=seq,
        account=read.delivery.mailbox,
        mail_id=mail.message_id,
        reference_ids=list(dict.fromkeys((*mail.references, *mail.in_reply_to))),
        subject=mail.subject,
        sender=str(mail.sender or ""),
        return_path=mail.return_path,
        recipients=list(dict.fromkeys((*read.delivery.recipients, *mail.recipients))),
        via=read.delivery.via,
        automatic=mail.automatic,
        problems=list(mail.problems),
        text=mail.text,
        full_text=mail.full_text,
        html=mail.html,
        raw=read.raw,
        raw_size=len(read.delivery.raw),
        sent_at=mail.sent_at,
        received_at=tx.now,
    )


def _files(read: _Read) -> list[StoredFile]:
    return [
        StoredFile(
            id=derived_id("email-file", str(read.id), str(position)),
            message_id=read.id,
            position=position,
            name=file.name,
            content_type=file.content_type,
            size=len(file.content),
            sha256=name,
            content_id=file.content_id,
        )
        for position, (file, name) in enumerate(read.files)
    ]
