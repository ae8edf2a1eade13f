"""Carries decisions about a call out: stores the new state, emits events, owes Twilio requests, sets timers."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from channel_voice.domain import call as rules
from channel_voice.domain.call import Call, Effect, Outcome
from channel_voice.parameters import VoiceParameters
from channel_voice.store import calls, commands
from channel_voice.store.calls import CallRecord
from channel_voice.store.commands import Kind
from chassis.db import Tx
from contracts.interactions import CallFailed, InteractionAnswered, InteractionEnded, InteractionQueued
from contracts.values import Channel

LEG_CHECK, CALL_CHECK = "voice.leg.check", "voice.call.check"


class Switchboard:
    """Applies transitions to stored calls. Every method works in the caller's transaction."""

    def __init__(self, parameters: VoiceParameters) -> None:
        self._parameters = parameters

    async def apply(self, tx: Tx, record: CallRecord, transition: Callable[[Call], Outcome]) -> CallRecord:
        """Take a call, loaded with its lock, through a transition. Returns it as stored afterwards."""
        call, effects = transition(record.call)
        after = replace(record, call=call)
        for effect in effects:
            after = self._noted(after, effect, tx)
        await calls.save(tx, record, after)
        for effect in effects:
            await self._carry_out(tx, after, effect)
        return after

    async def apply_to(self, tx: Tx, call_id: UUID, transition: Callable[[Call], Outcome]) -> CallRecord | None:
        """As `apply`, on the call of this interaction; None if there is none."""
        record = await calls.by_id(tx, call_id, lock=True)
        return None if record is None else await self.apply(tx, record, transition)

    async def leg_is(self, tx: Tx, call_id: UUID, leg_id: UUID, call_sid: str) -> CallRecord | None:
        """Twilio named a leg's call."""
        return await self.apply_to(tx, call_id, lambda call: rules.leg_known(call, leg_id, call_sid))

    async def watch_leg(self, tx: Tx, leg_id: UUID, seconds: float) -> None:
        """Look at the leg after `seconds`, should no report of it come."""
        await tx.schedule(LEG_CHECK, str(leg_id), tx.now + timedelta(seconds=seconds))

    async def watch_call(self, tx: Tx, call_id: UUID, seconds: float | None = None) -> None:
        """Look at the call after a while (or `seconds`), should its end go unreported."""
        after = timedelta(seconds=seconds or self._parameters.call_check_seconds)
        await tx.schedule(CALL_CHECK, str(call_id), tx.now + after)

    def _noted(self, record: CallRecord, effect: Effect, tx: Tx) -> CallRecord:
        match effect:
            case rules.Queued():
                return replace(record, queued_at=tx.now)
            case rules.Answered():
                return replace(record, answered_at=record.answered_at or tx.now)
            case rules.Ended(by, reason):
                return replace(record, ended_at=tx.now, ended_by=by, end_reason=reason)
        return record

    async def _carry_out(self, tx: Tx, record: CallRecord, effect: Effect) -> None:
        call_id, voice = record.id, Channel.VOICE
        match effect:
            case rules.Queued():
                tx.emit(
                    InteractionQueued(
                        interaction_id=call_id,
                        channel=voice,
                        waybill_no=record.dialogue.waybill_no,
                        language=record.dialogue.language,
                        occurred_at=tx.now,
                    )
                )
            case rules.DialLeg(leg):
                await commands.owe(tx, Kind.DIAL, call_id, leg.id)
                ringing = self._parameters.agent_ring_seconds + self._parameters.leg_grace_seconds
                await self.watch_leg(tx, leg.id, ringing)
            case rules.DropLeg(leg):
                await tx.cancel_timer(LEG_CHECK, str(leg.id))
                await commands.owe(tx, Kind.DROP_LEG, call_id, leg.id)
            case rules.DropCaller():
                await commands.owe(tx, Kind.DROP_CALLER, call_id)
            case rules.Answered(leg):
                await tx.cancel_timer(LEG_CHECK, str(leg.id))
                tx.emit(
                    InteractionAnswered(
                        interaction_id=call_id, channel=voice, agent_id=leg.agent_id, occurred_at=tx.now
                    )
                )
            case rules.LegFailed(leg, reason):
                await tx.cancel_timer(LEG_CHECK, str(leg.id))
                tx.emit(
                    CallFailed(
                        interaction_id=call_id,
                        call_request_id=leg.call_request_id,
                        agent_id=leg.agent_id,
                        work_item_id=leg.work_item_id,
                        reason=reason,
                        occurred_at=tx.now,
                    )
                )
            case rules.Ended(by, reason):
                await tx.cancel_timer(CALL_CHECK, str(call_id))
                tx.emit(
                    InteractionEnded(
                        interaction_id=call_id, channel=voice, ended_by=by, reason=reason, occurred_at=tx.now
                    )
                )
