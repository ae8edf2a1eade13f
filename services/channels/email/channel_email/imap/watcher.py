"""Brings the mails of one IMAP folder into the intake, each once, in order, without touching the folder."""

from collections.abc import Callable
from datetime import timedelta

from channel_email.imap.client import ImapConnection
from channel_email.intake import Delivery, Intake
from channel_email.metrics import IMAP_CONNECTED
from channel_email.parameters import EmailParameters
from channel_email.settings import ImapAccount, MailboxSettings
from channel_email.store import marks
from chassis.db import Database, Tx
from chassis.i18n import Catalogue
from chassis.telemetry.logs import get_logger

log = get_logger(__name__)

_MB = 1024 * 1024
_OVERLAP = timedelta(days=1)
"""SINCE knows days, in the server's time zone: a day more never misses a mail, and known ones are left alone."""


class ImapWatcher:
    """Reads one mailbox. How far it came is written in the transaction of each mail."""

    def __init__(
        self,
        db: Database,
        intake: Intake,
        mailbox: MailboxSettings,
        account: ImapAccount,
        texts: Catalogue,
        parameters: EmailParameters,
        *,
        accepts: Callable[[], bool],
    ) -> None:
        """`accepts` says whether what we depend on is there; until then mail stays in its folder."""
        self._db = db
        self._intake = intake
        self._mailbox = mailbox
        self._account = account
        self._texts = texts
        self._parameters = parameters
        self._accepts = accepts

    async def run(self) -> None:
        """Read until cancelled. Raises when the connection breaks: the supervisor starts it again."""
        connected = IMAP_CONNECTED.labels(self._mailbox.address)
        connection = await ImapConnection.open(self._account, timeout=self._parameters.imap_timeout_seconds)
        try:
            connected.set(1)
            log.info("reading a mailbox", mailbox=self._mailbox.address, host=self._account.host)
            while True:
                if self._accepts():
                    await self._catch_up(connection)
                    await connection.wait(self._parameters.imap_poll_seconds)
                else:
                    await self._db.clock.sleep(1)
        finally:
            connected.set(0)
            await connection.close()

    async def _catch_up(self, connection: ImapConnection) -> None:
        async with self._db.read() as tx:
            mark = await marks.mark_of(tx, self._mailbox.address, self._account.folder)
            now = tx.now
        if mark is not None and mark.uid_validity == connection.uid_validity:
            for uid in await connection.uids_after(mark.last_uid):
                await self._take(connection, uid)
            return
        # The first time, or the server renumbered the folder: UIDs say nothing, so read what arrived lately.
        since = mark.updated_at if mark else now - timedelta(days=self._parameters.imap_first_days)
        uids = await connection.uids_since((since - _OVERLAP).date() if mark else since.date())
        for uid in uids:
            await self._take(connection, uid)
        last = max(connection.uid_next - 1, *uids, 0)
        async with self._db.transaction() as tx:
            await self._advance(tx, connection, last)

    async def _take(self, connection: ImapConnection, uid: int) -> None:
        size = await connection.size(uid)
        notice = None
        if size is not None and size > self._parameters.mail_bytes:
            raw = await connection.header(uid)
            notice = self._texts.text(
                None, "mail.too_large", megabytes=round(size / _MB), mailbox=self._mailbox.address
            )
        else:
            raw = await connection.mail(uid) if size is not None else None
        if raw is None:  # deleted in the meantime: nothing to take, but the place is passed
            async with self._db.transaction() as tx:
                await self._advance(tx, connection, uid)
            return
        delivery = Delivery(mailbox=self._mailbox.address, raw=raw, via="imap", notice=notice)
        await self._intake.receive([delivery], also=lambda tx: self._advance(tx, connection, uid))

    async def _advance(self, tx: Tx, connection: ImapConnection, uid: int) -> None:
        await marks.advance(
            tx,
            self._mailbox.address,
            self._account.folder,
            uid_validity=connection.uid_validity,
            last_uid=uid,
        )
