"""Which words are stored and which are asked for: whatever is asked of a text's own phrase, the text has it."""

from hypothesis import given
from hypothesis import strategies as st

from cases.domain.search import query_tokens, tokens

CHINESE = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=30)


def test_chinese_is_stored_in_characters_and_pairs() -> None:
    assert tokens("破损了") == ["破", "损", "了", "破损", "损了"]
    assert query_tokens("破损了") == ["破损", "损了"]
    assert query_tokens("破") == ["破"]


def test_other_words_are_whole_and_folded() -> None:
    assert tokens("ＳＦ123 Damaged-box") == ["sf123", "damaged", "box"]


@given(CHINESE, st.data())
def test_every_phrase_of_a_text_is_found_in_it(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    assert set(query_tokens(text[start:end])) <= set(tokens(text))


@given(st.text(max_size=300))
def test_tokens_hold_nothing_a_query_could_trip_over(text: str) -> None:
    for token in [*tokens(text), *query_tokens(text)]:
        assert token.isalnum() and "'" not in token and " " not in token
