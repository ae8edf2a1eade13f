"""The exchange: places calls, carries them through their statuses, and runs their TwiML, each call a task."""

import asyncio

from chassis.clock import Clock
from posthouse.simulators.twilio.conferences import Bridge
from posthouse.simulators.twilio.delivery import Webhooks
from posthouse.simulators.twilio.events import Events
from posthouse.simulators.twilio.fields import progress_fields, rfc2822
from posthouse.simulators.twilio.interpreter import Interpreter
from posthouse.simulators.twilio.line import (
    TICK,
    CallOver,
    GoElsewhere,
    HungUp,
    Interruption,
    Key,
    Line,
    PickedUp,
    Redirected,
)
from posthouse.simulators.twilio.settings import SimulatorSettings
from posthouse.simulators.twilio.state import Call, Callback, Heard, Hook, World, new_sid

_EVENT_OF = {"initiated": "initiated", "ringing": "ringing", "in-progress": "answered"}


class Exchange:
    """All calls of the account."""

    def __init__(
        self, settings: SimulatorSettings, world: World, clock: Clock, webhooks: Webhooks, events: Events
    ) -> None:
        self._settings, self._world, self._clock, self._webhooks, self._events = (
            settings,
            world,
            clock,
            webhooks,
            events,
        )
        self.bridge = Bridge(settings, world, clock, webhooks, events, self.interrupt)
        self._lines: dict[str, Line] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self.answer_after: dict[str, float | None] = {}

    def place_inbound(self, from_: str, to: str) -> Call:
        """A phone dials one of the account's numbers. Raises KeyError for a number that takes no calls."""
        number = self._settings.number(to)
        if number is None or number.voice_url is None:
            raise KeyError(to)
        call = self._new_call(to, from_, "inbound", "ringing")
        if number.status_callback:
            call.callback = Callback(Hook(number.status_callback), frozenset({"completed"}))
        start = Redirected(hook=Hook(number.voice_url, fallback=number.voice_fallback_url))
        self._start(call, start)
        return call

    def place_outbound(
        self, to: str, from_: str, start: Redirected, callback: Callback | None, ring_seconds: float
    ) -> Call:
        """The account dials a phone or a client; `start` runs once it is answered."""
        call = self._new_call(to, from_, "outbound-api", "queued")
        call.callback, call.ring_seconds = callback, ring_seconds
        self._start(call, start)
        return call

    def interrupt(self, sid: str, interruption: Interruption) -> None:
        """Something happened on a call's line; calls that are over do not hear it."""
        if sid in self._lines:
            self._lines[sid].interrupt(interruption)

    def press(self, call: Call, digits: str) -> bool:
        """The far end presses keys. Returns whether anything was listening; otherwise they are lost."""
        listening = call.listening
        for digit in digits:
            self.interrupt(call.sid, Key(digit))
        return listening

    def hang_up(self, call: Call) -> None:
        """Either end hangs up, or declines while it rings."""
        if call.status == "in-progress":
            self.interrupt(call.sid, HungUp("completed"))
        else:
            self.interrupt(call.sid, HungUp("canceled" if call.direction == "inbound" else "busy"))

    def cancel(self, call: Call) -> None:
        """The account gives up a call that is not answered yet, or ends one that is."""
        self.interrupt(call.sid, HungUp("completed" if call.status == "in-progress" else "canceled"))

    async def close(self) -> None:
        """Drop every call without further callbacks."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _new_call(self, to: str, from_: str, direction: str, status: str) -> Call:
        now = self._clock.now()
        call = Call(new_sid("CA"), to, from_, direction, status, now, now)
        self._world.calls[call.sid] = call
        self._lines[call.sid] = Line(self._clock)
        return call

    def _start(self, call: Call, start: Redirected) -> None:
        self._publish_status(call)
        task = asyncio.create_task(self._carry(call, start))
        self._tasks[call.sid] = task
        task.add_done_callback(lambda _: self._tasks.pop(call.sid, None))

    async def _carry(self, call: Call, start: Redirected) -> None:
        line = self._lines[call.sid]
        runner = Interpreter(
            self._settings, self._clock, self._webhooks, self.bridge, call, line, self._note, self._pick_up
        )
        try:
            if call.direction != "inbound":
                start = await self._ring(call, line, start)
            final = await runner.run(start)
        except CallOver as over:
            final = over.status
        self.bridge.leave(call)
        del self._lines[call.sid]
        call.end = self._clock.now()
        self._set_status(call, final)

    async def _ring(self, call: Call, line: Line, start: Redirected) -> Redirected:
        """Ring the far end until it answers. Raises CallOver when it does not. Returns what to run then."""
        self._progress(call, "initiated")
        start = await self._pass(call, line, self._settings.pace.call_setup, start)
        self._set_status(call, "ringing")
        delay = self.answer_after.get(call.to, self._settings.pace.answer_after)
        end = self._clock.monotonic() + call.ring_seconds
        pick_up_at = end + 1 if delay is None else self._clock.monotonic() + delay
        while (remaining := min(end, pick_up_at) - self._clock.monotonic()) > TICK:
            try:
                if isinstance(await line.wait(remaining), PickedUp):
                    break
            except GoElsewhere as elsewhere:
                start = elsewhere.target
        else:
            if end < pick_up_at:
                raise CallOver("no-answer")
        self._pick_up(call)
        return start

    async def _pass(self, call: Call, line: Line, seconds: float, start: Redirected) -> Redirected:
        end = self._clock.monotonic() + seconds
        while (remaining := end - self._clock.monotonic()) > TICK:
            try:
                await line.wait(remaining)
            except GoElsewhere as elsewhere:
                start = elsewhere.target
        return start

    def _pick_up(self, call: Call) -> None:
        call.start = self._clock.now()
        self._set_status(call, "in-progress")

    def _set_status(self, call: Call, status: str) -> None:
        call.status = status
        call.updated = self._clock.now()
        self._note(call, "status", status, None)
        self._publish_status(call)
        self._progress(call, status)

    def _progress(self, call: Call, status: str) -> None:
        fields = progress_fields(self._settings.account_sid, call, status, self._clock.now())
        event = _EVENT_OF.get(status, "completed")
        if call.callback and event in call.callback.events:
            self._webhooks.notify(call.sid, call.callback.hook, fields)

    def _note(self, call: Call, kind: str, text: str, language: str | None) -> None:
        heard = Heard(self._clock.now(), kind, text, language)
        call.transcript.append(heard)
        data = {"party": call.other_end, "call_sid": call.sid, "kind": kind, "text": text, "language": language}
        self._events.publish("call.heard", {**data, "at": rfc2822(heard.at)})

    def _publish_status(self, call: Call) -> None:
        data = {"party": call.other_end, "call_sid": call.sid, "status": call.status, "direction": call.direction}
        self._events.publish("call.status", {**data, "from": call.from_, "to": call.to})
