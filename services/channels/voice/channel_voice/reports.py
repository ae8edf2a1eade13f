"""What Twilio reports about calls, legs and conferences, each report once and in any order."""

from uuid import UUID

from channel_voice.domain import call as rules
from channel_voice.domain.speech import Line
from channel_voice.parameters import VoiceParameters
from channel_voice.store import calls
from channel_voice.switchboard import Switchboard
from channel_voice.twilio.forms import LEG_FAILURES, CallReport, ConferenceReport
from channel_voice.twilio.twiml import Scripts
from chassis.db import Database


class Reports:
    """Takes reports in."""

    def __init__(self, db: Database, switchboard: Switchboard, scripts: Scripts, parameters: VoiceParameters) -> None:
        self._db, self._switchboard = db, switchboard
        self._scripts, self._parameters = scripts, parameters

    async def caller(self, report: CallReport) -> None:
        """The caller's call moved on. Only its end matters; a call we never heard of has nothing to end."""
        async with self._db.transaction() as tx:
            record = await calls.by_sid(tx, report.call_sid, lock=True)
            if record is not None and await calls.first_report(tx, report.key) and report.over:
                await self._switchboard.apply(tx, record, rules.caller_gone)

    async def leg(self, leg_id: UUID, report: CallReport) -> bool:
        """An agent leg moved on. False for a leg we do not know."""
        async with self._db.transaction() as tx:
            call_id = await calls.call_of_leg(tx, leg_id)
            if call_id is None:
                return False
            record = await self._switchboard.leg_is(tx, call_id, leg_id, report.call_sid)
            ours = record is not None and record.call.leg(leg_id).call_sid == report.call_sid
            if ours and await calls.first_report(tx, report.key) and report.over:
                failure = LEG_FAILURES[report.status]
                await self._switchboard.apply_to(tx, call_id, lambda call: rules.leg_over(call, leg_id, failure))
        return True

    async def picked_up(self, leg_id: UUID, call_sid: str) -> str | None:
        """An agent picked up and Twilio asks what to do. Returns the TwiML; None for a leg we do not know."""
        async with self._db.transaction() as tx:
            call_id = await calls.call_of_leg(tx, leg_id)
            if call_id is None:
                return None
            await self._switchboard.leg_is(tx, call_id, leg_id, call_sid)
            record = await self._switchboard.apply_to(tx, call_id, lambda call: rules.leg_picked_up(call, leg_id))
            leg = record.call.leg(leg_id) if record else None
            if leg is None or not leg.live or leg.call_sid != call_sid:
                return self._scripts.goodbye([Line(self._parameters.agent_language, "agent.call_over")])
            await self._switchboard.watch_leg(tx, leg_id, self._parameters.join_grace_seconds)
        return self._scripts.admit(call_id)

    async def conference(self, report: ConferenceReport) -> None:
        """A conference began, or an agent left it. The caller's own coming and going is known from elsewhere.

        It begins when both are in it, whoever came first: that is the moment of the answer, not the agent's joining.
        """
        try:
            call_id = UUID(report.name)
        except ValueError:
            return  # not one of ours
        async with self._db.transaction() as tx:
            record = await calls.by_id(tx, call_id, lock=True)
            if record is None or not await calls.first_report(tx, report.key):
                return
            if report.event == "conference-start":
                await self._switchboard.apply(tx, record, rules.bridged)
            elif report.event == "participant-leave":
                leg = next((leg for leg in record.call.legs if leg.call_sid == report.call_sid), None)
                if leg is not None:
                    await self._switchboard.apply(
                        tx, record, lambda call: rules.leg_over(call, leg.id, LEG_FAILURES["completed"])
                    )
