"""TwiML read strictly: verbs and attributes we do not know are errors, so that a misspelt attribute fails a test.

Twilio itself warns (12200) and goes on; being stricter than the provider is the point of a simulator.
"""

from dataclasses import dataclass, field
from typing import TypeAlias
from xml.etree import ElementTree

import httpx

PARSE_FAILURE, NOT_XML, SCHEMA_WARNING = 12100, 12300, 12200
XML_TYPES = frozenset({"text/xml", "application/xml", "text/html"})


class TwimlError(Exception):
    """An answer that cannot be run. `code` is what Twilio's debugger would say."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Say:
    text: str
    language: str | None = None
    loop: int = 1


@dataclass(frozen=True)
class Play:
    url: str
    loop: int = 1


@dataclass(frozen=True)
class Pause:
    length: float = 1


@dataclass(frozen=True)
class Gather:
    """Collect keys. `prompts` are said or played meanwhile and stop at the first key."""

    prompts: tuple["Say | Play | Pause", ...]
    action: str | None = None
    method: str = "POST"
    timeout: float = 5
    num_digits: int | None = None
    finish_on_key: str = "#"
    action_on_empty: bool = False


@dataclass(frozen=True)
class Redirect:
    url: str
    method: str = "POST"


@dataclass(frozen=True)
class Hangup:
    pass


@dataclass(frozen=True)
class Reject:
    reason: str = "rejected"


@dataclass(frozen=True)
class Record:
    """Record the caller until silence, a key or `max_length` seconds."""

    action: str | None = None
    method: str = "POST"
    max_length: float = 3600
    timeout: float = 5
    finish_on_key: str = "1234567890*#"


@dataclass(frozen=True)
class DialConference:
    """Join the conference `name` until it ends or the call leaves it."""

    name: str
    action: str | None = None
    method: str = "POST"
    muted: bool = False
    start_on_enter: bool = True
    end_on_exit: bool = False
    wait_url: str | None = None
    wait_method: str = "POST"
    label: str | None = None
    max_participants: int = 250
    status_callback: str | None = None
    status_callback_method: str = "POST"
    status_events: frozenset[str] = field(default_factory=frozenset)


Prompt: TypeAlias = Say | Play | Pause
Verb: TypeAlias = Say | Play | Pause | Gather | Redirect | Hangup | Reject | Record | DialConference

_ATTRIBUTES = {
    "Say": {"language", "voice", "loop"},
    "Play": {"loop"},
    "Pause": {"length"},
    "Gather": {
        "action",
        "method",
        "timeout",
        "numDigits",
        "finishOnKey",
        "actionOnEmptyResult",
        "input",
        "language",
    },
    "Redirect": {"method"},
    "Hangup": set(),
    "Reject": {"reason"},
    "Record": {"action", "method", "maxLength", "timeout", "finishOnKey", "playBeep", "trim"},
    "Dial": {"action", "method"},
    "Conference": {
        "muted",
        "startConferenceOnEnter",
        "endConferenceOnExit",
        "beep",
        "waitUrl",
        "waitMethod",
        "participantLabel",
        "maxParticipants",
        "statusCallback",
        "statusCallbackEvent",
        "statusCallbackMethod",
    },
}
_EVENTS = frozenset({"start", "end", "join", "leave", "mute", "hold", "modify", "speaker", "announcement"})


def verbs_of(answer: httpx.Response) -> list[Verb]:
    """The verbs of a webhook's answer. Raises TwimlError for another content type or anything unknown."""
    media_type = answer.headers.get("content-type", "").split(";")[0].strip().lower()
    if answer.content and media_type not in XML_TYPES:
        raise TwimlError(NOT_XML, f"content type {media_type or 'missing'}")
    return parse(answer.text)


def parse(document: str) -> list[Verb]:
    """The verbs of a TwiML document; an empty document has none."""
    if not document.strip():
        return []
    try:
        root = ElementTree.fromstring(document)  # noqa: S314  # our own services wrote it
    except ElementTree.ParseError as error:
        raise TwimlError(PARSE_FAILURE, str(error)) from error
    if root.tag != "Response":
        raise TwimlError(PARSE_FAILURE, f"root element {root.tag}")
    return [_verb(element) for element in root]


def _verb(element: ElementTree.Element) -> Verb:
    given = _attributes(element)
    match element.tag:
        case "Say" | "Play" | "Pause":
            return _prompt(element)
        case "Gather":
            if given.get("input", "dtmf") != "dtmf":
                raise TwimlError(SCHEMA_WARNING, "the simulator gathers keys only")
            return Gather(
                prompts=tuple(_prompt(child) for child in element),
                action=given.get("action"),
                method=given.get("method", "POST"),
                timeout=_number(given, "timeout", 5),
                num_digits=int(_number(given, "numDigits", 0)) or None,
                finish_on_key=given.get("finishOnKey", "#"),
                action_on_empty=_truth(given, "actionOnEmptyResult", default=False),
            )
        case "Redirect":
            return Redirect(_text(element), given.get("method", "POST"))
        case "Hangup":
            return Hangup()
        case "Reject":
            return Reject(given.get("reason", "rejected"))
        case "Record":
            return Record(
                action=given.get("action"),
                method=given.get("method", "POST"),
                max_length=_number(given, "maxLength", 3600),
                timeout=_number(given, "timeout", 5),
                finish_on_key=given.get("finishOnKey", "1234567890*#"),
            )
        case "Dial":
            return _dial(element, given)
    raise TwimlError(SCHEMA_WARNING, f"verb {element.tag}")


def _prompt(element: ElementTree.Element) -> Prompt:
    given = _attributes(element)
    match element.tag:
        case "Say":
            return Say(_text(element), given.get("language"), int(_number(given, "loop", 1)))
        case "Play":
            return Play(_text(element), int(_number(given, "loop", 1)))
        case "Pause":
            return Pause(_number(given, "length", 1))
    raise TwimlError(SCHEMA_WARNING, f"{element.tag} inside Gather")


def _dial(element: ElementTree.Element, dial: dict[str, str]) -> DialConference:
    if len(element) != 1 or element[0].tag != "Conference":
        raise TwimlError(SCHEMA_WARNING, "the simulator dials conferences only")
    given = _attributes(element[0])
    events = frozenset(given.get("statusCallbackEvent", "").split())
    if not events <= _EVENTS:
        raise TwimlError(SCHEMA_WARNING, f"statusCallbackEvent {' '.join(sorted(events))}")
    return DialConference(
        name=_text(element[0]),
        action=dial.get("action"),
        method=dial.get("method", "POST"),
        muted=_truth(given, "muted", default=False),
        start_on_enter=_truth(given, "startConferenceOnEnter", default=True),
        end_on_exit=_truth(given, "endConferenceOnExit", default=False),
        wait_url=given.get("waitUrl") or None,
        wait_method=given.get("waitMethod", "POST"),
        label=given.get("participantLabel"),
        max_participants=int(_number(given, "maxParticipants", 250)),
        status_callback=given.get("statusCallback"),
        status_callback_method=given.get("statusCallbackMethod", "POST"),
        status_events=events,
    )


def _attributes(element: ElementTree.Element) -> dict[str, str]:
    unknown = set(element.attrib) - _ATTRIBUTES.get(element.tag, set())
    if unknown:
        raise TwimlError(SCHEMA_WARNING, f"{element.tag}: {', '.join(sorted(unknown))}")
    return dict(element.attrib)


def _text(element: ElementTree.Element) -> str:
    text = (element.text or "").strip()
    if not text:
        raise TwimlError(SCHEMA_WARNING, f"{element.tag} is empty")
    return text


def _number(given: dict[str, str], name: str, default: float) -> float:
    try:
        return float(given.get(name, default))
    except ValueError as error:
        raise TwimlError(SCHEMA_WARNING, f"{name} is not a number") from error


def _truth(given: dict[str, str], name: str, *, default: bool) -> bool:
    value = given.get(name, str(default).lower())
    if value not in ("true", "false"):
        raise TwimlError(SCHEMA_WARNING, f"{name} is not true or false")
    return value == "true"
