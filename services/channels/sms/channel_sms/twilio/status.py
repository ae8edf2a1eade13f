"""Twilio's status callback as plain data."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from channel_sms.twilio.inbound import MalformedField, read_sid, storable

_LONGEST = 40
_KNOWN = frozenset({"MessageSid", "MessageStatus", "ErrorCode"})


@dataclass(frozen=True, slots=True)
class StatusReport:
    """One report about an outbound message. `status` is Twilio's word, perhaps one we do not know yet."""

    sid: str
    status: str
    error_code: str | None
    fields: dict[str, Any]


def read_status(pairs: Sequence[tuple[str, str]]) -> StatusReport:
    """The report in the form fields `pairs`. Raises MalformedField."""
    form = dict(pairs)
    status = (form.get("MessageStatus") or form.get("SmsStatus") or "").strip().lower()
    if not status:
        raise MalformedField("MessageStatus", "is required")
    if len(status) > _LONGEST or not status.replace("_", "").replace("-", "").isalnum():
        raise MalformedField("MessageStatus", "must be a status name")
    code = form.get("ErrorCode", "").strip()
    if len(code) > _LONGEST:
        raise MalformedField("ErrorCode", f"must have at most {_LONGEST} characters")
    return StatusReport(
        sid=read_sid(form, "MessageSid", alias="SmsSid"),
        status=storable(status),
        error_code=storable(code) or None,
        fields={storable(name): storable(value) for name, value in form.items() if name not in _KNOWN},
    )
