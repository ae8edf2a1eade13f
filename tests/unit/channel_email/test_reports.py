"""Delivery reports are read in their standard form and in plain words."""

import pytest

from channel_email.domain.mail import Automatic, RecipientReport
from channel_email.domain.parse import parse
from channel_email.domain.reports import reading_of
from channel_email.parameters import EmailParameters

LIMITS = EmailParameters().limits()


def report(block: str, original: str = "Message-ID: <ours@posthouse.example>\r\nSubject: x\r\n") -> bytes:
    return (
        "From: MAILER-DAEMON@mx.example\r\nSubject: Undelivered\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
        f"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n{block}\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n\r\n{original}\r\nbody\r\n--b--\r\n"
    ).encode()


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (
            "Final-Recipient: rfc822; Li@ex.test\r\nAction: failed\r\nStatus: 5.1.1 (unknown)\r\n"
            "Diagnostic-Code: smtp; 550 no such user\r\n",
            RecipientReport("failed", "5.1.1", "li@ex.test", "smtp; 550 no such user"),
        ),
        (
            "Final-Recipient: rfc822;li@ex.test\r\nAction: delayed\r\nStatus: 4.4.7\r\n",
            RecipientReport("delayed", "4.4.7", "li@ex.test"),
        ),
        (
            "Original-Recipient: rfc822;<li@ex.test>\r\nAction: delivered\r\nStatus: 2.0.0\r\n",
            RecipientReport("delivered", "2.0.0", "li@ex.test"),
        ),
        ("Action: failed\r\n", RecipientReport("failed", "5.0.0")),
        ("Status: 5.2.2\r\n", RecipientReport("failed", "5.2.2")),
        ("Status: 4.2.2\r\nAction: strange\r\n", RecipientReport("delayed", "4.2.2")),
    ],
)
def test_standard_form(block: str, expected: RecipientReport) -> None:
    mail = parse(report(block), LIMITS)
    assert mail.automatic is Automatic.BOUNCE
    assert mail.report is not None
    assert mail.report.recipients == (expected,)
    assert mail.report.message_ids == ("ours@posthouse.example",)


def test_headers_of_the_original_only() -> None:
    raw = report("Action: failed\r\n").replace(b"message/rfc822", b"text/rfc822-headers")
    found = parse(raw, LIMITS).report
    assert found is not None
    assert found.message_ids == ("ours@posthouse.example",)


def test_a_report_without_recipients_is_read_by_its_words() -> None:
    mail = parse(report("X-Nothing: here\r\n").replace(b"Sorry.", b"550 5.7.1 refused"), LIMITS)
    assert mail.report is not None
    assert (mail.report.recipients[0].action, mail.report.recipients[0].status) == ("failed", "5.7.1")


@pytest.mark.parametrize(
    ("text", "action", "status"),
    [
        ("host mx said: 550 5.1.1 user unknown", "failed", "5.1.1"),
        ("452 4.2.2 mailbox full, will retry", "delayed", "4.2.2"),
        ("first 450 4.2.0 then 550 5.0.1", "failed", "5.0.1"),
        ("552 message too big", "failed", "5.0.0"),
        ("您的邮件无法送达", "failed", "5.0.0"),
        ("", "failed", "5.0.0"),
    ],
)
def test_plain_words(text: str, action: str, status: str) -> None:
    found = reading_of(text)
    assert (found.action, found.status) == (action, status)


def test_a_forwarded_bounce_is_no_bounce() -> None:
    raw = (
        b'From: li@customer.example\r\nContent-Type: multipart/mixed; boundary="o"\r\n\r\n'
        b"--o\r\n\r\nwhat does this mean?\r\n--o\r\nContent-Type: message/rfc822\r\n\r\n"
        + report("Action: failed\r\n")
        + b"\r\n--o--\r\n"
    )
    mail = parse(raw, LIMITS)
    assert (mail.automatic, mail.text) == (None, "what does this mean?")
