"""What exists in the simulated network: messages, calls, conferences, participants, phones, alerts."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

TERMINAL = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
LIVE = ("queued", "ringing", "in-progress")


def new_sid(prefix: str) -> str:
    """An identifier of Twilio's form: two letters and 32 hexadecimal digits."""
    return prefix + uuid.uuid4().hex


@dataclass(frozen=True)
class Hook:
    """A webhook: where, and how."""

    url: str
    method: str = "POST"
    fallback: str | None = None


@dataclass(frozen=True)
class Callback:
    """A subscription to progress events."""

    hook: Hook
    events: frozenset[str]


@dataclass
class Message:
    """One SMS, as Twilio's resource knows it."""

    sid: str
    to: str
    from_: str
    body: str
    direction: str
    status: str
    created: datetime
    updated: datetime
    sent: datetime | None = None
    segments: int = 1
    media: tuple[str, ...] = ()
    service_sid: str | None = None
    callback: Hook | None = None
    error_code: int | None = None
    error_message: str | None = None


@dataclass(frozen=True)
class Heard:
    """One line of a call's transcript. `kind`: say, play, pause, digits, record, status, conference or alert."""

    at: datetime
    kind: str
    text: str
    language: str | None = None


@dataclass
class Call:
    """One call leg between the account and a phone or client."""

    sid: str
    to: str
    from_: str
    direction: str
    status: str
    created: datetime
    updated: datetime
    start: datetime | None = None
    end: datetime | None = None
    parent: str | None = None
    callback: Callback | None = None
    ring_seconds: float = 60.0
    transcript: list[Heard] = field(default_factory=list)
    sequence: int = 0
    conference_sid: str | None = None
    listening: bool = False
    """A Gather or Record is waiting for keys."""

    @property
    def other_end(self) -> str:
        """The phone or client at the far end, whoever called."""
        return self.from_ if self.direction == "inbound" else self.to

    @property
    def ended(self) -> bool:
        return self.status in TERMINAL


@dataclass
class Participant:
    """A call's membership of a conference."""

    call_sid: str
    label: str | None
    muted: bool
    hold: bool
    start_on_enter: bool
    end_on_exit: bool
    coaching: bool
    coach: str | None
    created: datetime
    updated: datetime
    status: str = "connected"


@dataclass
class Conference:
    """A conference. `callback` is the first participant's: Twilio ignores those of later ones."""

    sid: str
    name: str
    status: str
    created: datetime
    updated: datetime
    callback: Callback | None = None
    participants: dict[str, Participant] = field(default_factory=dict)
    sequence: int = 0
    reason_ended: str | None = None
    ended_by_call: str | None = None


@dataclass(frozen=True)
class Alert:
    """What Twilio's debugger would show: a webhook that failed or an answer that was wrong."""

    at: datetime
    code: int
    text: str
    resource: str


@dataclass
class World:
    """Everything, by identifier, in order of creation."""

    messages: dict[str, Message] = field(default_factory=dict)
    calls: dict[str, Call] = field(default_factory=dict)
    conferences: dict[str, Conference] = field(default_factory=dict)
    alerts: list[Alert] = field(default_factory=list)
    recordings: dict[str, dict[str, Any]] = field(default_factory=dict)

    def open_conference(self, name_or_sid: str) -> Conference | None:
        """The conference of that identifier or, while it lasts, of that name."""
        if name_or_sid in self.conferences:
            return self.conferences[name_or_sid]
        running = (c for c in self.conferences.values() if c.name == name_or_sid and c.status != "completed")
        return next(running, None)
