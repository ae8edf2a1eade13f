"""Twilio's voice webhooks as plain data."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from channel_voice.domain.call import LegFailure
from chassis.twilio.webhooks import malformed

_SID = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}")
_KEYS = re.compile(r"[0-9*#]{0,64}")
_LONGEST = 320

LEG_FAILURES: Mapping[str, LegFailure] = {
    "completed": LegFailure.DECLINED,
    "busy": LegFailure.BUSY,
    "no-answer": LegFailure.NO_ANSWER,
    "canceled": LegFailure.NO_ANSWER,
    "failed": LegFailure.UNREACHABLE,
}
"""Call statuses that end a call, and what each means for an agent leg that was never bridged."""


class Form:
    """A webhook's form; repeated names keep their last value. What is missing or unusable raises a 400 naming it."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self._fields = dict(pairs)

    def sid(self, name: str, prefix: str) -> str:
        """A required Twilio id of this kind."""
        value = self._fields.get(name, "")
        if not _SID.fullmatch(value) or not value.startswith(prefix):
            raise malformed(name, f"must be {prefix} and 32 hexadecimal digits")
        return value

    def keys(self) -> str:
        """The pressed keys; empty for silence."""
        value = self._fields.get("Digits", "")
        if not _KEYS.fullmatch(value):
            raise malformed("Digits", "must be keys of a telephone, at most 64")
        return value

    def address(self, name: str) -> str:
        """A required telephone number or client address."""
        value = self._fields.get(name, "").strip()
        if not value or len(value) > _LONGEST or not value.isprintable():
            raise malformed(name, f"must be an address of 1 to {_LONGEST} printable characters")
        return value

    def text(self, name: str) -> str:
        """A required word."""
        value = self._fields.get(name, "")
        if not value or len(value) > _LONGEST or not value.isprintable():
            raise malformed(name, f"must be 1 to {_LONGEST} printable characters")
        return value

    def optional(self, name: str) -> str:
        """A field that may be missing; empty then."""
        return self._fields.get(name, "")[:_LONGEST].replace("\x00", "\ufffd")

    def rest(self, *known: str) -> dict[str, str]:
        """Everything else that Twilio said, storable."""
        return {
            name.replace("\x00", "\ufffd"): value.replace("\x00", "\ufffd")
            for name, value in self._fields.items()
            if name not in known
        }


@dataclass(frozen=True)
class CallReport:
    """A call status callback."""

    call_sid: str
    status: str
    key: str

    @classmethod
    def read(cls, form: Form) -> "CallReport":
        sid, status = form.sid("CallSid", "CA"), form.text("CallStatus")
        key = ("call", sid, status, form.optional("SequenceNumber"), form.optional("CallbackSource"))
        return cls(sid, status, "|".join(key))

    @property
    def over(self) -> bool:
        return self.status in LEG_FAILURES


@dataclass(frozen=True)
class ConferenceReport:
    """A conference callback. `name` is the conference's; `call_sid` the participant's, if it is about one."""

    event: str
    name: str
    call_sid: str | None
    key: str

    @classmethod
    def read(cls, form: Form) -> "ConferenceReport":
        sid, event, name = form.sid("ConferenceSid", "CF"), form.text("StatusCallbackEvent"), form.text("FriendlyName")
        call_sid = form.sid("CallSid", "CA") if event.startswith("participant-") else None
        return cls(event, name, call_sid, "|".join(("conference", sid, form.optional("SequenceNumber"), event)))
