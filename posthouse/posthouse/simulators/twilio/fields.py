"""The form fields Twilio sends to webhooks."""

from datetime import datetime
from email.utils import format_datetime

from posthouse.simulators.twilio.state import Call, Conference, Message, Participant

API_VERSION = "2010-04-01"


def rfc2822(instant: datetime) -> str:
    """The date form of Twilio's API, in seconds."""
    return format_datetime(instant)


def call_fields(account_sid: str, call: Call, status: str | None = None) -> dict[str, str]:
    """What every voice webhook carries."""
    return {
        "AccountSid": account_sid,
        "ApiVersion": API_VERSION,
        "CallSid": call.sid,
        "CallStatus": status or call.status,
        "Called": call.to,
        "Caller": call.from_,
        "Direction": call.direction,
        "From": call.from_,
        "To": call.to,
    }


def progress_fields(account_sid: str, call: Call, status: str, now: datetime) -> dict[str, str]:
    """A call status callback. Takes the call's next sequence number."""
    fields = call_fields(account_sid, call, status)
    fields |= {
        "CallbackSource": "call-progress-events",
        "SequenceNumber": str(call.sequence),
        "Timestamp": rfc2822(now),
    }
    call.sequence += 1
    if call.ended:
        seconds = int((now - call.start).total_seconds()) if call.start else 0
        fields |= {"CallDuration": str(seconds), "Duration": str(-(-seconds // 60))}
    return fields


def conference_fields(account_sid: str, conference: Conference, event: str, now: datetime) -> dict[str, str]:
    """A conference callback without its participant part. Takes the conference's next sequence number."""
    conference.sequence += 1
    fields = {
        "AccountSid": account_sid,
        "ConferenceSid": conference.sid,
        "FriendlyName": conference.name,
        "SequenceNumber": str(conference.sequence),
        "StatusCallbackEvent": event,
        "Timestamp": rfc2822(now),
    }
    if event == "conference-end":
        fields["ReasonConferenceEnded"] = conference.reason_ended or ""
        if conference.ended_by_call:
            fields["CallSidEndingConference"] = conference.ended_by_call
    return fields


def participant_fields(participant: Participant) -> dict[str, str]:
    """What a conference callback says of a participant."""
    truths = {
        "Coaching": participant.coaching,
        "EndConferenceOnExit": participant.end_on_exit,
        "Hold": participant.hold,
        "Muted": participant.muted,
        "StartConferenceOnEnter": participant.start_on_enter,
    }
    fields = {name: str(value).lower() for name, value in truths.items()}
    fields["CallSid"] = participant.call_sid
    if participant.label:
        fields["ParticipantLabel"] = participant.label
    return fields


def message_fields(account_sid: str, message: Message) -> dict[str, str]:
    """A message status callback."""
    fields = {
        "AccountSid": account_sid,
        "ApiVersion": API_VERSION,
        "From": message.from_,
        "MessageSid": message.sid,
        "MessageStatus": message.status,
        "SmsSid": message.sid,
        "SmsStatus": message.status,
        "To": message.to,
    }
    if message.service_sid:
        fields["MessagingServiceSid"] = message.service_sid
    if message.error_code is not None:
        fields["ErrorCode"] = str(message.error_code)
    return fields
