"""The send loop: every call is recorded before it is made, and no message is ever sent blindly a second time.

What an attempt can end in, and what follows:

- taken: the message gets Twilio's id;
- refused (4xx): failed, with Twilio's code;
- not sent, told to wait, or not let in (no connection, 429, 401/403): tried again, with growing pauses;
- ambiguous (time-out, broken connection, 5xx, our own death during the call): Twilio's list is asked at fixed times; a
  message with the same ends, text and time is ours. If the list does not show it at the last time either, Twilio never
  took it, and it is sent again. If the list is too short to tell, or the tries are used up, the status is `unknown`
  and people decide.
"""

from collections.abc import Coroutine
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from channel_sms import delivery
from channel_sms.domain.sending import UNCONFIRMED, UNREACHABLE, Listed, SendState, find_sent, pause_before_retry
from channel_sms.parameters import SmsParameters
from channel_sms.store import outbound
from channel_sms.store.outbound import SENDS, Send
from channel_sms.twilio.gateway import TwilioGateway
from chassis.db import Database, Tx
from chassis.due_calls import DueCalls
from chassis.telemetry.logs import get_logger
from chassis.twilio.client import TwilioAmbiguous, TwilioFailure, TwilioNotSent, TwilioRefused
from contracts.values import MessageStatus

log = get_logger(__name__)

_NOT_LET_IN = (401, 403)


class Sender:
    """Sends what is due and looks up what is ambiguous. Any number of processes may run one each."""

    def __init__(self, db: Database, gateway: TwilioGateway, parameters: SmsParameters) -> None:
        self._db = db
        self._gateway = gateway
        self._parameters = parameters
        self._lease = timedelta(seconds=parameters.send_lease_seconds)
        self._calls = DueCalls(
            db,
            stream=SENDS,
            claim=self._claim,
            next_due=outbound.next_due,
            at_once=parameters.send_batch,
            poll_seconds=parameters.send_poll_seconds,
            drain_seconds=parameters.drain_seconds,
        )

    async def run(self) -> None:
        """Work until cancelled; calls under way are then finished. What does not end in time is looked up later."""
        await self._calls.run()

    async def _claim(self, limit: int) -> list[Coroutine[Any, Any, None]]:
        async with self._db.transaction() as tx:
            await outbound.abandon_expired(tx)
            sends = await outbound.claim_due(tx, lease=self._lease, limit=limit)
            lookups = await outbound.claim_lookups(tx, lease=self._lease, limit=limit - len(sends))
        return [*map(self._attempt, sends), *map(self._look_up, lookups)]

    async def _attempt(self, send: Send) -> None:
        try:
            answer = await self._gateway.send(send.id, account=send.account, address=send.address, text=send.text)
        except TwilioFailure as error:
            failure = error
            await self._calls.record(lambda tx: self._failed(tx, send, failure))
        else:
            await self._calls.record(
                lambda tx: delivery.accepted(
                    tx, send.id, sid=answer.sid, status=answer.status, error_code=answer.error_code
                )
            )

    async def _failed(self, tx: Tx, send: Send, failure: TwilioFailure) -> None:
        current = await outbound.lock(tx, send.id)
        if current is None or current.state is not SendState.SENDING:
            return  # a callback was faster and knows better
        if isinstance(failure, TwilioAmbiguous):
            await self._await_lookup(tx, current)
        elif isinstance(failure, TwilioNotSent):
            await self._retry(tx, current, code=UNREACHABLE, text=str(failure))
        elif isinstance(failure, TwilioRefused):
            code = str(failure.code or failure.status)
            if failure.retry_later or failure.status in _NOT_LET_IN:
                await self._retry(tx, current, code=code, text=failure.message)
            else:
                await delivery.settle(tx, current, MessageStatus.FAILED, error_code=code, error_text=failure.message)

    async def _retry(self, tx: Tx, send: Send, *, code: str, text: str) -> None:
        if send.attempts >= self._parameters.send_attempts:
            await delivery.settle(tx, send, MessageStatus.FAILED, error_code=code, error_text=text)
            return
        pause = pause_before_retry(
            send.attempts, first=self._parameters.retry_first_seconds, longest=self._parameters.retry_longest_seconds
        )
        log.warning("send will be tried again", message_id=str(send.id), attempts=send.attempts, pause=pause, code=code)
        await outbound.update(
            tx, replace(send, state=SendState.PENDING), next_attempt_at=tx.now + timedelta(seconds=pause)
        )

    async def _await_lookup(self, tx: Tx, send: Send) -> None:
        log.warning("send is ambiguous, will be looked up", message_id=str(send.id))
        first = timedelta(seconds=self._parameters.lookup_after_seconds[0])
        await outbound.update(tx, replace(send, state=SendState.AMBIGUOUS), next_attempt_at=tx.now + first)

    async def _look_up(self, send: Send) -> None:
        listed: list[Listed] | None = None
        if send.called_at is not None:
            since = send.called_at - timedelta(seconds=self._parameters.lookup_window_seconds)
            try:
                listed = await self._gateway.sent_since(since, account=send.account, address=send.address)
            except TwilioFailure as failure:
                log.warning("Twilio's list could not be read", message_id=str(send.id), error=str(failure))
        await self._calls.record(lambda tx: self._looked_up(tx, send.id, listed))

    async def _never_listed(self, tx: Tx, send: Send, listed: list[Listed]) -> None:
        whole = len(listed) < self._parameters.lookup_limit  # else ours may be among the older ones
        if not whole or send.attempts >= self._parameters.send_attempts:
            await delivery.settle(tx, send, MessageStatus.UNKNOWN, error_code=UNCONFIRMED)
            return
        log.warning("Twilio never took a send, making it again", message_id=str(send.id), attempts=send.attempts)
        await outbound.update(tx, replace(send, state=SendState.PENDING, lookups=0), next_attempt_at=tx.now)

    async def _looked_up(self, tx: Tx, message_id: UUID, listed: list[Listed] | None) -> None:
        send = await outbound.lock(tx, message_id)
        if send is None or send.state is not SendState.AMBIGUOUS or send.called_at is None:
            return
        times = self._parameters.lookup_after_seconds
        if listed is None:  # Twilio did not say: that look does not count
            again = replace(send, lookups=send.lookups - 1)
            pause = times[min(again.lookups, len(times) - 1)]
            await outbound.update(tx, again, next_attempt_at=tx.now + timedelta(seconds=pause))
            return
        match = find_sent(
            listed,
            account=send.account,
            address=send.address,
            text=send.text,
            called_at=send.called_at,
            window=timedelta(seconds=self._parameters.lookup_window_seconds),
            taken=await outbound.taken_sids(tx, [message.sid for message in listed]),
        )
        if match is not None:
            await delivery.accepted(tx, send.id, sid=match.sid, status=match.status, error_code=match.error_code)
        elif send.lookups >= len(times):
            await self._never_listed(tx, send, listed)
        else:
            await outbound.update(tx, send, next_attempt_at=tx.now + timedelta(seconds=times[send.lookups]))
