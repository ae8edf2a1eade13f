"""The send loop: what is about to happen is recorded first, and no mail is ever sent blindly a second time.

What an attempt can end in, and what follows:

- accepted: the mail is `sent`; a bounce may still make it `undelivered`;
- certainly not accepted, for now (no connection, 4xx, our log-in refused): tried again after growing pauses;
- refused (5xx): `failed`, with the server's code;
- no answer after the content went out, or our own death then: `unknown`. People decide; a bounce or an answer of the
  customer settles it.
"""

from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from channel_email import announce
from channel_email.domain.sending import (
    ATTACHMENT_MISSING,
    BAD_ADDRESS,
    INTERRUPTED,
    UNREACHABLE,
    SendState,
    may_follow,
    pause_after,
)
from channel_email.metrics import SENDS as SENDS_METRIC
from channel_email.outgoing import Prepared, Preparer, Unsendable
from channel_email.parameters import EmailParameters
from channel_email.smtp.relay import Ambiguous, NotAccepted, SmtpRelay
from channel_email.store import interactions, outbound
from channel_email.store.outbound import SENDS, Send
from chassis.db import Database, DatabaseUnavailable, Tx
from chassis.due_calls import DueCalls
from chassis.files.blobs import BlobMissing, BlobsUnavailable
from chassis.telemetry.logs import get_logger
from contracts.values import MessageStatus

log = get_logger(__name__)


class ClaimLost(Exception):
    """The claim ran out before the content went out: another process has the mail."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """How an attempt ended. `retry` leaves the status alone unless the tries are used up."""

    status: MessageStatus
    code: str | None = None
    text: str | None = None
    retry: bool = False


class Sender:
    """Sends what is due. Any number of processes may run one each, under different names."""

    def __init__(
        self, db: Database, relay: SmtpRelay, preparer: Preparer, parameters: EmailParameters, *, name: str
    ) -> None:
        """`name` is this process's own among its replicas, and the same after a restart."""
        self._db = db
        self._relay = relay
        self._preparer = preparer
        self._parameters = parameters
        self._name = name
        self._calls = DueCalls(
            db,
            stream=SENDS,
            claim=self._claim,
            next_due=outbound.next_due,
            at_once=parameters.send_batch,
            poll_seconds=parameters.send_poll_seconds,
            drain_seconds=parameters.drain_seconds,
        )

    async def recover(self) -> None:
        """Settle what an earlier process of this name left behind. Call before `run`."""
        await self._give_up_interrupted(of=self._name)
        async with self._db.transaction() as tx:
            await outbound.release_claims(tx, of=self._name)

    async def run(self) -> None:
        """Work until cancelled; sends under way are then given time to end, because their answers would be lost."""
        await self._calls.run()

    async def _claim(self, limit: int) -> list[Coroutine[Any, Any, None]]:
        await self._give_up_interrupted()
        async with self._db.transaction() as tx:
            await outbound.release_claims(tx)
            until = tx.now + timedelta(seconds=self._parameters.claim_seconds)
            sends = await outbound.claim_due(tx, by=self._name, until=until, limit=limit)
        return [self._attempt(send) for send in sends]

    async def _attempt(self, send: Send) -> None:
        try:
            prepared = await self._preparer.prepare(send)
            outcome = await self._hand_over(send, prepared)
        except ClaimLost:
            log.warning("a claim ran out before the content went out", message_id=str(send.id))
            return
        except Unsendable as error:
            outcome = _Outcome(MessageStatus.FAILED, str(error))
        except BlobMissing:
            outcome = _Outcome(MessageStatus.FAILED, ATTACHMENT_MISSING)
        except (BlobsUnavailable, DatabaseUnavailable) as error:  # before the content, so nothing was sent
            outcome = _Outcome(MessageStatus.FAILED, UNREACHABLE, str(error), retry=True)
        await self._calls.record(lambda tx: self._settle(tx, send, outcome))

    async def _hand_over(self, send: Send, mail: Prepared) -> _Outcome:
        try:
            await self._relay.deliver(
                mail.content,
                sender=mail.envelope_sender,
                recipient=mail.recipient,
                before_content=lambda: self._mark_sending(send),
            )
        except NotAccepted as error:
            code = UNREACHABLE if error.code is None else str(error.code)
            return _Outcome(MessageStatus.FAILED, code, error.text, retry=error.retry)
        except Ambiguous as error:
            return _Outcome(MessageStatus.UNKNOWN, INTERRUPTED, error.text)
        except (UnicodeError, ValueError) as error:
            return _Outcome(MessageStatus.FAILED, BAD_ADDRESS, str(error))
        return _Outcome(MessageStatus.SENT)

    async def _mark_sending(self, send: Send) -> None:
        """Record that the content goes out now: if nothing more is heard of this process, nobody may send it again."""
        async with self._db.transaction() as tx:
            await interactions.lock(tx, send.interaction_id)
            current = await outbound.lock(tx, send.id)
            if current is None or current.state is not SendState.CLAIMED or current.attempts != send.attempts:
                raise ClaimLost(str(send.id))
            until = tx.now + timedelta(seconds=self._parameters.sending_seconds)
            reached = MessageStatus.SENDING
            await outbound.update(tx, send.id, state=SendState.SENDING, status=reached, next_attempt_at=until)
            if may_follow(current.status, reached):
                announce.status(tx, send.interaction_id, send.id, reached, mail_id=send.mail_id)

    async def _settle(self, tx: Tx, send: Send, outcome: _Outcome) -> None:
        await interactions.lock(tx, send.interaction_id)
        current = await outbound.lock(tx, send.id)
        if current is None or current.state is SendState.DONE or current.attempts != send.attempts:
            return  # a bounce was faster, or the claim ran out, and the row says more than we know
        pause = pause_after(send.attempts, self._parameters.retry_seconds) if outcome.retry else None
        if pause is not None:
            log.warning("send will be tried again", message_id=str(send.id), code=outcome.code, pause=str(pause))
            await outbound.update(
                tx,
                send.id,
                state=SendState.PENDING,
                status=current.status,
                next_attempt_at=tx.now + pause,
                error_code=outcome.code,
                error_text=outcome.text,
            )
            tx.after_commit(SENDS_METRIC.labels("retry").inc)
            return
        await self._finish(tx, current, outcome)

    async def _finish(self, tx: Tx, send: Send, outcome: _Outcome) -> None:
        await outbound.update(
            tx,
            send.id,
            state=SendState.DONE,
            status=outcome.status,
            error_code=outcome.code,
            error_text=outcome.text,
        )
        announce.status(
            tx,
            send.interaction_id,
            send.id,
            outcome.status,
            mail_id=send.mail_id,
            error_code=outcome.code,
            error_text=outcome.text,
        )
        tx.after_commit(SENDS_METRIC.labels(outcome.status).inc)

    async def _give_up_interrupted(self, *, of: str | None = None) -> None:
        async with self._db.read() as tx:
            left = await outbound.interrupted(tx, of=of)
        for interaction_id, message_id in left:
            async with self._db.transaction() as tx:
                await interactions.lock(tx, interaction_id)
                current = await outbound.lock(tx, message_id)
                if current is not None and current.state is SendState.SENDING:
                    log.warning("a send was interrupted, nobody knows its outcome", message_id=str(message_id))
                    await self._finish(tx, current, _Outcome(MessageStatus.UNKNOWN, INTERRUPTED))
