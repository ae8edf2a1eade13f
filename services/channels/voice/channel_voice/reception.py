"""A call from its arrival through the keypad menu to a person: each request of Twilio gets its TwiML, once.

A request is answered by the transaction that stores its effect; the answer is stored with it and given again to
repetitions of the request. No transaction is open while the tracking gateway is asked.
"""

from dataclasses import replace
from uuid import UUID

from channel_voice.domain import call as rules
from channel_voice.domain import dialogue as menu
from channel_voice.domain import parcel
from channel_voice.domain.call import Call, Closing, Phase
from channel_voice.domain.dialogue import Ask, Dialogue, Goodbye, LookUp, Step, ToPerson
from channel_voice.domain.speech import Line
from channel_voice.parameters import VoiceParameters
from channel_voice.store import calls
from channel_voice.store.calls import CallRecord
from channel_voice.switchboard import Switchboard
from channel_voice.tracking import Away, Found, NotFound, Result, Several, Tracking
from channel_voice.twilio.twiml import Scripts
from chassis.db import Database, Tx
from chassis.ids import derived_id
from contracts.interactions import ContactPersonal, InteractionSelfServed, InteractionStarted
from contracts.values import Channel, ContactKind, EndedBy, WaybillNo

SERVICE = "tracking"


def interaction_of(call_sid: str) -> UUID:
    """The interaction a caller's call is; the same for every delivery of its webhook."""
    return derived_id("twilio", call_sid)


class Reception:
    """Answers callers."""

    def __init__(
        self,
        db: Database,
        switchboard: Switchboard,
        scripts: Scripts,
        tracking: Tracking,
        parameters: VoiceParameters,
    ) -> None:
        self._db, self._switchboard, self._scripts = db, switchboard, scripts
        self._tracking, self._parameters = tracking, parameters

    async def arrive(self, call_sid: str, caller: str, account: str, fields: dict[str, str]) -> str:
        """A call came in. Returns the TwiML that greets it."""
        disclosed = caller.strip().lower() not in self._parameters.withheld
        language = self._parameters.language(account, caller)
        dialogue, ask = menu.greet(language)
        async with self._db.transaction() as tx:
            record = CallRecord(
                call=Call(interaction_of(call_sid)),
                call_sid=call_sid,
                account=account,
                caller=caller if disclosed else "",
                dialogue=dialogue,
                turn=1,
                started_at=tx.now,
            )
            if not await calls.add(tx, record, fields):
                return await calls.answer_of(tx, record.id, 0) or self._over(dialogue)
            twiml = self._scripts.ask(ask, turn=1)
            await calls.keep_answer(tx, record.id, 0, twiml)
            await self._switchboard.watch_call(tx, record.id)
            tx.emit(
                InteractionStarted(
                    interaction_id=record.id,
                    channel=Channel.VOICE,
                    direction="inbound",
                    account=account,
                    contact_kind=ContactKind.PHONE,
                    language=language,
                    occurred_at=tx.now,
                    # Undisclosed numbers must not make strangers one customer: each such call is somebody of its own.
                    personal=ContactPersonal(address=caller if disclosed else f"withheld:{call_sid}"),
                )
            )
        return twiml

    async def press(self, call_sid: str, turn: int, keys: str) -> str | None:
        """The caller answered turn `turn` of the menu. Returns the TwiML that follows; None for an unknown call."""
        async with self._db.read() as tx:
            record = await calls.by_sid(tx, call_sid)
        if record is None:
            return None
        step, found = menu.hear(record.dialogue, keys, self._parameters.menu()), None
        if isinstance(step[1], LookUp) and record.turn == turn:
            found = await self._tracking.look_up(step[1].digits, record.caller)
            step = self._told(step[0], found)
        async with self._db.transaction() as tx:
            current = await calls.by_sid(tx, call_sid, lock=True)
            if current is None or current.turn != turn or current.call.phase is not Phase.SELF_SERVICE:
                return await calls.answer_of(tx, record.id, turn) or self._over(record.dialogue)
            if found is not None:
                self._self_served(tx, current, step[0], found)
            return await self._step(tx, current, step)

    async def wait(self, call_sid: str) -> str | None:
        """The next piece of waiting; None for an unknown call."""
        async with self._db.read() as tx:
            record = await calls.by_sid(tx, call_sid)
            if record is None:
                return None
            if record.call.phase is not Phase.WAITING or record.queued_at is None:
                return self._scripts.silence()
            waited = (tx.now - record.queued_at).total_seconds()
        return self._scripts.wait(record.dialogue.language, first=waited < self._parameters.wait_music_seconds)

    async def released(self, call_sid: str, *, on_the_line: bool) -> str | None:
        """The conference is over for the caller, or the call itself is. Returns the last words; None if unknown."""
        async with self._db.transaction() as tx:
            record = await calls.by_sid(tx, call_sid, lock=True)
            if record is None:
                return None
            talked = record.call.phase is Phase.TALKING or record.answered_at is not None
            after = await self._switchboard.apply(
                tx, record, rules.caller_released if on_the_line else rules.caller_gone
            )
            talked = talked or after.answered_at is not None
        key = "agent_left" if talked else "no_agent"
        return self._scripts.goodbye([Line(record.dialogue.language, key)])

    def apology(self) -> str:
        """What a caller hears when we failed, in every language: we do not know which one."""
        return self._scripts.goodbye([Line(language, "technical_problem") for language in menu.OTHER_LANGUAGE])

    def _told(self, dialogue: Dialogue, found: Result) -> Step:
        language = dialogue.language
        match found:
            case Found(snapshot, bare):
                lines = parcel.tell(snapshot, language, self._parameters.zone(), name_number=not bare)
                return menu.answered(dialogue, lines, snapshot.waybill_no)
            case NotFound():
                return menu.answered(dialogue, parcel.not_found(language), dialogue.digits or "")
            case Several():
                return menu.ambiguous(dialogue)
            case Away():
                return menu.answered(dialogue, parcel.unavailable(language), dialogue.digits or "")

    def _self_served(self, tx: Tx, record: CallRecord, dialogue: Dialogue, found: Result) -> None:
        """Tell that the caller was answered, if the gateway did answer."""
        if not isinstance(found, Found | NotFound):
            return
        waybill_no: WaybillNo | None = dialogue.waybill_no
        tx.emit(
            InteractionSelfServed(
                interaction_id=record.id,
                channel=Channel.VOICE,
                service=SERVICE,
                waybill_no=waybill_no,
                found=isinstance(found, Found),
                answer=self._scripts.spoken(dialogue.answer),
                occurred_at=tx.now,
            )
        )

    async def _step(self, tx: Tx, record: CallRecord, step: Step) -> str:
        dialogue, action = step
        turn = record.turn
        record = await self._turned(tx, record, dialogue)
        match action:
            case Ask():
                twiml = self._scripts.ask(action, turn + 1)
            case ToPerson(lines):
                await self._switchboard.apply(tx, record, rules.ask_person)
                twiml = self._scripts.queue(lines, record.id)
            case Goodbye(lines, reason):
                closing = Closing(EndedBy.SYSTEM, reason)
                await self._switchboard.apply(tx, record, lambda call: rules.farewell(call, closing))
                twiml = self._scripts.goodbye(lines)
            case LookUp():
                raise AssertionError("a lookup was answered before the step is taken")
        await calls.keep_answer(tx, record.id, turn, twiml)
        return twiml

    async def _turned(self, tx: Tx, record: CallRecord, dialogue: Dialogue) -> CallRecord:
        after = replace(record, dialogue=dialogue, turn=record.turn + 1)
        await calls.save(tx, record, after)
        return after

    def _over(self, dialogue: Dialogue) -> str:
        """For a request that fits nothing any more."""
        return self._scripts.goodbye([Line(dialogue.language, "goodbye")])
