"""A mail as the rest of the channel sees it."""

import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from channel_email.domain.addresses import split_detail
from channel_email.domain.headers import Mailbox

_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a mail is read. What is beyond stays in the raw mail, which is then attached whole."""

    work: int
    parts: int
    depth: int
    attachments: int
    attachment_bytes: int
    text_chars: int
    html_chars: int
    html_depth: int
    html_elements: int
    links: int
    references: int


@dataclass(frozen=True, slots=True)
class FilePart:
    """A part of the mail that is a file. `content_id` is set for images the HTML shows by `cid:`."""

    name: str
    content_type: str
    content: bytes
    content_id: str | None = None


class Automatic(StrEnum):
    """Why a mail does not count as something the customer wrote. `own` is a mail of ours that came back to us."""

    BOUNCE = "bounce"
    AUTO_REPLY = "auto_reply"
    LIST = "list"
    GENERATED = "generated"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class RecipientReport:
    """What a delivery report (RFC 3464) says of one recipient. `action` is failed, delayed, delivered or relayed."""

    action: str
    status: str
    recipient: str | None = None
    diagnostic: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """A delivery report: what it says, and the ids of the mail it is about."""

    recipients: tuple[RecipientReport, ...]
    message_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail, decoded.

    `full_text` is all that was written, quotes included; `text` only what is new, by our reply trimming. `html` is
    sanitised. `problems` name what could not be read or was beyond the limits: the raw mail is then shown as a file.
    """

    message_id: str | None
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    subject: str
    sender: Mailbox | None
    reply_to: Mailbox | None
    recipients: tuple[str, ...]
    return_path: str | None
    sent_at: datetime | None
    text: str
    full_text: str
    html: str | None
    files: tuple[FilePart, ...] = ()
    automatic: Automatic | None = None
    report: Report | None = None
    problems: tuple[str, ...] = field(default=())

    def fingerprint(self, raw: bytes) -> str:
        """What makes this mail itself, whatever route it came by: transport adds fields and may change encodings.

        A mail that was not read completely is known by its raw body.
        """
        parts: list[bytes] = [str(self.sender).encode(), str(self.sent_at).encode(), self.subject.encode()]
        parts += [self.full_text.encode(), (self.html or "").encode()]
        parts += [hashlib.sha256(file.content).digest() for file in self.files]
        if self.problems:
            parts.append(b"".join(_END_OF_HEADERS.split(raw, maxsplit=1)[1:]).replace(b"\r\n", b"\n").rstrip())
        return hashlib.sha256(b"\x1f".join(parts)).hexdigest()

    def correspondent(self, own: frozenset[str]) -> Mailbox | None:
        """Whom an answer would go to, and thus whom the mail counts as coming from; None when the mail names nobody.

        Taking Reply-To first means that a forged From with a foreign Reply-To is seen as the foreigner it answers to,
        and that a contact form's mail is seen as the customer's.
        """
        for mailbox in (self.reply_to, self.sender):
            if mailbox is not None and split_detail(mailbox.address)[0] not in own:
                return mailbox
        return None
