"""Which words are stored and which are asked for: whatever is asked of a text's own phrase, the text has it."""

from hypothesis import given
from hypothesis import strategies as st

from cases.domain.search import query_tokens, snippet, tokens

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


class TestSnippets:
    LONG = "前言" * 200 + "快递员把包裹放错了地方" + "后记" * 200

    def test_show_the_place(self) -> None:
        shown = snippet(self.LONG, query_tokens("放错"), 60)
        assert "放错了地方" in shown and shown.startswith("…") and shown.endswith("…") and len(shown) <= 62
        english = snippet(
            "so " * 300 + "The PARCEL was Damaged badly" + " so" * 300, query_tokens("damaged parcel"), 80
        )
        assert "PARCEL was Damaged" in english

    def test_short_and_unfound_texts(self) -> None:
        assert snippet("短文", query_tokens("放错"), 60) == "短文"
        assert snippet(self.LONG, query_tokens("nowhere"), 60).startswith("前言")
        assert snippet(self.LONG, query_tokens("后记"), 60).endswith("…")
        assert snippet("x" * 100 + "末尾", query_tokens("末尾"), 20).endswith("末尾")
