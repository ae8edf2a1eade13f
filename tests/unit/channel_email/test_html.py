"""HTML of strangers is made harmless, and its quotations are recognised."""

import pytest

from channel_email.domain.html import sanitised, to_text


class TestSanitised:
    @pytest.mark.parametrize(
        "dangerous",
        [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "<a href='javascript:alert(1)'>x</a>",
            "<a href='data:text/html,x'>x</a>",
            "<iframe src='https://evil.example'></iframe>",
            "<form action='https://evil.example'><input name=password></form>",
            "<style>body{display:none}</style>",
            "<base href='https://evil.example/'>",
            "<meta http-equiv=refresh content='0;url=https://evil.example'>",
            "<svg onload=alert(1)>",
            "<math><mtext></p><style><img src=x onerror=alert(1)>",
            "<div style='background:url(https://spy.example)'>x</div>",
            "<div style='position:fixed;top:0'>x</div>",
            "<img src='https://spy.example/pixel.gif'>",
            "<img srcset='https://spy.example/pixel.gif 1x'>",
            "<video poster='https://spy.example/x'></video>",
            "<table background='https://spy.example/x'></table>",
            "<link rel=stylesheet href='https://spy.example'>",
        ],
    )
    def test_nothing_acts_and_nothing_calls_home(self, dangerous: str) -> None:
        clean = sanitised(dangerous).lower()
        for trace in ("script", "onerror", "onload", "javascript:", "data:", "evil.example", "spy.example", "url("):
            assert trace not in clean
        for trace in ("<form", "<input", "<style", "<iframe", "<svg", "position"):
            assert trace not in clean

    def test_what_is_harmless_stays(self) -> None:
        html = (
            '<p style="color:red">Hi <b>Li</b></p><table><tbody><tr><td>1</td></tr></tbody></table><img src="cid:a@b">'
        )
        assert sanitised(html) == html
        assert 'href="tel:+8610955430000"' in sanitised('<a href="tel:+8610955430000">call</a>')
        assert 'rel="noopener noreferrer nofollow"' in sanitised('<a href="https://ex.test">x</a>')

    def test_nothing_of_the_head_leaks(self) -> None:
        assert sanitised("<html><head><title>T</title><style>a{}</style></head><body>x</body></html>").strip() == "x"


class TestText:
    def test_blocks_and_breaks(self) -> None:
        html = "<div>one</div><div>two<br>three</div><p>four</p><ul><li>a</li><li>b</li></ul>"
        assert to_text(html) == "one\ntwo\nthree\n\nfour\n\n- a\n- b"

    def test_tables(self) -> None:
        assert to_text("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>") == "a b\nc"

    def test_entities_and_spaces(self) -> None:
        assert to_text("a&nbsp;&lt;b&gt;\n   c\u200b") == "a <b> c"

    def test_preformatted(self) -> None:
        assert to_text("<pre>a\n  b</pre>") == "a\n  b"

    @pytest.mark.parametrize(
        "quote",
        [
            "<div class='gmail_quote'>old</div>",
            "<blockquote type='cite'>old</blockquote>",
            "<blockquote class='x'>old</blockquote>",
            "<blockquote style='border-left:1px solid'>old</blockquote>",
            "<div id='appendonsend'></div><div>old</div>",
            "<hr><div id='divRplyFwdMsg'>old</div>",
            "<includetail>old</includetail>",
            "<div id='isReplyContent'>old</div>",
            "<div class='moz-cite-prefix'>old</div>",
            "<div data-marker='__QUOTED_TEXT__'>old</div>",
            "<div class='protonmail_quote'>old</div>",
        ],
    )
    def test_what_clients_mark_as_quoted(self, quote: str) -> None:
        assert to_text(f"<div>new</div>{quote}").splitlines()[-1] == "> old"

    def test_a_passage_of_the_writer_is_no_quotation(self) -> None:
        assert to_text("<p>he said</p><blockquote>hello</blockquote>") == "he said\n\nhello"
