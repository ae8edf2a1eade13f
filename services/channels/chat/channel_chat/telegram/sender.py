"""The send loop for Telegram: recorded before each call, in order per chat, never blindly a second time.

Taken: `sent`. Refused: `failed`. Certainly not sent (no connection, told to wait): tried again. Anything else
(time-out, broken connection, 5xx, our own death during the call): `unknown`, because the Bot API cannot be asked what
it did.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from channel_chat.domain.sending import BLOCKED, RATE_LIMITED, UNCONFIRMED, UNREACHABLE, SendState, pause_before_retry
from channel_chat.parameters import ChatParameters
from channel_chat.store import telegram as store
from channel_chat.store.telegram import SENDS, TelegramSend
from channel_chat.telegram.gateway import Ambiguous, NotSent, Refused, SendFailed, TelegramGateway
from channel_chat.waiting import woken_or_after
from chassis.db import Database, DatabaseUnavailable, Tx
from chassis.db.database import stream_signal
from chassis.telemetry.logs import get_logger
from contracts.interactions import MessageStatusChanged
from contracts.values import Channel, MessageStatus

log = get_logger(__name__)

REFUSED = "refused"


class TelegramSender:
    """Sends what is due. Any number of processes may run one each."""

    def __init__(self, db: Database, gateways: Mapping[str, TelegramGateway], parameters: ChatParameters) -> None:
        self._db = db
        self._gateways = gateways
        self._parameters = parameters
        self._calls: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()
        self._paused_until: dict[str, float] = {}

    async def run(self) -> None:
        """Work until cancelled; calls under way are then finished, because their answers would be lost."""
        with self._db.signals.listening(stream_signal(SENDS)) as woken:
            self._woken = woken
            try:
                while True:
                    woken.clear()
                    if not await self._start_due():
                        await woken_or_after(woken, await self._until_next(), self._db.clock)
            finally:
                await self._drain()

    async def _start_due(self) -> int:
        free = self._parameters.telegram_send_batch - len(self._calls)
        if free <= 0:
            return 0
        now = self._db.clock.monotonic()
        paused = [bot for bot, until in self._paused_until.items() if until > now]
        lease = timedelta(seconds=self._parameters.telegram_send_lease_seconds)
        async with self._db.transaction() as tx:
            for lost in await store.claim_expired(tx, limit=free):
                await settle(tx, lost, MessageStatus.UNKNOWN, error_code=UNCONFIRMED)
            sends = await store.claim_due(tx, lease=lease, limit=free, paused=paused)
        for send in sends:
            task = asyncio.create_task(self._attempt(send))
            self._calls.add(task)
            task.add_done_callback(self._done)
        return len(sends)

    async def _drain(self) -> None:
        if self._calls:
            _, late = await asyncio.wait(self._calls, timeout=self._parameters.drain_seconds)
            for call in late:
                call.cancel()

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._calls.discard(task)
        self._woken.set()
        if not task.cancelled() and (error := task.exception()):
            log.error("a send could not be dealt with", error=repr(error), exc_info=error)

    async def _attempt(self, send: TelegramSend) -> None:
        gateway = self._gateways.get(send.bot)
        try:
            if gateway is None:
                raise Refused(f"the bot {send.bot} is not configured")
            message_id = await gateway.send(send.chat_id, send.text)
        except SendFailed as error:
            failure = error
            await self._record(send.id, lambda tx, current: self._failed(tx, current, failure))
        else:
            await self._record(send.id, lambda tx, current: _sent(tx, current, message_id))

    async def _failed(self, tx: Tx, send: TelegramSend, failure: SendFailed) -> None:
        if isinstance(failure, Ambiguous):
            await settle(tx, send, MessageStatus.UNKNOWN, error_code=UNCONFIRMED, error_text=str(failure))
        elif isinstance(failure, NotSent):
            await self._retry(tx, send, failure)
        else:
            code = BLOCKED if isinstance(failure, Refused) and failure.blocked else REFUSED
            await settle(tx, send, MessageStatus.FAILED, error_code=code, error_text=str(failure))

    async def _retry(self, tx: Tx, send: TelegramSend, failure: NotSent) -> None:
        if send.attempts >= self._parameters.telegram_send_attempts:
            code = RATE_LIMITED if failure.for_all else UNREACHABLE
            await settle(tx, send, MessageStatus.FAILED, error_code=code, error_text=str(failure))
            return
        pause = failure.wait or pause_before_retry(
            send.attempts,
            first=self._parameters.telegram_retry_first_seconds,
            longest=self._parameters.telegram_retry_longest_seconds,
        )
        if failure.for_all:
            self._paused_until[send.bot] = self._db.clock.monotonic() + pause
        log.warning("send will be tried again", message_id=str(send.id), attempts=send.attempts, pause=pause)
        again = replace(send, state=SendState.PENDING)
        await store.update(tx, again, next_attempt_at=tx.now + timedelta(seconds=pause))

    async def _record(self, send_id: UUID, write: Callable[[Tx, TelegramSend], Awaitable[None]]) -> None:
        """Store an outcome, however long the database is away: the outcome is known only here."""
        while True:
            try:
                async with self._db.transaction() as tx:
                    current = await store.lock(tx, send_id)
                    if current is not None and current.state is SendState.SENDING:
                        await write(tx, current)
                return
            except DatabaseUnavailable:
                await self._db.clock.sleep(self._parameters.telegram_poll_seconds)

    async def _until_next(self) -> float:
        longest = self._parameters.telegram_poll_seconds
        if len(self._calls) >= self._parameters.telegram_send_batch:
            return longest
        async with self._db.read() as tx:
            due = await store.next_due(tx)
        soonest = longest if self._paused_until else 0.01
        self._paused_until = {
            bot: until for bot, until in self._paused_until.items() if until > self._db.clock.monotonic()
        }
        return longest if due is None else min(max((due - self._db.clock.now()).total_seconds(), soonest), longest)


async def _sent(tx: Tx, send: TelegramSend, message_id: int) -> None:
    done = replace(send, state=SendState.DONE, status=MessageStatus.SENT, telegram_message_id=message_id)
    await store.update(tx, done)
    _announce(tx, done)


async def settle(
    tx: Tx, send: TelegramSend, status: MessageStatus, *, error_code: str, error_text: str | None = None
) -> None:
    """End a locked send that was not, or perhaps not, taken."""
    done = replace(send, state=SendState.DONE, status=status, error_code=error_code, error_text=error_text)
    await store.update(tx, done)
    _announce(tx, done)


def _announce(tx: Tx, send: TelegramSend) -> None:
    if send.interaction_id is None:
        return
    tx.emit(
        MessageStatusChanged(
            interaction_id=send.interaction_id,
            message_id=send.id,
            channel=Channel.TELEGRAM,
            status=send.status,
            provider_message_id=str(send.telegram_message_id) if send.telegram_message_id else None,
            error_code=send.error_code,
            error_text=send.error_text,
            occurred_at=tx.now,
        )
    )
