"""Links for departments, and the words by which questions find articles."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.domain.departments import BadLink, Link, LinkSigner
from cases.domain.knowledge import LONGEST_GAP, normalised_query, question_tokens
from cases.knowledge_base import packaged

SECRET = b"0123456789abcdef"
LINK = Link(uuid4(), 3, datetime(2026, 5, 1, tzinfo=UTC))


class TestLinks:
    def test_they_say_what_they_were_made_for(self) -> None:
        signer = LinkSigner([SECRET])
        assert signer.read(signer.token(LINK)) == LINK

    @given(st.integers(0, 79), st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"))
    def test_a_changed_one_is_no_link(self, at: int, char: str) -> None:
        signer = LinkSigner([SECRET])
        token = signer.token(LINK)
        at %= len(token)
        changed = token[:at] + char + token[at + 1 :]
        if changed == token:
            assert signer.read(changed) == LINK
            return
        try:
            assert signer.read(changed) == LINK  # unused bits of the last character alone
            assert at == len(token) - 1
        except BadLink:
            pass

    @pytest.mark.parametrize("token", ["", "x", "ä", "A" * 80, "=" * 5, "../../etc", "A" * 5000])
    def test_nonsense_is_no_link(self, token: str) -> None:
        with pytest.raises(BadLink):
            LinkSigner([SECRET]).read(token)

    def test_secrets_can_be_changed(self) -> None:
        old, new = LinkSigner([SECRET]), LinkSigner([b"fedcba9876543210", SECRET])
        assert new.read(old.token(LINK)) == LINK
        with pytest.raises(BadLink):
            old.read(new.token(LINK))
        with pytest.raises(ValueError, match="16 bytes"):
            LinkSigner([b"short"])

    def test_forms_are_bound_to_link_and_state(self) -> None:
        signer = LinkSigner([SECRET])
        given_token = signer.form_token("link", 1)
        assert signer.is_form_token("link", 1, given_token)
        assert not signer.is_form_token("link", 2, given_token)
        assert not signer.is_form_token("other", 1, given_token)


class TestQuestions:
    def test_only_words_with_meaning_search(self) -> None:
        assert [word for word, _ in question_tokens("请问充电宝能不能寄呢？")] == ["充电", "电宝", "寄"]
        assert question_tokens("Can I send parcels to you?") == [("send", 2), ("parcel", 2)]
        assert dict(question_tokens("寄书"))["寄书"] == 2 and question_tokens("书") == [("书", 1)]
        assert question_tokens("？！") == []

    def test_gaps_count_the_same_question_once_and_keep_no_numbers(self) -> None:
        assert normalised_query("  宠物，托运！ ") == normalised_query("宠物 托运") == "宠物 托运"
        assert normalised_query("SF1234567890123 到哪了") == "# 到哪了"
        assert normalised_query("call 13800000001 or 12") == "call # or 12"
        assert len(normalised_query("很" * 500)) == LONGEST_GAP

    @given(st.text(max_size=300))
    def test_normalising_twice_changes_nothing(self, text: str) -> None:
        once = normalised_query(text)
        assert normalised_query(once) == once


class TestPackagedArticles:
    def test_there_are_twenty_or_more_in_both_languages_with_sources(self) -> None:
        articles = packaged()
        assert len(articles) >= 20 and len({article.slug for article in articles}) == len(articles)
        for article in articles:
            content = article.content
            assert any("\u4e00" <= char <= "\u9fff" for char in content.zh.body)
            assert not any("\u4e00" <= char <= "\u9fff" for char in content.en.body)
            assert article.case_types and content.words()
        assert sum(bool(article.content.laws) for article in articles) >= 12
