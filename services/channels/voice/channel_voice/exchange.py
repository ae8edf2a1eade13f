"""The request loop: makes the requests owed to Twilio, and reads what became of those it cannot be sure of.

A dial is never repeated blindly. It is marked before it is made; if its answer is lost (time-out, 5xx, our own death),
Twilio's list of calls to the agent is read instead: a call of that time which no other leg claims is ours. Twilio's own
request for the leg's TwiML carries our id and settles it even earlier. Everything else may be repeated without harm.
"""

from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import Any

from channel_voice.domain import call as rules
from channel_voice.domain.call import Leg, LegFailure, LegState, Phase
from channel_voice.parameters import VoiceParameters
from channel_voice.store import calls, commands
from channel_voice.store.calls import CallRecord
from channel_voice.store.commands import COMMANDS, Command, Kind
from channel_voice.switchboard import Switchboard
from channel_voice.twilio.forms import LEG_FAILURES
from channel_voice.twilio.gateway import Gateway
from chassis.db import Database, DatabaseUnavailable, Tx
from chassis.due_calls import DueCalls
from chassis.telemetry.logs import get_logger
from chassis.twilio.client import TwilioAmbiguous, TwilioFailure, TwilioRefused

log = get_logger(__name__)

_CLOCK_SKEW = timedelta(seconds=5)


class Exchange:
    """Works off the owed requests. Any number of processes may run one each."""

    def __init__(self, db: Database, gateway: Gateway, switchboard: Switchboard, parameters: VoiceParameters) -> None:
        self._db, self._gateway, self._switchboard = db, gateway, switchboard
        self._parameters = parameters
        self._work: dict[Kind, Callable[[Command], Awaitable[None]]] = {
            Kind.DIAL: self._dial,
            Kind.FIND: self._find,
            Kind.DROP_LEG: self._drop_leg,
            Kind.DROP_CALLER: self._drop_caller,
            Kind.CHECK_LEG: self._check_leg,
            Kind.CHECK_CALL: self._check_call,
        }
        self._calls = DueCalls(
            db,
            stream=COMMANDS,
            claim=self._claim,
            next_due=commands.next_due,
            at_once=parameters.command_batch,
            poll_seconds=parameters.command_poll_seconds,
            drain_seconds=parameters.command_lease_seconds,
        )

    async def run(self) -> None:
        """Work until cancelled; requests under way are then finished, because their answers would be lost."""
        await self._calls.run()

    async def _claim(self, limit: int) -> list[Coroutine[Any, Any, None]]:
        lease = timedelta(seconds=self._parameters.command_lease_seconds)
        async with self._db.transaction() as tx:
            claimed = await commands.claim(tx, lease=lease, limit=limit)
        return [self._make(command) for command in claimed]

    async def _make(self, command: Command) -> None:
        try:
            await self._work[command.kind](command)
        except TwilioFailure as failure:
            if command.attempts >= self._parameters.command_attempts:
                log.error(
                    "request to Twilio given up", kind=command.kind, call=str(command.call_id), error=str(failure)
                )
                await self._calls.record(lambda tx: commands.done(tx, command))
            else:
                await self._calls.record(lambda tx: commands.again(tx, command, after=self._pause(command)))
        except DatabaseUnavailable:
            log.warning("database away, request is made again after its lease", kind=command.kind)
        except Exception as error:  # a bug must not stop the loop; the request comes back after its lease
            log.error("request to Twilio failed", kind=command.kind, error=repr(error), exc_info=True)

    async def _dial(self, command: Command) -> None:
        if command.asked_before:
            await self._find(command)
            return
        async with self._db.transaction() as tx:
            record, leg = await self._leg(tx, command)
            if record is None or leg is None or leg.state is not LegState.REQUESTED:
                await commands.done(tx, command)
                return
            await calls.leg_dialled(tx, leg.id)
        try:
            sid = await self._gateway.dial(leg.id, leg.agent_id, record.account)
        except TwilioAmbiguous as failure:
            log.warning("dial is ambiguous, looking for the call", leg=str(leg.id), error=str(failure))
            after = timedelta(seconds=self._parameters.find_after_seconds)
            await self._calls.record(lambda tx: commands.again(tx, command, after=after, kind=Kind.FIND))
        except TwilioFailure as failure:
            await self._not_dialled(command, leg, failure)
        else:
            await self._calls.record(lambda tx: self._dialled(tx, command, leg, sid))

    async def _dialled(self, tx: Tx, command: Command, leg: Leg, sid: str) -> None:
        await self._switchboard.leg_is(tx, command.call_id, leg.id, sid)
        await commands.done(tx, command)

    async def _not_dialled(self, command: Command, leg: Leg, failure: TwilioFailure) -> None:
        """Twilio certainly did not dial: try again if that can help, else say so at once."""
        refused = isinstance(failure, TwilioRefused) and not failure.retry_later
        if not refused and command.attempts < self._parameters.dial_attempts:
            await self._calls.record(lambda tx: commands.again(tx, command, after=self._pause(command)))
            return
        log.warning("agent could not be dialled", leg=str(leg.id), agent=leg.agent_id, error=str(failure))
        reason = LegFailure.REFUSED if refused else LegFailure.UNREACHABLE

        async def fail(tx: Tx) -> None:
            await self._switchboard.apply_to(tx, command.call_id, lambda call: rules.leg_over(call, leg.id, reason))
            await commands.done(tx, command)

        await self._calls.record(fail)

    async def _find(self, command: Command) -> None:
        """Look for the call of a dial whose answer was lost. Raises TwilioFailure to be tried again."""
        async with self._db.read() as tx:
            record, leg = await self._leg(tx, command)
            dialled_at = None if leg is None else await calls.leg_dialled_at(tx, leg.id)
        if record is None or leg is None or leg.call_sid is not None or dialled_at is None:
            await self._calls.record(lambda tx: commands.done(tx, command))
            return
        listed = await self._gateway.calls_to(leg.agent_id)

        async def settle(tx: Tx) -> None:
            fresh = [seen.sid for seen in listed if seen.created_at >= dialled_at - _CLOCK_SKEW]
            taken = await calls.known_leg_sids(tx, fresh)
            ours = next((sid for sid in fresh if sid not in taken), None)
            if ours is not None:
                await self._switchboard.leg_is(tx, command.call_id, leg.id, ours)
            if ours is not None or command.attempts >= self._parameters.command_attempts:
                await commands.done(tx, command)
            else:
                await commands.again(tx, command, after=self._pause(command), kind=Kind.FIND)

        await self._calls.record(settle)

    async def _drop_leg(self, command: Command) -> None:
        async with self._db.read() as tx:
            _, leg = await self._leg(tx, command)
        # Without Twilio's id there is nothing to hang up yet; when it becomes known, the leg is dropped then.
        if leg is not None and leg.call_sid is not None:
            await self._gateway.hang_up(leg.call_sid)
        await self._calls.record(lambda tx: commands.done(tx, command))

    async def _drop_caller(self, command: Command) -> None:
        async with self._db.read() as tx:
            record = await calls.by_id(tx, command.call_id)
        running = record is not None and record.call.phase is not Phase.ENDED
        if record is not None and running:
            await self._gateway.hang_up(record.call_sid)

        async def settle(tx: Tx) -> None:
            if running:
                await self._switchboard.watch_call(tx, command.call_id, self._parameters.join_grace_seconds)
            await commands.done(tx, command)

        await self._calls.record(settle)

    async def _check_leg(self, command: Command) -> None:
        """No report of the leg came in time: ask Twilio what it is doing."""
        async with self._db.read() as tx:
            record, leg = await self._leg(tx, command)
        if record is None or leg is None or not leg.live or leg.state is LegState.JOINED:
            await self._calls.record(lambda tx: commands.done(tx, command))
            return
        status = None if leg.call_sid is None else await self._gateway.status(leg.call_sid)
        joined = leg.state is LegState.ADMITTED and status == "in-progress"
        joined = joined and await self._gateway.conference_runs(record.id)

        async def settle(tx: Tx) -> None:
            if joined:
                await self._switchboard.apply_to(tx, command.call_id, rules.bridged)
            elif status is None or status in LEG_FAILURES:
                failure = LEG_FAILURES.get(status or "", LegFailure.UNREACHABLE)
                await self._switchboard.apply_to(
                    tx, command.call_id, lambda call: rules.leg_over(call, leg.id, failure)
                )
            else:
                await self._switchboard.watch_leg(tx, leg.id, self._parameters.join_grace_seconds)
            await commands.done(tx, command)

        await self._calls.record(settle)

    async def _check_call(self, command: Command) -> None:
        """The call has run for a while: ask Twilio whether it still does, in case its end was not reported."""
        async with self._db.read() as tx:
            record = await calls.by_id(tx, command.call_id)
        if record is None or record.call.phase is Phase.ENDED:
            await self._calls.record(lambda tx: commands.done(tx, command))
            return
        status = await self._gateway.status(record.call_sid)

        async def settle(tx: Tx) -> None:
            if status is None or status in LEG_FAILURES:
                await self._switchboard.apply_to(tx, command.call_id, rules.caller_gone)
            else:
                await self._switchboard.watch_call(tx, command.call_id)
            await commands.done(tx, command)

        await self._calls.record(settle)

    async def _leg(self, tx: Tx, command: Command) -> tuple[CallRecord | None, Leg | None]:
        record = await calls.by_id(tx, command.call_id)
        if record is None or command.leg_id is None:
            return record, None
        return record, record.call.leg(command.leg_id)

    def _pause(self, command: Command) -> timedelta:
        seconds = self._parameters.retry_first_seconds * 2 ** (command.attempts - 1)
        return timedelta(seconds=min(seconds, self._parameters.retry_longest_seconds))
