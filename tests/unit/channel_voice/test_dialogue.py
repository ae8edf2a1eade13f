"""The keypad menu."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channel_voice.domain import dialogue as menu
from channel_voice.domain.dialogue import Ask, Dialogue, Goodbye, LookUp, MenuRules, Node, ToPerson, spell
from channel_voice.domain.speech import Line
from chassis.i18n import Catalogue
from contracts.values import Language

RULES = MenuRules(wrong_limit=3, silence_limit=3, waybill_min_digits=8, waybill_max_digits=22)
TEXTS = Catalogue.load("channel_voice")
ZH, EN = Language.ZH_CN, Language.EN


def walk(dialogue: Dialogue, *keys: str) -> tuple[Dialogue, menu.Action]:
    action: menu.Action = Ask(())
    for key in keys:
        dialogue, action = menu.hear(dialogue, key, RULES)
    return dialogue, action


def keys_of(action: menu.Action) -> list[tuple[Language, str]]:
    assert not isinstance(action, LookUp)
    return [(line.language, line.key) for line in action.lines]


def test_the_greeting_offers_the_other_language_in_that_language() -> None:
    dialogue, ask = menu.greet(ZH)
    assert keys_of(ask) == [(ZH, "greeting"), (ZH, "menu"), (EN, "press_2_for_this_language")]
    dialogue, action = menu.hear(dialogue, "2", RULES)
    assert dialogue.language is EN
    assert keys_of(action) == [(EN, "menu"), (ZH, "press_2_for_this_language")]


def test_a_waybill_is_entered_read_back_and_looked_up() -> None:
    dialogue, action = walk(Dialogue(ZH), "1")
    assert isinstance(action, Ask)
    assert action.many
    dialogue, action = walk(dialogue, "773123456789")
    assert isinstance(action, Ask)
    assert action.lines[0].values["digits"] == "7 7 3 1, 2 3 4 5, 6 7 8 9"
    assert not action.many
    for agreement in ("1", ""):
        _, action = walk(dialogue, agreement)
        assert action == LookUp("773123456789")


def test_a_misread_waybill_is_entered_again() -> None:
    dialogue, action = walk(Dialogue(ZH), "1", "773123456789", "2")
    assert dialogue.node is Node.ENTER
    assert dialogue.digits is None
    assert keys_of(action) == [(ZH, "enter_waybill")]


def test_star_starts_the_number_again_without_a_complaint() -> None:
    dialogue, action = walk(Dialogue(ZH), "1", "77312*")
    assert (dialogue.node, dialogue.wrong) == (Node.ENTER, 0)
    assert keys_of(action) == [(ZH, "enter_waybill")]


@pytest.mark.parametrize("typed", ["1234567", "1" * 23])
def test_numbers_of_impossible_length_are_refused(typed: str) -> None:
    dialogue, action = walk(Dialogue(ZH), "1", typed)
    assert dialogue.node is Node.ENTER
    assert keys_of(action)[0] == (ZH, "wrong.waybill")


@pytest.mark.parametrize("before", [(), ("1",), ("1", "773123456789")])
def test_zero_leads_to_a_person_from_anywhere(before: tuple[str, ...]) -> None:
    _, action = walk(Dialogue(EN), *before, "0")
    assert isinstance(action, ToPerson)


def test_an_answer_can_be_heard_again_or_followed_by_another_parcel() -> None:
    told = (Line(EN, "status.delivered"),)
    dialogue, action = menu.answered(Dialogue(EN, node=Node.CONFIRM, digits="12345678"), told, "12345678")
    assert keys_of(action) == [(EN, "status.delivered"), (EN, "after_answer")]
    again, repeated = walk(dialogue, "9")
    assert (again, repeated) == (dialogue, action)
    other, _ = walk(dialogue, "1")
    assert other.node is Node.ENTER


def test_wrong_keys_in_a_row_lead_to_a_person_and_a_useful_one_forgives() -> None:
    _, action = walk(Dialogue(ZH), "7", "8", "9")
    assert isinstance(action, ToPerson)
    dialogue, action = walk(Dialogue(ZH), "7", "8", "2", "9", "9")
    assert isinstance(action, Ask)
    assert dialogue.wrong == 2


def test_silence_in_a_row_ends_the_call() -> None:
    _, action = walk(Dialogue(ZH), "", "")
    assert isinstance(action, Ask)
    _, action = walk(Dialogue(ZH), "", "", "")
    assert action == Goodbye((Line(ZH, "goodbye"),), "silence")


def test_digits_that_fit_several_parcels_go_to_a_person_who_can_ask_for_letters() -> None:
    dialogue = Dialogue(ZH, node=Node.CONFIRM, digits="1234567890123")
    after, action = menu.ambiguous(dialogue)
    assert isinstance(action, ToPerson)
    assert after.waybill_no is None


@given(st.text("0123456789*#", max_size=30).filter(lambda keys: keys != ""), st.integers(0, 40))
def test_the_menu_always_comes_to_an_end_or_a_useful_key(keys: str, times: int) -> None:
    """Whatever is pressed over and over, nobody is asked the same wrong thing more often than the limit."""
    dialogue = Dialogue(ZH)
    for _ in range(times):
        dialogue, action = menu.hear(dialogue, keys, RULES)
        assert dialogue.wrong <= RULES.wrong_limit
        if isinstance(action, LookUp):
            dialogue, action = menu.answered(dialogue, (), dialogue.digits or "")
        for line in action.lines:
            assert TEXTS.text(line.language, line.key, **line.values)
        if isinstance(action, ToPerson | Goodbye):
            break


@pytest.mark.parametrize(("number", "said"), [("", ""), ("123", "1 2 3"), ("SF12345", "S F 1 2, 3 4 5")])
def test_numbers_are_spelt_in_groups(number: str, said: str) -> None:
    assert spell(number) == said
