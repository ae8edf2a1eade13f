"""How well exceptions are read from sentences, per code, on sentences that carriers might write."""

import pytest

from tests.unit.tracking_gateway.sentence_report import BLIND, FRESH, HELD_OUT, PAGE, SETTLED, labelled, page, score
from tracking_gateway.knowledge import Knowledge

LEAST = {SETTLED: (0.97, 0.97), HELD_OUT: (0.92, 0.92), FRESH: (0.92, 0.92), BLIND: (0.85, 0.60)}
"""Least precision and recall; the page says what they are."""


def test_there_are_enough_sentences_in_both_languages() -> None:
    sentences = [sentence for name in LEAST for sentence in labelled(name)]
    chinese = sum(sentence.chinese for sentence in sentences)
    assert len(sentences) == len({sentence.text for sentence in sentences}) >= 500
    assert min(chinese, len(sentences) - chinese) >= 200
    assert sum(not sentence.stated for sentence in sentences) >= 100


@pytest.mark.parametrize("name", LEAST)
def test_exceptions_are_read_from_sentences(knowledge: Knowledge, name: str) -> None:
    found = score(knowledge, labelled(name))
    precision, recall = found.precision(), found.recall()
    assert precision is not None
    assert recall is not None
    assert (precision >= LEAST[name][0], recall >= LEAST[name][1]) == (True, True), found.misread


def test_the_page_states_what_is_so(knowledge: Knowledge) -> None:
    assert PAGE.read_text("utf-8") == page(knowledge), "python -m tests.unit.tracking_gateway.sentence_report"
