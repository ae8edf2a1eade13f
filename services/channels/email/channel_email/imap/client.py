"""One IMAP connection, with the few commands that reading a folder takes. Nothing here changes the folder."""

import asyncio
import re
from collections.abc import Awaitable
from contextlib import suppress
from datetime import date
from typing import Any, TypeVar

from aioimaplib import IMAP4, IMAP4_SSL, AioImapException

from channel_email.settings import ImapAccount

T = TypeVar("T")

_UID_VALIDITY = re.compile(rb"\[UIDVALIDITY (\d+)\]")
_UID_NEXT = re.compile(rb"\[UIDNEXT (\d+)\]")
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class ImapFailed(Exception):
    """The connection broke, or the server refused a command. The remedy is a new connection."""


class ImapConnection:
    """A connection with a folder open. Any method raises `ImapFailed`; the connection is of no use then."""

    def __init__(self, client: Any, lost: "asyncio.Future[None]", *, timeout: float) -> None:
        self._client = client
        self._lost = lost
        self._timeout = timeout
        self.uid_validity = 0
        self.uid_next = 0

    @classmethod
    async def open(cls, account: ImapAccount, *, timeout: float) -> "ImapConnection":
        """Connect, log in, open the folder."""
        lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def on_lost(_error: Exception | None) -> None:
            if not lost.done():
                lost.set_result(None)

        kind = IMAP4_SSL if account.tls else IMAP4
        connection = cls(kind(account.host, account.port, timeout=timeout), lost, timeout=timeout)
        connection._client.protocol.conn_lost_cb = on_lost
        try:
            await connection._begin(account)
        except BaseException:
            await connection.close()
            raise
        return connection

    async def _begin(self, account: ImapAccount) -> None:
        await self._answered(self._client.wait_hello_from_server())
        _ok(await self._answered(self._client.login(_quoted(account.user), account.password.get_secret_value())))
        lines = _ok(await self._answered(self._client.select(_quoted(account.folder))))
        said = b"\n".join(bytes(line) for line in lines)
        validity, following = _UID_VALIDITY.search(said), _UID_NEXT.search(said)
        if validity is None:
            raise ImapFailed("the server does not name a UIDVALIDITY")
        self.uid_validity = int(validity[1])
        self.uid_next = int(following[1]) if following else 0

    async def uids_after(self, uid: int) -> list[int]:
        """UIDs above `uid`, ascending."""
        return [found for found in await self._search(f"UID {uid + 1}:*") if found > uid]  # `n:*` names the last, too

    async def uids_since(self, day: date) -> list[int]:
        """UIDs of mails that arrived on `day` or later, ascending."""
        return await self._search(f"SINCE {day.day:02}-{_MONTHS[day.month - 1]}-{day.year}")

    async def size(self, uid: int) -> int | None:
        """The size of a mail in bytes; None if it is gone."""
        lines = _ok(await self._answered(self._client.uid("fetch", str(uid), "(RFC822.SIZE)")))
        match = next((match for line in lines if (match := _SIZE.search(bytes(line)))), None)
        return int(match[1]) if match else None

    async def mail(self, uid: int) -> bytes | None:
        """The whole mail, without marking it as read; None if it is gone."""
        return await self._body(uid, "BODY.PEEK[]")

    async def header(self, uid: int) -> bytes | None:
        """The header of a mail, without marking it as read; None if it is gone."""
        return await self._body(uid, "BODY.PEEK[HEADER]")

    async def wait(self, seconds: float) -> None:
        """Return when the server speaks of the folder, or after `seconds` at the latest."""
        if not self._client.has_capability("IDLE"):
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self._lost), seconds)
            await self._answered(self._client.noop())
            return
        idle = await self._answered(self._client.idle_start(timeout=seconds))
        # The library ends this after `seconds` by an item in its queue; the margin is for one that forgets to.
        await self._answered(self._client.wait_server_push(seconds + self._timeout), timeout=seconds + self._timeout)
        if self._client.has_pending_idle():
            self._client.idle_done()
        await self._answered(idle)

    async def close(self) -> None:
        """Hang up."""
        with suppress(Exception):
            if not self._lost.done() and not self._client.has_pending_idle():
                await asyncio.wait_for(self._client.logout(), 1)
        transport = self._client.protocol.transport
        if transport is not None:
            transport.close()
        self._client._client_task.cancel()

    async def _search(self, criteria: str) -> list[int]:
        lines = _ok(await self._answered(self._client.uid_search(criteria, charset=None)))
        return sorted(int(word) for word in bytes(lines[0]).split() if word.isdigit()) if lines else []

    async def _body(self, uid: int, item: str) -> bytes | None:
        lines = _ok(await self._answered(self._client.uid("fetch", str(uid), f"({item})")))
        return next((bytes(line) for line in lines if isinstance(line, bytearray)), None)

    async def _answered(self, command: "Awaitable[T]", *, timeout: float | None = None) -> T:
        """The command's answer. The library does not fail commands whose connection breaks: that is seen to here."""
        running = asyncio.ensure_future(command)
        try:
            waiting: list[asyncio.Future[Any]] = [running, self._lost]
            await asyncio.wait(waiting, timeout=timeout or self._timeout, return_when=asyncio.FIRST_COMPLETED)
            if not running.done():
                raise ImapFailed("the connection was lost" if self._lost.done() else "the server does not answer")
            return running.result()
        except (AioImapException, OSError, TimeoutError, RecursionError) as error:
            raise ImapFailed(repr(error)) from error
        finally:
            if not running.done():
                running.cancel()


def _ok(response: Any) -> list[bytes | bytearray]:
    if response.result != "OK":
        raise ImapFailed(f"the server answered {response.result}: {response.lines[:1]!r}")
    lines: list[bytes | bytearray] = response.lines
    return lines


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
