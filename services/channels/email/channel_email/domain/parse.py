"""Raw bytes to `Mail`. Whatever the bytes are, the result is a mail that can be stored and shown."""

import re
from email import message_from_bytes
from email.message import Message

from channel_email.domain import automatic, headers, reports
from channel_email.domain.bodies import Body, body_of
from channel_email.domain.mail import Automatic, Limits, Mail, Report
from channel_email.domain.reply import trimmed

UNREADABLE = "unreadable"
"""Problem of a mail whose structure defeats the parser, or would take it too long: only its headers are read."""

_RECIPIENT_FIELDS = ("To", "Cc", "Delivered-To", "X-Original-To", "X-Forwarded-To", "X-Delivered-To", "Envelope-To")
_MAX_RECIPIENTS = 500
_SUBJECT_CHARS = 500
_HEADER_BYTES = 256 * 1024
_BOUNDARY = re.compile(rb"boundary\s*=", re.IGNORECASE)
_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")


def parse(raw: bytes, limits: Limits, *, return_path: str | None = None) -> Mail:
    """The mail in `raw`. Never raises for any bytes.

    `return_path` is the envelope sender ("" for the null sender); None takes the `Return-Path` field instead.
    """
    if _work(raw) > limits.work:
        return _headers_only(raw, limits, return_path)
    try:
        message = message_from_bytes(raw)
        return _mail(message, body_of(message, limits), limits, return_path)
    except Exception:  # any bytes at all may arrive; a mail that breaks the parser must still reach a person
        return _headers_only(raw, limits, return_path)


def _work(raw: bytes) -> int:
    """What the parser will have to do at worst: it compares each line with every boundary that is open."""
    return raw.count(b"\n") * (1 + sum(1 for _ in _BOUNDARY.finditer(raw)))


def _headers_only(raw: bytes, limits: Limits, return_path: str | None) -> Mail:
    end = _END_OF_HEADERS.search(raw, 0, _HEADER_BYTES)
    block = raw[: end.start() if end else 0]
    body = Body(text="", html=None, problems=(UNREADABLE,))
    try:
        return _mail(message_from_bytes(block), body, limits, return_path)
    except Exception:  # as above; what is left is the sender that the envelope named
        return _mail(Message(), body, limits, return_path)


def _mail(message: Message, body: Body, limits: Limits, return_path: str | None) -> Mail:
    if return_path is None:
        return_path = _return_path(message)
    subject = headers.text_value(message, "Subject")[:_SUBJECT_CHARS]
    sender = next(iter(headers.addresses(message, "From") or headers.addresses(message, "Sender")), None)
    if sender is None and return_path:
        sender = headers.Mailbox(return_path)
    report = reports.report_in(body.parts, body.text)
    kind = automatic.kind_of(
        message, subject=subject, sender=sender, return_path=return_path, is_report=report is not None
    )
    if kind is Automatic.BOUNCE and report is None:
        report = Report((reports.reading_of(body.text),), ())
    return Mail(
        message_id=next(iter(headers.message_ids(headers.raw_value(message, "Message-ID"), 1)), None),
        in_reply_to=headers.message_ids(headers.raw_value(message, "In-Reply-To"), limits.references),
        references=headers.message_ids(headers.raw_value(message, "References"), limits.references),
        subject=subject,
        sender=sender,
        reply_to=next(iter(headers.addresses(message, "Reply-To")), None),
        recipients=tuple(box.address for box in headers.addresses(message, *_RECIPIENT_FIELDS))[:_MAX_RECIPIENTS],
        return_path=return_path,
        sent_at=headers.date_value(message),
        text=trimmed(body.text, subject) if kind is None else body.text.strip(),
        full_text=body.text,
        html=body.html,
        files=body.files,
        automatic=kind,
        report=report,
        problems=body.problems,
    )


def _return_path(message: Message) -> str | None:
    value = headers.raw_value(message, "Return-Path")
    if not value:
        return None
    return "" if value.replace(" ", "") == "<>" else headers.normalised(value)
