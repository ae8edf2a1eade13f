"""Mails as a customer's mail program reads and writes them."""

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, default
from email.utils import format_datetime, make_msgid, parseaddr

from pydantic import BaseModel


class ReceivedFile(BaseModel):
    """A file of a mail."""

    name: str
    content_type: str
    size: int


class ReceivedMail(BaseModel):
    """A mail in a customer's mailbox."""

    id: str
    received_at: datetime
    envelope_sender: str
    sender: str
    reply_to: str
    subject: str
    text: str
    html: str | None
    in_reply_to: str | None
    references: list[str]
    files: list[ReceivedFile]


@dataclass(frozen=True)
class Letter:
    """What a customer wants to send. `answers` is the mail it replies to."""

    sender: str
    sender_name: str
    to: str
    subject: str
    text: str
    answers: ReceivedMail | None = None
    quote: bool = True


def read(content: bytes, *, envelope_sender: str, at: datetime) -> ReceivedMail:
    """A delivered mail as its reader sees it."""
    message = message_from_bytes(content, policy=default)
    plain, rich = message.get_body(("plain",)), message.get_body(("html",))
    return ReceivedMail(
        id=_id(message["Message-ID"]),
        received_at=at,
        envelope_sender=envelope_sender,
        sender=str(message["From"]),
        reply_to=parseaddr(str(message["Reply-To"] or message["From"]))[1],
        subject=str(message["Subject"] or ""),
        text=_lines(plain.get_content()).strip() if plain else "",
        html=_lines(rich.get_content()) if rich else None,
        in_reply_to=_id(message["In-Reply-To"]) or None,
        references=[_id(mail_id) for mail_id in str(message["References"] or "").split()],
        files=[
            ReceivedFile(
                name=part.get_filename() or "file",
                content_type=part.get_content_type(),
                size=len(part.get_payload(decode=True) or b""),
            )
            for part in message.iter_attachments()
        ],
    )


def write(letter: Letter, at: datetime) -> tuple[str, bytes]:
    """(message id, mail) for a letter, with the headers and the quotation of an ordinary mail program."""
    domain = letter.sender.rpartition("@")[2]
    mail_id = make_msgid(domain=domain)
    message = EmailMessage(policy=SMTP)
    message["Date"] = format_datetime(at)
    message["From"] = Address(letter.sender_name, addr_spec=letter.sender)
    message["To"] = Address(addr_spec=letter.to)
    message["Subject"] = " ".join(letter.subject.split())
    text = letter.text
    ids = [f"Message-ID: {mail_id}"]
    if letter.answers is not None:
        chain = "\r\n ".join(f"<{each}>" for each in [*letter.answers.references, letter.answers.id])
        ids += [f"In-Reply-To: <{letter.answers.id}>", f"References: {chain}"]
        if letter.quote:
            text = f"{text}\n\n{_quotation(letter.answers)}"
    message.set_content(text, cte="base64")
    # Written by hand, because the library turns ids that are longer than a line into encoded words.
    return _id(mail_id), "".join(f"{line}\r\n" for line in ids).encode() + message.as_bytes()


def bounce(original: bytes, *, recipient: str, bounce_to: str, at: datetime, hostname: str) -> bytes:
    """The report a mail server sends when it cannot deliver a mail after all (RFC 3464)."""
    headers = original.partition(b"\r\n\r\n")[0].decode("ascii", "replace")
    boundary = f"report-{abs(hash((recipient, at))):x}"
    sections = (
        "Content-Type: text/plain; charset=us-ascii\r\n\r\n"
        f"The mail could not be delivered to {recipient}: there is no such mailbox.\r\n",
        "Content-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; {hostname}\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 no such mailbox\r\n",
        f"Content-Type: text/rfc822-headers\r\n\r\n{headers}\r\n",
    )
    body = "".join(f"--{boundary}\r\n{section}\r\n" for section in sections)
    return (
        f"Date: {format_datetime(at)}\r\nFrom: MAILER-DAEMON@{hostname}\r\nTo: {bounce_to}\r\n"
        f"Message-ID: {make_msgid(domain=hostname)}\r\nSubject: Undelivered mail returned to sender\r\n"
        "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: multipart/report; report-type=delivery-status; boundary="{boundary}"\r\n\r\n'
        f"{body}--{boundary}--\r\n"
    ).encode()


def _quotation(mail: ReceivedMail) -> str:
    written = f"在 {mail.received_at:%Y-%m-%d %H:%M:%S}，{mail.sender} 写道："
    return "\n".join([written, *(f"> {line}" for line in mail.text.splitlines())])


def _lines(content: object) -> str:
    return str(content).replace("\r\n", "\n")


def _id(value: object) -> str:
    return str(value or "").strip().strip("<>")
