"""Adapters and readers under arbitrary input: no crash, and no status that the input does not say."""

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.parcels import ParcelStatus as S
from tracking_gateway.carriers.json_items import Malformed
from tracking_gateway.carriers.kuaidi100.parse import parse_answer, parse_push
from tracking_gateway.domain.model import Verdict
from tracking_gateway.domain.numbers.extract import extract
from tracking_gateway.domain.observation import Told, observe
from tracking_gateway.domain.state import from_json, to_json
from tracking_gateway.knowledge import KUAIDI100, PROVIDERS, Knowledge
from tracking_gateway.parameters import TrackingParameters

KNOWLEDGE = Knowledge(TrackingParameters(), own_carrier="posthouse", own_pattern=r"PH\d{10,13}")
NOW = datetime(2026, 6, 1, tzinfo=UTC)

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)
TIMES = st.sampled_from(["2026-05-01 10:00:00", "2026-05-02 10:00", "bad", "", "0001-01-01 00:00:00"]) | ANYTHING
WORDS = [
    "签收",
    "未",
    "无法",
    "派送",
    "退回",
    "拒收",
    "已",
    "快件",
    "delivered",
    "not",
    "was",
    "return",
    "to sender",
    ",",
    "。",
]
TEXTS = st.lists(st.sampled_from(WORDS) | st.text(max_size=4), max_size=10).map(" ".join)
ITEMS = st.fixed_dictionaries(
    {},
    optional={
        "time": TIMES,
        "ftime": TIMES,
        "context": TEXTS | ANYTHING,
        "status": ANYTHING,
        "statusCode": st.sampled_from(["0", "3", "14", "301", "x"]) | ANYTHING,
        "areaName": ANYTHING,
    },
)
RESULTS = st.fixed_dictionaries(
    {},
    optional={
        "nu": st.sampled_from(["73000000000001", "?"]) | ANYTHING,
        "com": st.sampled_from(["zhongtong", "fedex"]) | ANYTHING,
        "state": ANYTHING,
        "data": st.lists(ITEMS | ANYTHING, max_size=5) | ANYTHING,
    },
)


def _observe(told: Told) -> None:
    observation = observe(
        told,
        source=KUAIDI100,
        codes=KNOWLEDGE.codes[KUAIDI100],
        interpreter=KNOWLEDGE.interpreter,
        received_at=NOW,
        snapshot=True,
    )
    state = KNOWLEDGE.folder.fold(observation.events)
    assert from_json(to_json(state)) == state
    if not observation.events:
        assert state.status is S.NOT_FOUND
    assert len(observation.raw) == len(observation.events)


@settings(max_examples=400, deadline=None)
@given(result=RESULTS | ANYTHING, rest=ANYTHING)
def test_pushes(result: Any, rest: Any) -> None:
    try:
        told = parse_push(json.dumps({"status": rest, "lastResult": result, "destResult": rest}))
    except Malformed as refused:
        assert refused.pointer.startswith("#")
        return
    _observe(told)


@settings(max_examples=300, deadline=None)
@given(body=st.text(max_size=200) | st.binary(max_size=200) | RESULTS.map(json.dumps))
def test_answers(body: str | bytes) -> None:
    try:
        told = parse_answer(body)
    except Malformed:
        return
    _observe(told)


@settings(max_examples=500, deadline=None)
@given(provider=st.sampled_from(PROVIDERS), code=st.text(max_size=6), text=TEXTS | st.text(max_size=80))
def test_unknown_codes_invent_nothing(provider: str, code: str, text: str) -> None:
    codes = KNOWLEDGE.codes[provider]
    meaning = KNOWLEDGE.meaning(provider, code, text)
    if code and codes.get(code) is None and not codes.text_for_unknown:
        assert (meaning.status, meaning.exceptions, meaning.verdict) == (None, (), Verdict.UNMAPPED)


DENIALS = [
    "无法签收",
    "快件未送达",
    "未能妥投",
    "was not delivered",
    "could not be delivered",
    "undeliverable as addressed",
]
AROUND = [
    "",
    "已到达北京",
    "正在派送",
    "请联系客服签收",
    "out for delivery",
    "arrived at depot",
    "如已签收请忽略",
    "将再次派送",
]


@settings(max_examples=500, deadline=None)
@given(
    before=st.sampled_from(AROUND),
    denial=st.sampled_from(DENIALS),
    after=st.sampled_from(AROUND),
    code=st.sampled_from(["", "0", "3", "301", "2"]),
)
def test_what_denies_delivery_never_delivers(before: str, denial: str, after: str, code: str) -> None:
    """Whatever neutral statements, advice or conditions stand around it, and whatever the code says."""
    assert KNOWLEDGE.meaning(KUAIDI100, code, f"{before}, {denial}, {after}").status is not S.DELIVERED


@settings(max_examples=500, deadline=None)
@given(text=st.text(max_size=200) | st.text("0123456789零一二三oneZSF -.", max_size=120))
def test_extraction_finds_or_finds_not(text: str) -> None:
    for found in extract(text, KNOWLEDGE.ranker):
        assert 5 <= len(found.text) <= 40
        assert found.ranking.candidates or found.ranking.rejected
