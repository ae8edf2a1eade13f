"""Which texts are keywords."""

import pytest

from channel_sms.domain.optout import Wish, is_letter, needs_person, offered, wish_of
from channel_sms.parameters import SmsParameters

WORDS = SmsParameters().words()


@pytest.mark.parametrize(
    "text", ["STOP", "stop.", " S T O P ", "ＳＴＯＰ", "退订", "【退订】", "td", "TD！", "回T退订", "Unsubscribe"]
)
def test_stop(text: str) -> None:
    assert wish_of(text, WORDS) is Wish.STOP
    assert not needs_person(text, Wish.STOP, WORDS)


@pytest.mark.parametrize(
    "text", ["", "please stop calling the driver", "别退订我的包裹通知", "R", "T", "1", "stop stop", "我要退订快递"]
)
def test_not_a_keyword(text: str) -> None:
    assert wish_of(text, WORDS) is None


@pytest.mark.parametrize(("text", "wish"), [("START", Wish.START), ("unstop", Wish.START), ("Help?", Wish.HELP)])
def test_others(text: str, wish: Wish) -> None:
    assert wish_of(text, WORDS) is wish


def test_help_and_ambiguous_words_need_a_person() -> None:
    assert needs_person("help", Wish.HELP, WORDS)
    assert needs_person("取消", Wish.STOP, WORDS)


@pytest.mark.parametrize(
    ("letter", "promotion", "counts"),
    [
        ("R", "【驿站】寄件八折，拒收请回复R", True),
        ("r。", "寄件八折 回 R 退订", True),
        ("T", "寄件八折，拒收请回复R", False),
        ("R", "Reply R to opt out", True),
        ("R", "R is the first letter of River", False),
    ],
)
def test_letters_only_answer_the_promotion_that_offered_them(letter: str, promotion: str, counts: bool) -> None:
    assert is_letter(letter, WORDS)
    assert offered(letter, promotion, WORDS) is counts
