"""The send loop for Telegram: recorded before each call, in order per chat, never blindly a second time.

Taken: `sent`. Refused: `failed`. Certainly not sent (no connection, told to wait): tried again. Anything else
(time-out, broken connection, 5xx, our own death during the call): `unknown`, because the Bot API cannot be asked what
it did.
"""

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from channel_chat.domain.sending import BLOCKED, RATE_LIMITED, UNCONFIRMED, UNREACHABLE, SendState, pause_before_retry
from channel_chat.parameters import ChatParameters
from channel_chat.store import telegram as store
from channel_chat.store.telegram import SENDS, TelegramSend
from channel_chat.telegram.gateway import Ambiguous, NotSent, Refused, SendFailed, TelegramGateway
from chassis.db import Database, Tx
from chassis.due_calls import DueCalls
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
        self._paused_until: dict[str, float] = {}
        self._calls = DueCalls(
            db,
            stream=SENDS,
            claim=self._claim,
            next_due=self._next_due,
            at_once=parameters.telegram_send_batch,
            poll_seconds=parameters.telegram_poll_seconds,
            drain_seconds=parameters.drain_seconds,
        )

    async def run(self) -> None:
        """Work until cancelled; calls under way are then finished, because their answers would be lost."""
        await self._calls.run()

    async def _claim(self, limit: int) -> list[Coroutine[Any, Any, None]]:
        now = self._db.clock.monotonic()
        self._paused_until = {bot: until for bot, until in self._paused_until.items() if until > now}
        lease = timedelta(seconds=self._parameters.telegram_send_lease_seconds)
        async with self._db.transaction() as tx:
            for lost in await store.claim_expired(tx, limit=limit):
                await settle(tx, lost, MessageStatus.UNKNOWN, error_code=UNCONFIRMED)
            sends = await store.claim_due(tx, lease=lease, limit=limit, paused=list(self._paused_until))
        return [self._attempt(send) for send in sends]

    async def _next_due(self, tx: Tx) -> datetime | None:
        """What a paused bot owes looks due; then only the safety poll looks."""
        return None if self._paused_until else await store.next_due(tx)

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
        async def locked(tx: Tx) -> None:
            current = await store.lock(tx, send_id)
            if current is not None and current.state is SendState.SENDING:
                await write(tx, current)

        await self._calls.record(locked)


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
