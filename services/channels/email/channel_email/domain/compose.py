"""An outbound mail as bytes."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from typing import Any

from channel_email.domain.mail import FilePart

_LINE_BREAK = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_REPLY = re.compile(r"\s*(?:re|回复|答复|回覆|答覆)\s?[:：]", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s<>\"']{1,2000}[^\s<>\"'.,;:!?)。，；：！？）]")
_SUBJECT_CHARS = 200
_ID_FIELDS = frozenset({"message-id", "in-reply-to", "references"})


class _Policy(EmailPolicy):
    """Folds message ids between, never inside, ids: the library turns an id longer than a line into encoded words."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name.lower() not in _ID_FIELDS:
            return super().fold_binary(name, value)
        return f"{name}: {(self.linesep + ' ').join(str(value).split())}{self.linesep}".encode("ascii", "ignore")


_POLICY = _Policy(linesep="\r\n", cte_type="7bit")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """All that goes into an outbound mail. `references` are the thread's message ids, oldest first."""

    mail_id: str
    mailbox: str
    mailbox_name: str
    author_name: str | None
    recipient: str
    recipient_name: str
    reply_to: str
    subject: str
    text: str
    references: Sequence[str]
    date: datetime
    files: Sequence[FilePart] = ()


def subject_of(original: str, case_no: str, wanted: str | None = None) -> str:
    """The subject of a reply: the wanted or the original one, marked as a reply, with the case number once."""
    subject = _LINE_BREAK.sub(" ", wanted or original).strip()[:_SUBJECT_CHARS]
    if not wanted and subject and not _REPLY.match(subject):
        subject = f"Re: {subject}"
    token = f"[#{case_no}]"
    return subject if token in subject else f"{subject} {token}".strip()


def references_of(chain: Sequence[str], limit: int) -> list[str]:
    """The `References` of a reply: the first id and the newest ones (not all: headers must stay short)."""
    unique = list(dict.fromkeys(chain))
    return unique if len(unique) <= limit else [unique[0], *unique[-(limit - 1) :]]


def compose(mail: Outgoing) -> bytes:
    """The mail, ready for SMTP. Raises ValueError when the recipient is no address a header can hold."""
    message = EmailMessage(policy=_POLICY)
    message["Date"] = format_datetime(mail.date)
    message["Message-ID"] = f"<{mail.mail_id}>"
    sender_name = f"{mail.author_name} · {mail.mailbox_name}" if mail.author_name else mail.mailbox_name
    message["From"] = _address(sender_name, mail.mailbox)
    message["Reply-To"] = _address(mail.mailbox_name, mail.reply_to)
    message["To"] = _address(mail.recipient_name, mail.recipient)
    message["Subject"] = _LINE_BREAK.sub(" ", mail.subject)
    if mail.references:
        message["In-Reply-To"] = f"<{mail.references[-1]}>"
        message["References"] = " ".join(f"<{mail_id}>" for mail_id in mail.references)
    message.set_content(mail.text.replace("\x00", "") + "\n", charset="utf-8")
    message.add_alternative(html_of(mail.text), subtype="html", charset="utf-8")
    for file in mail.files:
        kind, _, subkind = file.content_type.partition("/")
        message.add_attachment(file.content, maintype=kind, subtype=subkind, filename=file.name)
    return message.as_bytes()


def html_of(text: str) -> str:
    """Plain text as simple HTML: paragraphs, line breaks, links, nothing else."""
    paragraphs = re.split(r"\n\s*\n", text.replace("\x00", "").replace("\r\n", "\n").strip())
    body = "\n".join(f"<p>{_linked(paragraph).replace(chr(10), '<br>' + chr(10))}</p>" for paragraph in paragraphs)
    return f'<!doctype html>\n<html><body style="font-family:sans-serif">\n{body}\n</body></html>\n'


def _linked(text: str) -> str:
    pieces: list[str] = []
    position = 0
    for match in _URL.finditer(text):
        url = html.escape(match[0])
        pieces += [html.escape(text[position : match.start()]), f'<a href="{url}">{url}</a>']
        position = match.end()
    return "".join([*pieces, html.escape(text[position:])])


def _address(name: str, address: str) -> Address:
    local, _, domain = address.rpartition("@")
    if not local.isascii():
        raise ValueError(f"an address that needs SMTPUTF8: {address!r}")
    return Address(_LINE_BREAK.sub(" ", name).strip(), local, _ascii_domain(domain))


def _ascii_domain(domain: str) -> str:
    if domain.isascii():
        return domain
    try:
        return domain.encode("idna").decode()
    except UnicodeError as error:
        raise ValueError(f"not the domain of an address: {domain!r}") from error
