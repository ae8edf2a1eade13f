"""Conferences: who is in which, when they begin and end, and the callbacks about it."""

from collections.abc import Callable

from chassis.clock import Clock
from posthouse.simulators.twilio.delivery import Webhooks
from posthouse.simulators.twilio.events import Events
from posthouse.simulators.twilio.fields import conference_fields, participant_fields
from posthouse.simulators.twilio.line import ConferenceBegan, Interruption, LeftConference
from posthouse.simulators.twilio.settings import SimulatorSettings
from posthouse.simulators.twilio.state import Call, Callback, Conference, Hook, Participant, World, new_sid
from posthouse.simulators.twilio.twiml import DialConference

_SUBSCRIPTION = {
    "conference-start": "start",
    "conference-end": "end",
    "participant-join": "join",
    "participant-leave": "leave",
    "participant-mute": "mute",
    "participant-unmute": "mute",
    "participant-hold": "hold",
    "participant-unhold": "hold",
    "participant-modify": "modify",
}


class Bridge:
    """All conferences of the account."""

    def __init__(
        self,
        settings: SimulatorSettings,
        world: World,
        clock: Clock,
        webhooks: Webhooks,
        events: Events,
        interrupt: Callable[[str, Interruption], None],
    ) -> None:
        self._settings, self._world, self._clock = settings, world, clock
        self._webhooks, self._events, self._interrupt = webhooks, events, interrupt

    def join(self, call: Call, verb: DialConference) -> Conference:
        """Put a call into the conference its TwiML names, creating it if nobody is there yet.

        The conference starts once two are in it and one of them came with `startConferenceOnEnter`.
        """
        now = self._clock.now()
        conference = self._world.open_conference(verb.name)
        if conference is None:
            conference = Conference(new_sid("CF"), verb.name, "init", now, now)
            self._world.conferences[conference.sid] = conference
            if verb.status_callback:
                hook = Hook(verb.status_callback, verb.status_callback_method)
                conference.callback = Callback(hook, verb.status_events)
        participant = Participant(
            call.sid, verb.label, verb.muted, False, verb.start_on_enter, verb.end_on_exit, False, None, now, now
        )
        conference.participants[call.sid] = participant
        call.conference_sid = conference.sid
        self._tell(conference, "participant-join", participant)
        present = self.present(conference)
        if conference.status == "init" and len(present) > 1 and any(p.start_on_enter for p in present):
            conference.status = "in-progress"
            self._tell(conference, "conference-start")
            for waiting in present:
                self._interrupt(waiting.call_sid, ConferenceBegan())
        return conference

    def leave(self, call: Call, *, kicked: bool = False) -> None:
        """Take a call out of its conference; the conference ends with its last or its deciding participant."""
        conference = self._world.conferences.get(call.conference_sid or "")
        participant = conference.participants.get(call.sid) if conference else None
        call.conference_sid = None
        if conference is None or participant is None or participant.status != "connected":
            return
        participant.status, participant.updated = "complete", self._clock.now()
        self._tell(conference, "participant-leave", participant)
        manner = "kicked" if kicked else "left"
        if conference.status == "in-progress" and participant.end_on_exit:
            self.end(conference, f"participant-with-end-conference-on-exit-{manner}", call.sid)
        elif not self.present(conference):
            self.end(conference, f"last-participant-{manner}", call.sid)

    def end(self, conference: Conference, reason: str, by_call: str | None = None) -> None:
        """End a conference: everybody still there goes on with the verb after Dial."""
        if conference.status == "completed":
            return
        conference.status, conference.updated = "completed", self._clock.now()
        conference.reason_ended, conference.ended_by_call = reason, by_call
        for participant in self.present(conference):
            participant.status, participant.updated = "complete", self._clock.now()
            self._tell(conference, "participant-leave", participant)
            self._world.calls[participant.call_sid].conference_sid = None
            self._interrupt(participant.call_sid, LeftConference())
        self._tell(conference, "conference-end")

    def remove(self, call: Call) -> None:
        """Kick a participant (REST); its call goes on with the verb after Dial."""
        self.leave(call, kicked=True)
        self._interrupt(call.sid, LeftConference())

    def modify(self, conference: Conference, participant: Participant, change: dict[str, bool]) -> None:
        """Mute, hold or change the exit rule of a participant, and tell the subscribers."""
        participant.updated = self._clock.now()
        for name, value in change.items():
            if getattr(participant, name) == value:
                continue
            setattr(participant, name, value)
            event = {"muted": "mute" if value else "unmute", "hold": "hold" if value else "unhold"}.get(name, "modify")
            self._tell(conference, f"participant-{event}", participant)

    def present(self, conference: Conference) -> list[Participant]:
        """Who is in the conference now."""
        return [participant for participant in conference.participants.values() if participant.status == "connected"]

    def _tell(self, conference: Conference, event: str, participant: Participant | None = None) -> None:
        now = self._clock.now()
        conference.updated = now
        fields = conference_fields(self._settings.account_sid, conference, event, now)
        if participant is not None:
            fields |= participant_fields(participant)
            call = self._world.calls[participant.call_sid]
            self._events.publish("call.conference", {"party": call.other_end, "call_sid": call.sid, "event": event})
        if conference.callback and _SUBSCRIPTION[event] in conference.callback.events:
            self._webhooks.notify(conference.sid, conference.callback.hook, fields)
