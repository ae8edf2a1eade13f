"""Adapters and readers under arbitrary input: no crash, and no status that the input does not say."""

import json
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.parcels import ParcelStatus as S
from tracking_gateway.carriers.aftership.parse import parse_webhook as aftership
from tracking_gateway.carriers.dhl.parse import parse_answer as dhl
from tracking_gateway.carriers.easypost.parse import parse_webhook as easypost
from tracking_gateway.carriers.epcis.parse import parse_document as epcis
from tracking_gateway.carriers.fedex.parse import parse_answer as fedex
from tracking_gateway.carriers.json_items import Malformed, parse_object
from tracking_gateway.carriers.kdniao.parse import parse_push as kdniao
from tracking_gateway.carriers.kuaidi100.parse import parse_answer, parse_push
from tracking_gateway.carriers.sf.parse import parse_push as sf
from tracking_gateway.carriers.track17.parse import parse_push as track17
from tracking_gateway.carriers.ups.parse import parse_answer as ups
from tracking_gateway.carriers.usps.parse import parse_answer as usps
from tracking_gateway.domain.model import Verdict
from tracking_gateway.domain.numbers.extract import extract
from tracking_gateway.domain.observation import Told, observe
from tracking_gateway.domain.state import from_json, to_json
from tracking_gateway.knowledge import KUAIDI100, PROVIDERS, Knowledge
from tracking_gateway.parameters import TrackingParameters

KNOWLEDGE = Knowledge(TrackingParameters(), own_carrier="posthouse", own_pattern=r"PH\d{10,13}")
NOW = datetime(2026, 6, 1, tzinfo=UTC)
EXAMPLES = 10_000 if os.environ.get("POSTHOUSE_FUZZ") == "large" else 200

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


def _observe(told: Told, source: str = KUAIDI100) -> None:
    observation = observe(
        told,
        source=source,
        codes=KNOWLEDGE.codes[source],
        interpreter=KNOWLEDGE.interpreter,
        received_at=NOW,
        snapshot=True,
    )
    state = KNOWLEDGE.folder.fold(observation.events)
    assert from_json(to_json(state)) == state
    if not observation.events:
        assert state.status is S.NOT_FOUND
    assert len(observation.raw) == len(observation.events)


@settings(max_examples=EXAMPLES, deadline=None)
@given(result=RESULTS | ANYTHING, rest=ANYTHING)
def test_pushes(result: Any, rest: Any) -> None:
    try:
        told = parse_push(json.dumps({"status": rest, "lastResult": result, "destResult": rest}))
    except Malformed as refused:
        assert refused.pointer.startswith("#")
        return
    _observe(told)


@settings(max_examples=EXAMPLES, deadline=None)
@given(body=st.text(max_size=200) | st.binary(max_size=200) | RESULTS.map(json.dumps))
def test_answers(body: str | bytes) -> None:
    try:
        told = parse_answer(body)
    except Malformed:
        return
    _observe(told)


NUMBER = "1ZA1B2C30398765433"
SAMPLES: dict[str, tuple[Callable[[Any], Sequence[Told] | Told | None], Any]] = {
    "kdniao": (
        lambda data: kdniao(json.dumps(data)),
        {
            "Data": [
                {
                    "ShipperCode": "ZTO",
                    "LogisticCode": NUMBER,
                    "State": "4",
                    "Traces": [{"AcceptTime": "2026-03-01 10:00:00", "AcceptStation": "签收", "Action": "301"}],
                }
            ]
        },
    ),
    "17track": (
        lambda data: track17(json.dumps(data).encode()),
        {
            "event": "TRACKING_UPDATED",
            "data": {
                "number": NUMBER,
                "carrier": 100002,
                "track_info": {
                    "latest_status": {"status": "Delivered", "sub_status": "Delivered_Other"},
                    "tracking": {
                        "providers": [{"events": [{"time_iso": "2026-03-01T10:00:00Z", "stage": "Delivered"}]}]
                    },
                },
            },
        },
    ),
    "aftership": (
        lambda data: aftership(json.dumps(data).encode()),
        {
            "event": "tracking_update",
            "msg": {
                "slug": "ups",
                "tracking_number": NUMBER,
                "tag": "Delivered",
                "checkpoints": [{"checkpoint_time": "2026-03-01T10:00:00", "subtag": "Delivered_001", "hash": "h"}],
            },
        },
    ),
    "easypost": (
        lambda data: easypost(json.dumps(data).encode()),
        {
            "result": {
                "object": "Tracker",
                "carrier": "UPS",
                "tracking_code": NUMBER,
                "tracking_details": [
                    {"datetime": "2026-03-01T10:00:00Z", "status": "delivered", "tracking_location": {"state": "NV"}}
                ],
            }
        },
    ),
    "sf": (
        lambda data: sf(json.dumps(data).encode()),
        {"Body": {"WaybillRoute": [{"mailno": NUMBER, "acceptTime": "2026-03-01 10:00:00", "opCode": "80"}]}},
    ),
    "epcis": (
        lambda data: epcis(json.dumps(data).encode(), "posthouse"),
        {
            "epcisBody": {
                "eventList": [
                    {
                        "eventTime": "2026-03-01T10:00:00Z",
                        "eventTimeZoneOffset": "+08:00",
                        "bizStep": "departing",
                        "disposition": "damaged",
                        "epcList": ["urn:epc:id:sscc:6901234.3567890123"],
                        "bizTransactionList": [{"type": "bol", "bizTransaction": "urn:x:PH00001"}],
                    }
                ]
            }
        },
    ),
    "ups": (
        lambda data: ups(parse_object(json.dumps(data)), NUMBER),
        {
            "trackResponse": {
                "shipment": [
                    {
                        "package": [
                            {
                                "trackingNumber": NUMBER,
                                "activity": [
                                    {
                                        "status": {"type": "D", "code": "ZZ", "description": "Delivered"},
                                        "date": "20260301",
                                        "time": "100000",
                                        "gmtDate": "20260301",
                                        "gmtTime": "15:00:00",
                                        "gmtOffset": "-05:00",
                                        "location": {"address": {"city": "RENO"}},
                                    }
                                ],
                            }
                        ]
                    }
                ]
            }
        },
    ),
    "fedex": (
        lambda data: fedex(parse_object(json.dumps(data)), NUMBER),
        {
            "output": {
                "completeTrackResults": [
                    {
                        "trackingNumber": NUMBER,
                        "trackResults": [{"scanEvents": [{"date": "2026-03-01T10:00:00Z", "eventType": "DL"}]}],
                    }
                ]
            }
        },
    ),
    "usps": (
        lambda data: usps(parse_object(json.dumps(data)), NUMBER),
        {"trackingEvents": [{"eventTimestamp": "2026-03-01T10:00:00", "eventCode": "01", "eventState": "NV"}]},
    ),
    "dhl": (
        lambda data: dhl(parse_object(json.dumps(data)), "dhl", NUMBER),
        {
            "shipments": [
                {
                    "id": NUMBER,
                    "events": [
                        {
                            "timestamp": "2026-03-01T10:00:00",
                            "statusCode": "delivered",
                            "location": {"address": {"countryCode": "DE"}},
                        }
                    ],
                }
            ]
        },
    ),
}


def _spoiled(draw: st.DrawFn, value: Any) -> Any:
    """A documented payload with some of its parts replaced, removed or repeated."""
    if draw(st.integers(0, 9)) == 0:
        return draw(ANYTHING)
    if isinstance(value, dict):
        return {name: _spoiled(draw, item) for name, item in value.items() if draw(st.integers(0, 19)) > 0}
    if isinstance(value, list):
        return [_spoiled(draw, item) for item in value for _ in range(draw(st.integers(1, 2)))]
    return value


@st.composite
def payloads(draw: st.DrawFn) -> tuple[str, Any]:
    name = draw(st.sampled_from(sorted(SAMPLES)))
    return name, _spoiled(draw, SAMPLES[name][1])


@settings(max_examples=EXAMPLES, deadline=None)
@given(payload=payloads())
def test_spoiled_payloads_of_every_provider(payload: tuple[str, Any]) -> None:
    name, data = payload
    try:
        told = SAMPLES[name][0](data)
    except Malformed as refused:
        assert refused.pointer.startswith("#")
        return
    for item in [told] if isinstance(told, Told) else told or []:
        _observe(item, name)


def test_the_unspoiled_payloads_say_something() -> None:
    for name, (parse, data) in SAMPLES.items():
        told = parse(data)
        for item in [told] if isinstance(told, Told) else told or []:
            assert item.reports, name
            _observe(item, name)


@settings(max_examples=EXAMPLES, deadline=None)
@given(provider=st.sampled_from(sorted(PROVIDERS)), code=st.text(max_size=6), text=TEXTS | st.text(max_size=80))
def test_unknown_codes_invent_nothing(provider: str, code: str, text: str) -> None:
    codes = KNOWLEDGE.codes[provider]
    meaning = KNOWLEDGE.meaning(provider, code, text)
    if code and codes.get(code) is None and not codes.text_for_unknown:
        assert (meaning.status, meaning.exceptions, meaning.verdict) == (None, (), Verdict.UNMAPPED)


DENIALS = [
    *(
        "无法签收",
        "快件未送达",
        "未能妥投",
        "客户不肯签收",
        "收件人不愿签收",
        "不同意签收",
        "客户没签收",
        "不予签收",
        "拒不签收",
    ),
    *("签收不了", "不敢签收", "暂不签收", "还没有签收", "未曾送达", "未经本人签收", "不便签收", "没法签收", "难以送达"),
    *(
        "was not delivered",
        "could not be delivered",
        "undeliverable as addressed",
        "refused to sign for",
        "no one signed for",
    ),
    *(
        "has yet to be delivered",
        "was never delivered",
        "unable to be delivered",
        "was to have been delivered",
        "non delivered",
    ),
    *("the recipient wouldn't sign for it", "not signed for by anyone", "isn't delivered", "fails to be delivered"),
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


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    before=st.sampled_from(AROUND),
    denial=st.sampled_from(DENIALS),
    after=st.sampled_from(AROUND),
    code=st.sampled_from(["", "0", "3", "301", "2"]),
)
def test_what_denies_delivery_never_delivers(before: str, denial: str, after: str, code: str) -> None:
    """Whatever neutral statements, advice or conditions stand around it, and whatever the code says."""
    assert KNOWLEDGE.meaning(KUAIDI100, code, f"{before}, {denial}, {after}").status is not S.DELIVERED


@settings(max_examples=EXAMPLES, deadline=None)
@given(text=st.text(max_size=200) | st.text("0123456789零一二三oneZSF -.", max_size=120))
def test_extraction_finds_or_finds_not(text: str) -> None:
    for found in extract(text, KNOWLEDGE.ranker):
        assert 5 <= len(found.text) <= 40
        assert found.ranking.candidates or found.ranking.rejected
