"""Any bytes at all: nothing crashes, everything can be stored, nobody gets into a foreign thread."""

import dataclasses
import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any
from uuid import UUID, uuid4

from hypothesis import example, settings
from hypothesis import given as drawn
from hypothesis import strategies as st

from channel_email.domain import charset, headers
from channel_email.domain.compose import Outgoing, compose
from channel_email.domain.html import TooMuchHtml, check, sanitised, to_text
from channel_email.domain.mail import Mail
from channel_email.domain.parse import parse
from channel_email.domain.reply import trimmed
from channel_email.domain.threads import Placement, Thread, keys_of, place, same_subject
from channel_email.domain.tokens import Keyring
from channel_email.domain.words import decode_words
from channel_email.parameters import EmailParameters

LIMITS = EmailParameters().limits()
KEYS = Keyring([b"0123456789abcdef0123456789abcdef"])
OTHER_KEYS = Keyring([b"fedcba9876543210fedcba9876543210"])
SUPPORT = "support@posthouse.example"
EXAMPLE_DATE = datetime(2026, 1, 5, 9, tzinfo=UTC)


def given(*strategies: Any, **named: Any) -> Callable[[Any], Any]:
    """Hypothesis's `given` without its time limit per example: a busy machine is no bug."""
    return lambda test: settings(deadline=None)(drawn(*strategies, **named)(test))


FIELDS = (
    *("From", "To", "Cc", "Reply-To", "Sender", "Subject", "Date", "Message-ID", "In-Reply-To", "References"),
    *("Content-Type", "Content-Transfer-Encoding", "Content-Disposition", "Content-ID", "MIME-Version"),
    *("Auto-Submitted", "Precedence", "Return-Path", "Delivered-To", "X-Auto-Response-Suppress", "List-Id"),
)
FRAGMENTS = (
    b'multipart/mixed; boundary="x"', b"multipart/report; report-type=delivery-status; boundary=x", b"text/html",
    b"text/plain; charset=gbk", b"text/plain; charset=utf-7", b"message/rfc822", b"message/delivery-status",
    b"base64", b"quoted-printable", b"x-uuencode", b"attachment; filename*=utf-8''%E8%BF%90%00.pdf", b"--x\r\n",
    b"--x--\r\n", b"=?utf-8?B?5p+l?=", b"=?gbk?Q?=B2=E9?=", b"=?utf-8?Q?=00=ED=A0=80?=", b"<a@b.test>", b"<>", b"(((",
    b'"', b"\r\n", b"\n", b"\r", b"\x00", b"\xff\xfe", b"\xb2\xe9", b"+2AA-", b";", b",", b"Action: failed\r\n",
    b"Status: 5.1.1\r\n", b"On 1 Jan 2026, a@b wrote:\r\n> ", "在 2026年1月1日 写道：\r\n> ".encode(),
    b"<div class=gmail_quote>", b"<blockquote type=cite>", b"</p>", b"&#xD800;", b"<!--", b"begin 644 x\r\n",
)  # fmt: skip

junk = st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.binary(max_size=30)), max_size=12).map(b"".join)
header = st.builds(lambda name, value: name.encode() + b": " + value, st.sampled_from(FIELDS), junk)
mails = st.builds(lambda fields, body: b"\r\n".join([*fields, b"", body]), st.lists(header, max_size=12), junk)


def texts_of(value: Any) -> list[str]:
    """Every text in a mail."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, tuple):
        return [text for each in value for text in texts_of(each)]
    if dataclasses.is_dataclass(value):
        return [text for field in dataclasses.fields(value) for text in texts_of(getattr(value, field.name))]
    return []


@given(st.one_of(mails, st.binary(max_size=300)), st.sampled_from([None, "", "li@customer.example"]))
@example(b"", None)
@example(b"Message-ID: <\xff\x00@x>\r\nContent-Type: text/plain; charset=utf-7\r\n\r\n+2AA-", "")
def test_any_bytes_become_a_mail_that_can_be_stored(raw: bytes, return_path: str | None) -> None:
    mail = parse(raw, LIMITS, return_path=return_path)
    assert isinstance(mail, Mail)
    for text in texts_of(mail):
        assert "\x00" not in text
        text.encode()
    assert len(mail.fingerprint(raw)) == 64
    for box in (mail.sender, mail.reply_to):
        assert box is None or headers.normalised(box.address) == box.address
    for file in mail.files:
        assert re.fullmatch(r"[!-.0-~]+/[!-.0-~]+", file.content_type)
        assert not set("/\\\r\n") & set(file.name)
    assert mail.message_id is None or mail.message_id.strip()


@given(mails)
def test_the_same_bytes_are_the_same_mail(raw: bytes) -> None:
    assert parse(raw, LIMITS).fingerprint(raw) == parse(raw, LIMITS).fingerprint(raw)


@given(mails)
def test_junk_holds_no_token(raw: bytes) -> None:
    keys = keys_of(parse(raw, LIMITS), SUPPORT, (), KEYS)
    assert (keys.replied_to, keys.own, keys.bounced) == ((), (), ())


ids = st.uuids()


@given(ids, ids, st.integers(0, 200), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_a_changed_token_names_nothing_else(interaction: UUID, message: UUID, position: int, letter: str) -> None:
    for genuine, read, truth in (
        (KEYS.reply_detail(interaction), KEYS.replied_to, interaction),
        (KEYS.bounce_detail(message), KEYS.bounced, message),
    ):
        at = position % len(genuine)
        assert set(read([genuine[:at] + letter + genuine[at + 1 :]])) <= {truth}
    mail_id = KEYS.mail_id(interaction, message, "posthouse.example")
    at = position % len(mail_id)
    named = KEYS.own_messages([mail_id[:at] + letter + mail_id[at + 1 :]])
    assert {own.interaction_id for own in named} <= {interaction}


@given(ids, ids)
def test_tokens_of_another_key_name_nothing(interaction: UUID, message: UUID) -> None:
    assert KEYS.replied_to([OTHER_KEYS.reply_detail(interaction)]) == ()
    assert KEYS.bounced([OTHER_KEYS.bounce_detail(message)]) == ()
    assert KEYS.own_messages([OTHER_KEYS.mail_id(interaction, message, "posthouse.example")]) == ()


people = st.sampled_from(["li@c.test", "han@c.test", "mallory@c.test"])
threads = st.builds(
    lambda address, is_open, subject: Thread((new := uuid4()), new, address, subject, uuid4(), is_open),
    people, st.booleans(), st.sampled_from(["parcel", "invoice", ""]),
)  # fmt: skip


@given(
    proven=st.lists(threads, max_size=3),
    hinted=st.lists(threads, max_size=3),
    sender=people,
    subject=st.sampled_from(["Re: parcel", "invoice", ""]),
    automatic=st.booleans(),
)
def test_nobody_gets_into_a_foreign_thread(
    proven: list[Thread], hinted: list[Thread], sender: str, subject: str, automatic: bool
) -> None:
    siblings = {each.thread_id: each for each in (*proven, *hinted) if each.is_open and each.address == sender}
    placed = place(proven=proven, hinted=hinted, siblings=siblings, sender=sender, subject=subject, automatic=automatic)
    own_hints = [each for each in hinted if each.address == sender]
    if placed.thread is not None:
        assert placed.thread in proven or placed.thread in own_hints
        if placed.placement is Placement.APPEND and not automatic:
            assert placed.thread.address == sender
            assert placed.thread.is_open
    if not proven and not own_hints:
        assert placed.thread is None
    if automatic and (proven or own_hints):
        assert placed.placement is Placement.APPEND


@given(st.text(max_size=400), st.text(max_size=40))
def test_trimming_only_takes_away(text: str, subject: str) -> None:
    new = trimmed(text, subject)
    lines = {line.rstrip() for line in text.splitlines()}
    assert all(line.rstrip() in lines or line.strip() in {each.strip() for each in lines} for line in new.splitlines())
    assert bool(new) == bool(text.strip())


PIECES = (
    "hello\n", "\n", "> quoted\n", "On Mon, 5 Jan 2026, Bob <b@x.test> wrote:\n", "在 2026年1月5日，客服 写道：\n",
    "-----Original Message-----\n", "From: a\n", "Subject: b\n", "To: c\n", "发件人: a\n", "主题: b\n",
    "发送时间: c\n", "________\n", "Sent from my Phone\n", "明天在家\n", "On Mon, 5 Jan 2026, A Long Name\n",
    "<b@x.test> wrote:\n", "li@customer.test\n",
)  # fmt: skip
pieces = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)


@given(st.sampled_from(["hello", "明天在家", "2026年1月5日以后", "li@customer.test"]), pieces)
def test_what_stands_first_is_never_cut(own: str, rest: str) -> None:
    assert trimmed(f"{own}\n{rest}").startswith(own)


@given(st.text(max_size=300))
def test_html_of_any_text_is_harmless(text: str) -> None:
    html = charset.storable(text)
    try:
        check(html, LIMITS)
    except TooMuchHtml:
        return
    clean = sanitised(html)
    assert "<script" not in clean.lower()
    assert sanitised(clean) == clean
    to_text(html)


TAGS = (
    "<b>", "</b>", "<p>", "<table>", "<td>", "</div>", "<div onclick=x>", "<a href=javascript:x>", "<script>",
    "</script>", "<img src=https://spy.test/>", "<style>", "<svg>", "<!--", "-->", "<blockquote type=cite>", "x",
)  # fmt: skip
tags = st.sampled_from(TAGS)


@given(st.lists(tags, max_size=40).map("".join))
def test_html_soup_is_harmless(html: str) -> None:
    clean = sanitised(html)
    for trace in ("<script", "onclick", "javascript:", "spy.test", "<style", "<svg"):
        assert trace not in clean
    to_text(html)


@given(st.text(max_size=100))
def test_words(text: str) -> None:
    assert isinstance(decode_words(text), str)
    headers.message_ids(text, 5)
    headers.parse_addresses(text)


@given(
    st.binary(max_size=200),
    st.one_of(st.none(), st.text(max_size=20), st.sampled_from(["gbk", "utf-7", "utf-16", "big5"])),
)
def test_charsets(data: bytes, declared: str | None) -> None:
    charset.decode(data, declared).encode()


@given(st.text(max_size=50), st.text(max_size=50))
def test_subjects(one: str, two: str) -> None:
    assert same_subject(one, one)
    assert same_subject(one, f"Re: {one} [#C-1]")
    assert same_subject(one, two) == same_subject(two, one)


text_lines = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


@given(text=text_lines, subject=text_lines, name=text_lines)
def test_what_we_write_we_can_read(text: str, subject: str, name: str) -> None:
    interaction, message = uuid4(), uuid4()
    mail_id = KEYS.mail_id(interaction, message, "posthouse.example")
    content = compose(
        Outgoing(
            mail_id=mail_id,
            mailbox=SUPPORT,
            mailbox_name="驿站",
            author_name=None,
            recipient="li@customer.example",
            recipient_name=name,
            reply_to=f"support+{KEYS.reply_detail(interaction)}@posthouse.example",
            subject=subject,
            text=text,
            references=["x" * 300 + "@y.test", mail_id],
            date=EXAMPLE_DATE,
        )
    )
    assert content.isascii()
    mail = parse(content, LIMITS)
    assert (mail.message_id, mail.references[-1]) == (mail_id, mail_id)
    assert mail.sender is not None
    assert mail.sender.address == SUPPORT
    assert mail.recipients == ("li@customer.example",)


def test_the_fuzzer_reaches_real_structures() -> None:
    """The fragments do form mails: otherwise the tests above would prove nothing."""
    made = EmailMessage()
    made["From"] = "a@b.test"
    made.set_content("x")
    assert parse(made.as_bytes(), LIMITS).full_text.strip() == "x"
    structured = b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\n\r\ntext\r\n--x--\r\n'
    assert parse(structured, LIMITS).full_text.strip() == "text"
