"""Raw mails become mails that can be stored and shown, whatever they are."""

from email.message import EmailMessage

import pytest

from channel_email.domain.mail import Limits
from channel_email.domain.parse import UNREADABLE, parse
from channel_email.parameters import EmailParameters

LIMITS = EmailParameters().limits()


def limits(**changed: int) -> Limits:
    return EmailParameters(**changed).limits()


def message(text: str = "hello") -> EmailMessage:
    made = EmailMessage()
    made["From"] = "Li Lei <li@customer.example>"
    made["To"] = "support@posthouse.example"
    made["Subject"] = "parcel"
    made["Message-ID"] = "<1@customer.example>"
    made.set_content(text)
    return made


class TestOrdinary:
    def test_fields(self) -> None:
        mail = parse(message().as_bytes(), LIMITS, return_path="li@customer.example")
        assert (mail.message_id, mail.subject, mail.text) == ("1@customer.example", "parcel", "hello")
        assert str(mail.sender) == "Li Lei <li@customer.example>"
        assert mail.recipients == ("support@posthouse.example",)
        assert (mail.automatic, mail.report, mail.problems) == (None, None, ())

    @pytest.mark.parametrize("charset", ["gb2312", "gbk", "gb18030", "big5", "utf-8", "utf-16"])
    def test_chinese_charsets(self, charset: str) -> None:
        text = "您好，我的包裹在哪" if charset != "big5" else "您好，我的包裹在哪裡"
        raw = (
            f"From: a@b.test\r\nContent-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        ).encode() + text.encode(charset)
        assert parse(raw, LIMITS).full_text == text

    def test_html_alone_gives_text_and_html(self) -> None:
        raw = b"From: a@b.test\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Hi<br>there</p><script>x</script>"
        mail = parse(raw, LIMITS)
        assert mail.text == "Hi\nthere"
        assert mail.html == "<p>Hi<br>there</p>"

    def test_plain_text_is_preferred_for_reading(self) -> None:
        made = message("plain")
        made.add_alternative("<p>rich</p>", subtype="html")
        mail = parse(made.as_bytes(), LIMITS)
        assert (mail.full_text.strip(), mail.html) == ("plain", "<p>rich</p>")

    def test_files(self) -> None:
        made = message()
        made.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="运单.pdf")
        made.add_attachment("note", filename="../../etc/passwd")
        made.add_attachment(message("enclosed"))
        mail = parse(made.as_bytes(), LIMITS)
        assert [(file.name, file.content_type) for file in mail.files] == [
            ("运单.pdf", "application/pdf"),
            ("etc_passwd", "text/plain"),
            ("file-3.eml", "message/rfc822"),
        ]
        assert b"enclosed" in mail.files[2].content
        assert "enclosed" not in mail.full_text

    def test_images_in_the_text_have_their_content_id(self) -> None:
        made = message()
        made.add_alternative("<img src='cid:pic@x'>", subtype="html")
        made.get_payload()[1].add_related(b"GIF", "image", "gif", cid="<pic@x>")  # type: ignore[index,union-attr]
        (file,) = parse(made.as_bytes(), LIMITS).files
        assert (file.content_id, file.content_type) == ("pic@x", "image/gif")

    def test_a_file_name_in_encoded_words(self) -> None:
        raw = (
            b'From: a@b.test\r\nContent-Type: application/pdf; name="=?gbk?B?1Mu1pS5wZGY=?="\r\n'
            b"Content-Transfer-Encoding: base64\r\n\r\nJVBERg==\r\n"
        )
        (file,) = parse(raw, LIMITS).files
        assert (file.name, file.content) == ("运单.pdf", b"%PDF")

    def test_direction_marks_in_file_names_are_taken_out(self) -> None:
        made = message()
        made.add_attachment(b"x", maintype="application", subtype="pdf", filename="bill\u202efdp.exe")
        assert parse(made.as_bytes(), LIMITS).files[0].name == "bill_fdp.exe"

    def test_the_return_path_field_serves_without_an_envelope(self) -> None:
        assert parse(b"Return-Path: <>\r\nFrom: a@b.test\r\n\r\nx", LIMITS).return_path == ""
        assert parse(b"Return-Path: <A@b.test>\r\n\r\nx", LIMITS).return_path == "a@b.test"
        assert parse(b"From: a@b.test\r\n\r\nx", LIMITS).return_path is None

    def test_the_envelope_speaks_when_nobody_signs(self) -> None:
        mail = parse(b"Subject: x\r\n\r\nhi", LIMITS, return_path="li@customer.example")
        assert mail.sender is not None
        assert mail.sender.address == "li@customer.example"


class TestBroken:
    def test_boundary_that_never_comes(self) -> None:
        raw = b"From: a@b.test\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--y\r\n\r\nthe text\r\n"
        assert "the text" in parse(raw, LIMITS).full_text

    def test_boundary_that_never_ends(self) -> None:
        raw = b"From: a@b.test\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nthe text\r\n"
        assert parse(raw, LIMITS).full_text.strip() == "the text"

    def test_multipart_without_boundary(self) -> None:
        raw = b"From: a@b.test\r\nContent-Type: multipart/alternative\r\n\r\nthe text\r\n"
        assert parse(raw, LIMITS).full_text.strip() == "the text"

    def test_broken_base64(self) -> None:
        raw = b"From: a@b.test\r\nContent-Transfer-Encoding: base64\r\n\r\nnot*base64!!\r\n"
        assert parse(raw, LIMITS).sender is not None

    def test_unknown_transfer_encoding(self) -> None:
        raw = b"From: a@b.test\r\nContent-Transfer-Encoding: rot13\r\n\r\nuryyb\r\n"
        assert parse(raw, LIMITS).full_text.strip() == "uryyb"

    def test_malformed_content_type(self) -> None:
        raw = b"From: a@b.test\r\nContent-Type: ;;; charset\r\n\r\nhello\r\n"
        assert parse(raw, LIMITS).full_text.strip() == "hello"

    def test_nested_beyond_the_parser(self) -> None:
        nested = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(2000))
        mail = parse(b"From: a@b.test\r\nSubject: deep\r\n" + nested, LIMITS)
        assert (mail.problems, mail.subject) == ((UNREADABLE,), "deep")

    def test_no_bytes_at_all(self) -> None:
        mail = parse(b"", LIMITS)
        assert (mail.sender, mail.subject, mail.full_text) == (None, "", "")


class TestLimits:
    def test_parts(self) -> None:
        made = message()
        for number in range(5):
            made.add_attachment(b"x", maintype="image", subtype="png", filename=f"{number}.png")
        mail = parse(made.as_bytes(), limits(parts=3))
        assert (len(mail.files), mail.problems) == (2, ("too_many_parts",))

    def test_attachments(self) -> None:
        made = message()
        for number in range(3):
            made.add_attachment(b"x", maintype="image", subtype="png", filename=f"{number}.png")
        mail = parse(made.as_bytes(), limits(attachments=2))
        assert (len(mail.files), mail.problems) == (2, ("too_many_attachments",))

    def test_attachment_size(self) -> None:
        made = message()
        made.add_attachment(b"x" * 100, maintype="image", subtype="png", filename="a.png")
        mail = parse(made.as_bytes(), limits(attachment_bytes=99))
        assert (mail.files, mail.problems) == ((), ("attachment_too_large",))

    def test_depth(self) -> None:
        nested = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(30))
        mail = parse(b"From: a@b.test\r\n" + nested + b"\r\nhello", LIMITS)
        assert "nested_too_deep" in mail.problems

    def test_text(self) -> None:
        mail = parse(message("word " * 1000).as_bytes(), limits(text_chars=1000))
        assert (len(mail.full_text), mail.problems) == (1000, ("text_too_long",))

    @pytest.mark.parametrize(
        ("html", "problem"),
        [
            ("<div>" * 500 + "x", "html_too_deep"),
            ("<a href=x>y</a>" * 3000, "too_many_links"),
            ("x" * 600_000, "html_too_long"),
            ("<p>" + "".join(f"<font size={n}>" for n in range(100)) + "</p><p>x" * 2000, "html_too_tangled"),
        ],
        ids=["deep", "links", "long", "tangled"],
    )
    def test_html(self, html: str, problem: str) -> None:
        raw = b"From: a@b.test\r\nContent-Type: text/html\r\n\r\n" + html.encode()
        mail = parse(raw, LIMITS)
        assert (mail.html, mail.problems) == (None, (problem,))


class TestFingerprint:
    def test_is_the_same_by_another_route(self) -> None:
        raw = message().as_bytes()
        routed = b"Return-Path: <li@customer.example>\r\nDelivered-To: x@y\r\nReceived: by z\r\n" + raw
        assert parse(raw, LIMITS).fingerprint(raw) == parse(routed, LIMITS).fingerprint(routed)

    def test_tells_contents_apart(self) -> None:
        one, two = message("one").as_bytes(), message("two").as_bytes()
        assert parse(one, LIMITS).fingerprint(one) != parse(two, LIMITS).fingerprint(two)

    def test_of_what_was_not_read_completely_covers_the_body(self) -> None:
        head = b"From: a@b.test\r\nContent-Type: text/html\r\n\r\n"
        one, two = head + b"<div>" * 500 + b"1", head + b"<div>" * 500 + b"2"
        assert parse(one, LIMITS).fingerprint(one) != parse(two, LIMITS).fingerprint(two)


class TestCorrespondent:
    OWN = frozenset({"support@posthouse.example"})

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ("From: a@b.test", "a@b.test"),
            ("From: a@b.test\r\nReply-To: c@d.test", "c@d.test"),
            ("From: a@b.test\r\nReply-To: support@posthouse.example", "a@b.test"),
            ("From: a@b.test\r\nReply-To: Support+x@posthouse.example", "a@b.test"),
            ("From: support@posthouse.example", None),
            ("From: junk\r\nSender: s@b.test", "s@b.test"),
            ("Subject: none", None),
        ],
    )
    def test_is_whom_an_answer_would_go_to(self, fields: str, expected: str | None) -> None:
        found = parse(f"{fields}\r\n\r\nx".encode(), LIMITS).correspondent(self.OWN)
        assert (found.address if found else None) == expected


def test_what_would_take_the_parser_minutes_is_not_taken_apart() -> None:
    nested = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(150))
    mail = parse(b"From: a@b.test\r\nSubject: slow\r\n" + nested + b"\r\n" * 500_000, LIMITS)
    assert (mail.problems, mail.subject) == ((UNREADABLE,), "slow")
