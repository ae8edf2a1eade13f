"""The parts of a mail: its readable text, its HTML, its files."""

import re
from dataclasses import dataclass, field
from email.message import Message

from channel_email.domain import html as markup
from channel_email.domain.charset import decode, storable
from channel_email.domain.headers import decoded, raw_value
from channel_email.domain.mail import FilePart, Limits

DEFAULT_TYPE = "application/octet-stream"
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
_UNSAFE_NAME = re.compile(r"[\x00-\x1f\x7f/\\\u202a-\u202e\u2066-\u2069]+")
_NAME_CHARS = 200
_EXTENSIONS = {"text/plain": ".txt", "text/html": ".html", "text/calendar": ".ics", "message/rfc822": ".eml"}


@dataclass
class Body:
    """What a mail's parts hold. `parts` are all leaves, for the reader of delivery reports."""

    text: str
    html: str | None
    files: tuple[FilePart, ...] = ()
    problems: tuple[str, ...] = ()
    parts: list[Message] = field(default_factory=list)


def body_of(message: Message, limits: Limits) -> Body:
    """Read all parts, within the limits; each limit that was hit is named in `problems`."""
    reader = _Reader(limits)
    reader.walk(message, depth=0)
    return reader.body()


class _Reader:
    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._texts: list[str] = []
        self._htmls: list[str] = []
        self._files: list[FilePart] = []
        self._parts: list[Message] = []
        self._problems: dict[str, None] = {}

    def walk(self, part: Message, *, depth: int) -> None:
        if len(self._parts) >= self._limits.parts:
            self._problems["too_many_parts"] = None
            return
        if depth > self._limits.depth:
            self._problems["nested_too_deep"] = None
            return
        payload = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(payload, list):
            for child in payload:
                if isinstance(child, Message):
                    self.walk(child, depth=depth + 1)
            return
        self._parts.append(part)
        self._leaf(part)

    def _leaf(self, part: Message) -> None:
        kind = part.get_content_type()
        if kind.startswith("multipart/"):  # its boundary never came: what follows the headers is all there is
            kind = "text/plain"
        name = _file_name(part, kind)
        disposition = raw_value(part, "Content-Disposition").partition(";")[0].strip().lower()
        is_file = disposition == "attachment" or (name is not None and not kind.startswith("text/"))
        if kind == "message/delivery-status":
            self._texts.append(_as_bytes(part).decode("utf-8", "replace"))
        elif is_file or not kind.startswith("text/"):
            self._add_file(part, kind, name)
        elif kind == "text/html":
            self._htmls.append(decode(_content(part), _charset(part)))
        elif kind == "text/plain":
            self._texts.append(decode(_content(part), _charset(part)))
        else:
            self._add_file(part, kind, name)

    def _add_file(self, part: Message, kind: str, name: str | None) -> None:
        if len(self._files) >= self._limits.attachments:
            self._problems["too_many_attachments"] = None
            return
        content = _content(part)
        if len(content) > self._limits.attachment_bytes:
            self._problems["attachment_too_large"] = None
            return
        content_id = decoded(raw_value(part, "Content-ID")).strip("<> ")[:_NAME_CHARS] or None
        kind = kind if _TYPE.fullmatch(kind) else DEFAULT_TYPE
        number = len(self._files) + 1
        self._files.append(FilePart(name or f"file-{number}{_EXTENSIONS.get(kind, '')}", kind, content, content_id))

    def body(self) -> Body:
        shown, from_html = self._html()
        text = "\n\n".join(text.strip("\r\n") for text in self._texts if text.strip()) or from_html
        text = storable(text.replace("\r\n", "\n").replace("\r", "\n"))
        if len(text) > self._limits.text_chars:
            self._problems["text_too_long"] = None
            text = text[: self._limits.text_chars]
        return Body(text, shown, tuple(self._files), tuple(self._problems), self._parts)

    def _html(self) -> tuple[str | None, str]:
        """(HTML that is safe to show, its text). HTML beyond the limits is neither: its raw form is a file then."""
        joined = "<hr>".join(part for part in self._htmls if part.strip())
        if not joined:
            return None, ""
        try:
            markup.check(joined, self._limits)
        except markup.TooMuchHtml as error:
            self._problems[str(error)] = None
            return None, ""
        return markup.sanitised(joined).strip() or None, markup.to_text(joined)


def _content(part: Message) -> bytes:
    """The part's bytes with the transfer encoding undone; an enclosed mail as it came, as far as it can be told."""
    payload = part.get_payload()
    if isinstance(payload, list):
        return b"\n".join(_as_bytes(child) for child in payload if isinstance(child, Message))
    try:
        content = part.get_payload(decode=True)
    except (ValueError, LookupError, TypeError):
        content = str(payload).encode("utf-8", "replace")
    return content if isinstance(content, bytes) else b""


def _as_bytes(part: Message) -> bytes:
    """A structured part written out again."""
    try:
        return part.as_bytes()
    except Exception:  # the generator fails on the same oddities as the parser, with as many exception types
        return str(part.get_payload()).encode("utf-8", "replace")


def _charset(part: Message) -> str | None:
    try:
        charset = part.get_param("charset")
    except (ValueError, LookupError, TypeError):
        return None
    if isinstance(charset, tuple):
        charset = charset[2]
    return charset


def _file_name(part: Message, kind: str) -> str | None:
    """The file's name without path, control and text-direction characters; None when the part names no file."""
    try:
        name = part.get_filename()
    except (ValueError, LookupError, TypeError, UnicodeError):
        return None
    if not name:
        return None
    name = _UNSAFE_NAME.sub("_", decoded(name)).strip(" ._")
    if len(name) > _NAME_CHARS:
        stem, dot, suffix = name.rpartition(".")
        name = f"{stem[: _NAME_CHARS - 20]}{dot}{suffix[:16]}" if dot else name[:_NAME_CHARS]
    return name or f"file{_EXTENSIONS.get(kind, '')}"
