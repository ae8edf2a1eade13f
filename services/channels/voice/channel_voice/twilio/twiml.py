"""What Twilio is told to do on a call, as TwiML."""

# mypy: allow-untyped-calls
# (twilio ships no types)

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from channel_voice.domain.dialogue import Ask
from channel_voice.domain.speech import Line
from channel_voice.parameters import VoiceParameters
from channel_voice.twilio.urls import Urls
from chassis.i18n import Catalogue
from contracts.values import Language

CALLER, AGENT = "caller", "agent"
CONFERENCE_EVENTS = "start end leave"


@dataclass(frozen=True)
class Scripts:
    """Writes TwiML: texts from the catalogue, voices and times from the parameters, addresses from the settings."""

    texts: Catalogue
    parameters: VoiceParameters
    urls: Urls

    def ask(self, ask: Ask, turn: int) -> str:
        """Say, and wait for keys; they answer turn `turn`. Keys may come while the text is still spoken."""
        response = VoiceResponse()
        timeout = self.parameters.digits_timeout_seconds if ask.many else self.parameters.key_timeout_seconds
        how = {"finish_on_key": "#"} if ask.many else {"num_digits": 1, "finish_on_key": ""}
        gather = Gather(
            input="dtmf",
            action=self.urls.keys(turn),
            method="POST",
            timeout=timeout,
            action_on_empty_result=True,  # silence is an answer too; without this the call would simply go on
            **how,
        )
        self._say(gather, ask.lines)
        response.append(gather)
        return str(response)

    def queue(self, lines: Sequence[Line], conference: UUID) -> str:
        """Say, and put the caller into the conference, to wait until an agent comes.

        The caller's leaving ends it. Only the first participant's callbacks count for a conference; that may be the
        agent, who can be faster than the text before.
        """
        response = VoiceResponse()
        self._say(response, lines)
        dial = Dial(action=self.urls.released(), method="POST")
        dial.conference(
            str(conference),
            participant_label=CALLER,
            start_conference_on_enter=False,
            end_conference_on_exit=True,
            beep="false",
            max_participants=10,
            wait_url=self.urls.wait(),
            wait_method="POST",
            **self._reports(),
        )
        response.append(dial)
        return str(response)

    def wait(self, language: Language, *, first: bool) -> str:
        """One piece of waiting: music, then a text that says nothing about the place in the queue."""
        response = VoiceResponse()
        response.play(self.urls.music())
        self._say(response, [Line(language, "waiting" if first else "still_waiting")])
        return str(response)

    def admit(self, conference: UUID) -> str:
        """Let an agent into the conference, which begins with this and ends when the agent leaves."""
        response = VoiceResponse()
        dial = Dial()
        dial.conference(
            str(conference),
            participant_label=AGENT,
            start_conference_on_enter=True,
            end_conference_on_exit=True,
            beep="false",
            wait_url="",
            **self._reports(),
        )
        response.append(dial)
        return str(response)

    def goodbye(self, lines: Sequence[Line]) -> str:
        """Say, and hang up."""
        response = VoiceResponse()
        self._say(response, lines)
        response.hangup()
        return str(response)

    def silence(self) -> str:
        """Nothing for a moment (a conference's wait document may not hang up)."""
        response = VoiceResponse()
        response.pause(length=2)
        return str(response)

    def spoken(self, lines: Sequence[Line]) -> str:
        """The lines as one text, as they are heard."""
        return " ".join(self._text(line) for line in lines)

    def _reports(self) -> dict[str, str]:
        return {
            "status_callback": self.urls.conference(),
            "status_callback_event": CONFERENCE_EVENTS,
            "status_callback_method": "POST",
        }

    def _say(self, verb: VoiceResponse | Gather, lines: Sequence[Line]) -> None:
        for line in lines:
            voice = self.parameters.voice(line.language)
            verb.say(self._text(line), voice=voice.name, language=voice.language)

    def _text(self, line: Line) -> str:
        return self.texts.text(line.language, line.key, **line.values)
