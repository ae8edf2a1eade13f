"""Runs TwiML on one call: what is said, which keys are awaited, and where the call goes next."""

from collections.abc import Callable
from urllib.parse import urljoin

from chassis.clock import Clock
from posthouse.simulators.twilio.conferences import Bridge
from posthouse.simulators.twilio.delivery import WebhookFailed, Webhooks
from posthouse.simulators.twilio.fields import call_fields
from posthouse.simulators.twilio.line import TICK, CallOver, GoElsewhere, Interruption, Key, Line, Redirected
from posthouse.simulators.twilio.settings import SimulatorSettings
from posthouse.simulators.twilio.state import Call, Conference, Hook, new_sid
from posthouse.simulators.twilio.twiml import (
    DialConference,
    Gather,
    Hangup,
    Pause,
    Play,
    Prompt,
    Record,
    Redirect,
    Reject,
    Say,
    TwimlError,
    Verb,
    parse,
    verbs_of,
)

APOLOGY = "We are sorry, an application error has occurred. Goodbye."
FIRST_CJK = "\u2e80"
EMPTY_WAIT_SECONDS = 1.0


class Interpreter:
    """One call's run. `note` writes its transcript; `answered` is told when a verb picks an inbound call up."""

    def __init__(
        self,
        settings: SimulatorSettings,
        clock: Clock,
        webhooks: Webhooks,
        bridge: Bridge,
        call: Call,
        line: Line,
        note: Callable[[Call, str, str, str | None], None],
        answered: Callable[[Call], None],
    ) -> None:
        self._settings, self._clock, self._webhooks, self._bridge = settings, clock, webhooks, bridge
        self._call, self._line, self._note, self._answered = call, line, note, answered
        self._document = Hook("")

    async def run(self, start: Redirected) -> str:
        """Run from this document to the end; returns the status the call ends with. Raises CallOver on hang-up."""
        target: Redirected | None = start
        while target is not None:
            try:
                target = await self._run_document(target)
            except GoElsewhere as elsewhere:
                target = elsewhere.target
            except (WebhookFailed, TwimlError) as failure:
                if isinstance(failure, TwimlError):
                    self._webhooks.alert(failure.code, str(failure), self._call.sid)
                self._pick_up()
                await self._prompt(Say(APOLOGY, "en-US"), keys=False)
                break
        return "completed"

    async def _run_document(self, target: Redirected) -> Redirected | None:
        if target.hook is None:
            verbs = parse(target.twiml or "")
        else:
            hook = Hook(urljoin(self._document.url, target.hook.url), target.hook.method, target.hook.fallback)
            fields = call_fields(self._settings.account_sid, self._call) | dict(target.fields)
            answer = await self._line.during(self._webhooks.fetch(hook, fields, self._call.sid))
            self._document = hook
            verbs = verbs_of(answer)
        for verb in verbs:
            following = await self._run_verb(verb)
            if following is not None:
                return following
        return None

    async def _run_verb(self, verb: Verb) -> Redirected | None:
        if isinstance(verb, Reject) and self._call.status == "ringing":
            raise CallOver("busy" if verb.reason == "busy" else "no-answer")
        self._pick_up()
        match verb:
            case Say() | Play() | Pause():
                await self._prompt(verb, keys=False)
            case Gather():
                return await self._gather(verb)
            case Redirect():
                return self._to(verb.url, verb.method)
            case Record():
                return await self._record(verb)
            case DialConference():
                return await self._dial(verb)
            case Hangup() | Reject():
                raise CallOver("completed")
        return None

    def _pick_up(self) -> None:
        if self._call.status == "ringing":
            self._answered(self._call)

    async def _prompt(self, prompt: Prompt, *, keys: bool) -> Interruption | None:
        """Say, play or pause. Returns what interrupted it: a key, if `keys` count, or a conference event."""
        match prompt:
            case Say():
                self._note(self._call, "say", prompt.text, prompt.language)
                seconds = self._speaking_seconds(prompt.text) * max(prompt.loop, 1)
            case Play():
                self._note(self._call, "play", prompt.url, None)
                seconds = self._settings.pace.play * max(prompt.loop, 1)
            case Pause():
                seconds = prompt.length
        end = self._clock.monotonic() + seconds
        while (remaining := end - self._clock.monotonic()) > TICK:
            interruption = await self._line.wait(remaining)
            if interruption is not None and (keys or not isinstance(interruption, Key)):
                return interruption
        return None

    def _speaking_seconds(self, text: str) -> float:
        pace = self._settings.pace
        return sum(pace.per_cjk_character if character >= FIRST_CJK else pace.per_character for character in text)

    async def _gather(self, verb: Gather) -> Redirected | None:
        self._line.forget_keys()
        self._call.listening = True
        try:
            keys, finished_by = await self._collect(verb)
        finally:
            self._call.listening = False
        if not keys and not verb.action_on_empty:
            return None
        if keys:
            self._note(self._call, "digits", keys, None)
        fields = (("Digits", keys), ("FinishedOnKey", finished_by), ("msg", "Gather End"))
        return self._to(verb.action, verb.method, fields)

    async def _collect(self, verb: Gather) -> tuple[str, str]:
        key: str | None = None
        for prompt in verb.prompts:
            interruption = await self._prompt(prompt, keys=True)
            if isinstance(interruption, Key):
                key = interruption.digit
                break
        keys = ""
        while True:
            key = key or await self._next_key(verb.timeout)
            if key is None:
                return keys, ""
            if key in verb.finish_on_key:
                return keys, key
            keys += key
            if len(keys) == verb.num_digits:
                return keys, ""
            key = None

    async def _next_key(self, timeout: float) -> str | None:
        end = self._clock.monotonic() + timeout
        while (remaining := end - self._clock.monotonic()) > TICK:
            interruption = await self._line.wait(remaining)
            if isinstance(interruption, Key):
                return interruption.digit
        return None

    async def _record(self, verb: Record) -> Redirected:
        self._line.forget_keys()
        began = self._clock.monotonic()
        recording = new_sid("RE")
        self._note(self._call, "record", recording, None)
        digits = ""
        self._call.listening = True
        try:
            while (remaining := began + verb.max_length - self._clock.monotonic()) > TICK:
                interruption = await self._line.wait(min(remaining, verb.timeout))
                if interruption is None:
                    break
                if isinstance(interruption, Key) and interruption.digit in verb.finish_on_key:
                    digits = interruption.digit
                    break
        except CallOver:
            self._announce_recording(verb, recording, began, "hangup", "completed")
            raise
        finally:
            self._call.listening = False
        return self._to(verb.action, verb.method, self._recording_fields(recording, began, digits))

    def _announce_recording(self, verb: Record, recording: str, began: float, digits: str, status: str) -> None:
        if verb.action:
            fields = call_fields(self._settings.account_sid, self._call, status)
            fields |= dict(self._recording_fields(recording, began, digits))
            self._webhooks.notify(self._call.sid, Hook(urljoin(self._document.url, verb.action), verb.method), fields)

    def _recording_fields(self, recording: str, began: float, digits: str) -> tuple[tuple[str, str], ...]:
        account = self._settings.account_sid
        return (
            ("RecordingSid", recording),
            ("RecordingUrl", f"https://api.twilio.com/2010-04-01/Accounts/{account}/Recordings/{recording}"),
            ("RecordingDuration", str(int(self._clock.monotonic() - began))),
            ("Digits", digits),
        )

    async def _dial(self, verb: DialConference) -> Redirected | None:
        began = self._clock.monotonic()
        conference = self._bridge.join(self._call, verb)
        self._note(self._call, "conference", "joined", None)
        try:
            await self._stay(conference, verb)
        except CallOver:
            self._bridge.leave(self._call)
            if verb.action:
                fields = call_fields(self._settings.account_sid, self._call, "completed") | self._dialled(began)
                hook = Hook(urljoin(self._document.url, verb.action), verb.method)
                self._webhooks.notify(self._call.sid, hook, fields)
            raise
        except GoElsewhere:
            self._bridge.leave(self._call)
            raise
        self._note(self._call, "conference", "left", None)
        if not verb.action:
            return None
        return self._to(verb.action, verb.method, tuple(self._dialled(began).items()))

    def _dialled(self, began: float) -> dict[str, str]:
        seconds = str(int(self._clock.monotonic() - began))
        return {"DialCallStatus": "answered", "DialCallDuration": seconds, "DialBridged": "true"}

    async def _stay(self, conference: Conference, verb: DialConference) -> None:
        """Be in the conference until it ends for this call; while it has not begun, hear the wait document again."""
        while self._call.conference_sid == conference.sid:
            if conference.status == "init" and verb.wait_url:
                await self._hear_wait_document(conference, verb)
            else:
                await self._line.wait(None)

    async def _hear_wait_document(self, conference: Conference, verb: DialConference) -> None:
        hook = Hook(urljoin(self._document.url, verb.wait_url or ""), verb.wait_method)
        fields = call_fields(self._settings.account_sid, self._call)
        fields |= {"ConferenceSid": conference.sid, "FriendlyName": conference.name}
        began = self._clock.monotonic()
        try:
            verbs = verbs_of(await self._line.during(self._webhooks.fetch(hook, fields, self._call.sid)))
            for prompt in verbs:
                if not isinstance(prompt, Say | Play | Pause):
                    raise TwimlError(12200, f"{type(prompt).__name__} is not allowed in a conference waitUrl")
                if conference.status != "init" or self._call.conference_sid != conference.sid:
                    return
                await self._prompt(prompt, keys=False)
        except (WebhookFailed, TwimlError) as failure:
            self._webhooks.alert(getattr(failure, "code", 11200), str(failure), self._call.sid)
        if self._clock.monotonic() - began < EMPTY_WAIT_SECONDS and conference.status == "init":
            await self._line.wait(EMPTY_WAIT_SECONDS)

    def _to(self, url: str | None, method: str, fields: tuple[tuple[str, str], ...] = ()) -> Redirected:
        return Redirected(hook=Hook(url or self._document.url, method), fields=fields)
