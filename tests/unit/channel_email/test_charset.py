"""Bytes become the text that was meant, whatever the label says."""

import pytest

from channel_email.domain.charset import decode, storable

CHINESE = "您好，我的包裹三天没有更新了，请帮忙查询一下。"


@pytest.mark.parametrize("charset", ["gb2312", "GBK", "gb18030", "utf-8", "utf-16", '"GB2312"', " gbk "])
def test_declared_chinese(charset: str) -> None:
    assert decode(CHINESE.encode(charset.strip('" ')), charset) == CHINESE


def test_big5() -> None:
    text = "您好，我的包裹還沒有收到，請協助查詢。"
    assert decode(text.encode("big5"), "big5") == text


def test_gbk_characters_under_the_label_gb2312() -> None:
    assert decode("收件人：朱镕基、㐀".encode("gb18030"), "gb2312") == "收件人：朱镕基、㐀"


@pytest.mark.parametrize("charset", [None, "", "x-unknown", "unknown-8bit", "hex", "idna", "unicode_escape", "a" * 99])
def test_without_a_usable_label(charset: str | None) -> None:
    assert decode(CHINESE.encode("gbk"), charset) == CHINESE
    assert decode(CHINESE.encode(), charset) == CHINESE


def test_utf8_labelled_as_ascii() -> None:
    assert decode(CHINESE.encode(), "us-ascii") == CHINESE


def test_a_damaged_byte_does_not_change_the_charset() -> None:
    damaged = (CHINESE * 4).encode("gbk")[:-1]
    assert decode(damaged, "gbk").startswith(CHINESE * 3)


def test_western_text_without_label() -> None:
    assert decode("café".encode("latin-1")) == "café"
    assert decode("naïve “quotes”".encode("windows-1252")) == "naïve “quotes”"


def test_latin1_label_means_windows_1252() -> None:
    assert decode(b"\x93hi\x94", "iso-8859-1") == "“hi”"


def test_nothing_that_cannot_be_stored_remains() -> None:
    assert decode(b"a\x00b", "utf-8") == "ab"
    assert decode(b"+2AA-x", "utf-7") == "?x"
    assert storable("\ud800\x00") == "?"
