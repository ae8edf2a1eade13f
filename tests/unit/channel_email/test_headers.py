"""Header fields are read as a person would, and never raise."""

from email import message_from_bytes
from email.message import Message

import pytest

from channel_email.domain import headers
from channel_email.domain.headers import Mailbox


def field(name: str, raw: bytes) -> Message:
    return message_from_bytes(name.encode() + b": " + raw + b"\r\n\r\n")


class TestText:
    @pytest.mark.parametrize(
        ("raw", "text"),
        [
            (b"plain", "plain"),
            (b"=?utf-8?B?5p+l6K+i5b+r6YCS?=", "查询快递"),
            (b"=?gb2312?B?suk=?= =?gb2312?B?0a8=?=", "查询"),
            (b"=?gb2312?B?sg==?= =?gb2312?B?6dGv?=", "查询"),
            (b"Re: =?iso-8859-1?Q?caf=E9_au?= lait", "Re: café au lait"),
            (b"=?utf-8*en?Q?x?=y", "xy"),
            (b"=?utf-8?B?not base64!?=", "=?utf-8?B?not base64!?="),
            (b"=?x-unknown?Q?=B2=E9=D1=AF?=", "查询"),
            ("查询".encode("gbk"), "查询"),
            ("查询".encode(), "查询"),
            (b"folded\r\n  line", "folded line"),
            (b"a\x00b\x07c", "ab c"),
        ],
    )
    def test_decoding(self, raw: bytes, text: str) -> None:
        assert headers.text_value(field("Subject", raw), "subject") == text

    def test_absent(self) -> None:
        assert headers.text_value(Message(), "Subject") == ""


class TestAddresses:
    @pytest.mark.parametrize(
        ("raw", "expected"),
        [
            (b"Li Lei <Li.Lei@Ex.test>", [Mailbox("li.lei@ex.test", "Li Lei")]),
            (b"=?utf-8?B?5p2O6Zu3?= <a@b.test>", [Mailbox("a@b.test", "李雷")]),
            (b'"Lei, Li" <a@b.test>, c@d.test', [Mailbox("a@b.test", "Lei, Li"), Mailbox("c@d.test")]),
            (b"=?utf-8?B?PGFAYi50ZXN0Pg==?=", [Mailbox("a@b.test")]),
            (b"<a@b.test", [Mailbox("a@b.test")]),
            (b"undisclosed-recipients:;", []),
            (b"", []),
            (b"<>", []),
            (b"a b <not an address>", []),
            (b"@@@ <<<", []),
        ],
    )
    def test_parsing(self, raw: bytes, expected: list[Mailbox]) -> None:
        assert list(headers.addresses(field("From", raw), "From")) == expected

    def test_no_repeats_over_fields(self) -> None:
        message = message_from_bytes(b"To: a@b.test\r\nCc: A@b.test, c@d.test\r\n\r\n")
        assert [box.address for box in headers.addresses(message, "To", "Cc")] == ["a@b.test", "c@d.test"]

    def test_long_fields_are_cut_not_feared(self) -> None:
        huge = b", ".join(b"a%d@b.test" % n for n in range(100_000))
        assert 1000 < len(headers.addresses(field("To", huge), "To")) < 5000

    @pytest.mark.parametrize(
        "junk", ["", "a", "a@", "@b", "a b@c", "a@b@c", "a@b\nc", "<a@b>x", "a\ud800@b", "x" * 400 + "@b"]
    )
    def test_what_is_no_address(self, junk: str) -> None:
        assert headers.normalised(junk) is None


class TestIds:
    @pytest.mark.parametrize(
        ("raw", "ids"),
        [
            ("<a@b>", ("a@b",)),
            ("<a@b> <c@d>\t<a@b>", ("a@b", "c@d")),
            ("a@b", ("a@b",)),
            ("<>", ()),
            ("", ()),
            ("   ", ()),
            ("no id at all", ()),
            ("<a@b> (comment) <c d@e>", ("a@b",)),
        ],
    )
    def test_parsing(self, raw: str, ids: tuple[str, ...]) -> None:
        assert headers.message_ids(raw, 10) == ids

    def test_the_newest_are_kept(self) -> None:
        assert headers.message_ids("<a@x> <b@x> <c@x>", 2) == ("b@x", "c@x")


class TestDates:
    def test_in_utc(self) -> None:
        date = headers.date_value(field("Date", b"Mon, 05 Jan 2026 09:00:00 +0800"))
        assert date is not None
        assert date.isoformat() == "2026-01-05T01:00:00+00:00"

    @pytest.mark.parametrize(
        "raw", [b"", b"yesterday", b"Mon, 99 Foo 2026", b"Mon, 05 Jan 99999999 09:00:00 +0000", b"\xff"]
    )
    def test_junk(self, raw: bytes) -> None:
        assert headers.date_value(field("Date", raw)) is None
