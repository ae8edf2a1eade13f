"""What goes out is a mail that every client and server understands."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest

from channel_email.domain.compose import Outgoing, compose, html_of, references_of, subject_of
from channel_email.domain.mail import FilePart


def outgoing(**changed: Any) -> Outgoing:
    values: dict[str, Any] = {
        "mail_id": "m." + "a" * 26 + "." + "b" * 26 + "." + "c" * 16 + "@posthouse.example",
        "mailbox": "support@posthouse.example",
        "mailbox_name": "驿站客服",
        "author_name": "王芳",
        "recipient": "li@customer.example",
        "recipient_name": "李雷",
        "reply_to": "support+t" + "a" * 42 + "@posthouse.example",
        "subject": "Re: 查询",
        "text": "您好",
        "references": (),
        "date": datetime(2026, 1, 5, 9, tzinfo=UTC),
    }
    return Outgoing(**{**values, **changed})


class TestHeaders:
    def test_long_ids_stay_whole(self) -> None:
        chain = ["x" * 200 + "@a.test", "y" * 90 + "@b.test", "z@c.test"]
        content = compose(outgoing(references=chain))
        references = message_from_bytes(content)["References"].split()
        assert references == [f"<{each}>" for each in chain]
        assert message_from_bytes(content)["In-Reply-To"] == "<z@c.test>"
        assert b"=?" not in content.split(b"References:")[1].split(b"MIME")[0]
        assert message_from_bytes(content)["Message-ID"] == f"<{outgoing().mail_id}>"

    def test_no_thread_no_fields(self) -> None:
        message = message_from_bytes(compose(outgoing()))
        assert "In-Reply-To" not in message
        assert "References" not in message

    def test_names(self) -> None:
        message = message_from_bytes(compose(outgoing()), policy=default)
        assert str(message["From"]) == "王芳 · 驿站客服 <support@posthouse.example>"
        assert str(message["To"]) == "李雷 <li@customer.example>"
        assert message["From"].addresses[0].addr_spec == "support@posthouse.example"

    def test_line_breaks_in_names_make_no_fields(self) -> None:
        message = message_from_bytes(compose(outgoing(recipient_name="x\r\nBcc: evil@x.test", author_name="a\nb")))
        assert "Bcc" not in message

    def test_domains_in_other_scripts(self) -> None:
        message = message_from_bytes(compose(outgoing(recipient="li@例子.test")), policy=default)
        assert message["To"].addresses[0].domain == "xn--fsqu00a.test"

    @pytest.mark.parametrize("recipient", ["李@customer.example", "li@" + "例" * 70 + ".test"])
    def test_addresses_that_cannot_be_written(self, recipient: str) -> None:
        with pytest.raises(ValueError, match="address"):
            compose(outgoing(recipient=recipient))


class TestBody:
    def test_text_and_html_say_the_same(self) -> None:
        message = message_from_bytes(compose(outgoing(text="a < b\n\nhttps://ex.test/?a=1&b=2.")), policy=default)
        plain, rich = message.get_body(("plain",)), message.get_body(("html",))
        assert plain is not None
        assert rich is not None
        assert "a < b" in plain.get_content()
        assert "a &lt; b" in rich.get_content()
        assert '<a href="https://ex.test/?a=1&amp;b=2">' in rich.get_content()

    def test_files(self) -> None:
        file = FilePart("面单.pdf", "application/pdf", b"%PDF")
        message = message_from_bytes(compose(outgoing(files=[file])), policy=default)
        (attached,) = message.iter_attachments()
        assert (attached.get_filename(), attached.get_content_type()) == ("面单.pdf", "application/pdf")

    def test_seven_bit(self) -> None:
        assert compose(outgoing(text="长" * 5000)).isascii()

    def test_html_is_escaped(self) -> None:
        assert "<script>" not in html_of("<script>alert(1)</script>")
        assert 'href="https://a.test/&quot;' not in html_of('https://a.test/"onmouseover="x')


@pytest.mark.parametrize(
    ("original", "wanted", "subject"),
    [
        ("查询", None, "Re: 查询 [#C-1]"),
        ("Re: 查询 [#C-1]", None, "Re: 查询 [#C-1]"),
        ("回复：查询", None, "回复：查询 [#C-1]"),
        ("", None, "[#C-1]"),
        ("a\r\nBcc: x", None, "Re: a Bcc: x [#C-1]"),
        ("查询", "您的包裹", "您的包裹 [#C-1]"),
    ],
)
def test_subjects(original: str, wanted: str | None, subject: str) -> None:
    assert subject_of(original, "C-1", wanted) == subject


def test_references_keep_the_first_and_the_newest() -> None:
    assert references_of(["a", "b", "a", "c", "d"], 3) == ["a", "c", "d"]
    assert references_of(["a", "b"], 3) == ["a", "b"]
