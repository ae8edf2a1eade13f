"""Machines are told from people."""

from email import message_from_bytes

import pytest

from channel_email.domain.automatic import kind_of
from channel_email.domain.headers import Mailbox
from channel_email.domain.mail import Automatic


def kind(
    fields: str = "", *, subject: str = "", sender: str = "li@customer.example", return_path: str | None = "li@x.test"
) -> Automatic | None:
    return kind_of(
        message_from_bytes(fields.encode()),
        subject=subject,
        sender=Mailbox(sender),
        return_path=return_path,
        is_report=False,
    )


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("Auto-Submitted: auto-replied", Automatic.AUTO_REPLY),
        ("Auto-Submitted: auto-replied; owner-email=x@y", Automatic.AUTO_REPLY),
        ("Auto-Submitted: auto-generated (cron)", Automatic.GENERATED),
        ("Precedence: auto_reply", Automatic.AUTO_REPLY),
        ("Precedence: bulk", Automatic.GENERATED),
        ("Precedence: junk", Automatic.GENERATED),
        ("Precedence: list", Automatic.LIST),
        ("List-Id: <news.shop.example>", Automatic.LIST),
        ("List-Unsubscribe: <mailto:x@y>", Automatic.LIST),
        ("X-Auto-Response-Suppress: All", Automatic.GENERATED),
        ("X-Auto-Response-Suppress: DR, All", Automatic.GENERATED),
        ("X-Autoreply: yes", Automatic.AUTO_REPLY),
        ("X-Autorespond: vacation", Automatic.AUTO_REPLY),
        ("X-Failed-Recipients: a@b", Automatic.BOUNCE),
        ("Content-Type: multipart/report; report-type=disposition-notification", Automatic.AUTO_REPLY),
        ("Auto-Submitted: no", None),
        ("X-Auto-Response-Suppress: OOF, AutoReply", None),
        ("X-Autoreply: no", None),
        ("Precedence: normal", None),
        ("X-Mailer: Foxmail", None),
        ("", None),
    ],
)
def test_header_fields(fields: str, expected: Automatic | None) -> None:
    assert kind(fields + "\r\n\r\n") is expected


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("自动回复：您好", Automatic.AUTO_REPLY),
        ("Automatic reply: Re: parcel", Automatic.AUTO_REPLY),
        ("Out of Office", Automatic.AUTO_REPLY),
        ("自动柜没有回复", None),
        ("About your automatic reply", None),
        ("Undelivered parcel", None),
    ],
)
def test_subjects(subject: str, expected: Automatic | None) -> None:
    assert kind(subject=subject) is expected


@pytest.mark.parametrize("sender", ["MAILER-DAEMON@mx.example".lower(), "postmaster@mx.example"])
def test_bouncers(sender: str) -> None:
    assert kind(sender=sender) is Automatic.BOUNCE


@pytest.mark.parametrize("sender", ["noreply@shop.example", "no-reply@shop.example", "do_not_reply+1@shop.example"])
def test_machines(sender: str) -> None:
    assert kind(sender=sender) is Automatic.GENERATED
    assert kind("Reply-To: person@shop.example\r\n\r\n", sender=sender) is None


def test_null_return_path() -> None:
    assert kind(return_path="") is Automatic.GENERATED
    assert kind(return_path="", subject="Undeliverable: x") is Automatic.BOUNCE
    assert kind(return_path=None) is None
