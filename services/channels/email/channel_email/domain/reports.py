"""Delivery reports: the standard form (RFC 3464) and, for the half of the world that ignores it, their text."""

import re
from email.message import Message

from channel_email.domain.headers import decoded, message_ids, normalised, raw_value
from channel_email.domain.mail import RecipientReport, Report

_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_SMTP_CODE = re.compile(r"\b([45]\d\d)[ -](?:[45]\.\d{1,3}\.\d{1,3}|\S)")
_ADDRESS = re.compile(r"(?:rfc822\s*;)?\s*<?([^\s<>;]+@[^\s<>;]+)>?", re.IGNORECASE)
_SEARCHED_CHARS = 20_000
_DETAIL_CHARS = 500


def report_in(parts: list[Message], text: str) -> Report | None:
    """The delivery report among the parts of a mail; None when it has no such part. `text` is the readable body."""
    statuses = [part for part in parts if part.get_content_type() == "message/delivery-status"]
    if not statuses:
        return None
    recipients = [report for part in statuses for block in _blocks(part) if (report := _recipient(block)) is not None]
    return Report(tuple(recipients) or (reading_of(text),), _original_ids(parts))


def reading_of(text: str) -> RecipientReport:
    """What the text of an unstructured bounce says: failed, unless every code in it is a temporary one."""
    text = text[:_SEARCHED_CHARS]
    codes = _STATUS.findall(text) + [f"{code[0]}.0.0" for code in _SMTP_CODE.findall(text)]
    permanent = [code for code in codes if code.startswith("5")]
    temporary = [code for code in codes if code.startswith("4")]
    status = (permanent or temporary or ["5.0.0"])[0]
    line = next((line.strip() for line in text.splitlines() if status in line), "")
    return RecipientReport(
        action="delayed" if status.startswith("4") else "failed",
        status=status,
        diagnostic=line[:_DETAIL_CHARS] or None,
    )


def _blocks(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [block for block in payload if isinstance(block, Message)] if isinstance(payload, list) else []


def _recipient(block: Message) -> RecipientReport | None:
    action = raw_value(block, "Action").partition(" ")[0].strip().lower()
    status = _STATUS.search(raw_value(block, "Status"))
    if not action and not status:
        return None
    code = status[1] if status else ("5.0.0" if action == "failed" else "")
    if action not in ("failed", "delayed", "delivered", "relayed", "expanded"):
        action = {"2": "delivered", "4": "delayed"}.get(code[:1], "failed")
    address = _ADDRESS.search(raw_value(block, "Final-Recipient") or raw_value(block, "Original-Recipient"))
    diagnostic = decoded(raw_value(block, "Diagnostic-Code"))
    return RecipientReport(
        action=action,
        status=code,
        recipient=normalised(address[1]) if address else None,
        diagnostic=diagnostic[:_DETAIL_CHARS] or None,
    )


def _original_ids(parts: list[Message]) -> tuple[str, ...]:
    """Message ids of the mail that the report encloses, whole or as headers only."""
    found: list[str] = []
    for part in parts:
        kind, payload = part.get_content_type(), part.get_payload()
        if kind == "message/rfc822" and isinstance(payload, list) and payload and isinstance(payload[0], Message):
            found += message_ids(raw_value(payload[0], "Message-ID"), 1)
        elif kind == "text/rfc822-headers" and isinstance(payload, str):
            match = re.search(r"^message-id:\s*(\S+)", payload[:_SEARCHED_CHARS], re.IGNORECASE | re.MULTILINE)
            found += message_ids(match[1], 1) if match else ()
    return tuple(dict.fromkeys(found))
