"""Kuaidi100: signatures and payloads."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.parcels import ParcelStatus as S
from tests.unit.tracking_gateway.conftest import START
from tracking_gateway.carriers.json_items import Malformed
from tracking_gateway.carriers.kuaidi100.parse import carrier_of, known_carrier, parse_answer, parse_push
from tracking_gateway.carriers.kuaidi100.sign import push_is_genuine, push_signature, query_signature
from tracking_gateway.domain.model import TrackingState, TzSource, Verdict
from tracking_gateway.domain.observation import Told, observe
from tracking_gateway.knowledge import KUAIDI100, Knowledge

PARAM = '{"status":"polling","lastResult":{"nu":"73000000000001","com":"zhongtong","data":[]}}'


def push(data: list[Any], **last: Any) -> Told:
    result = {"nu": "73000000000001", "com": "zhongtong", "data": data, **last}
    return parse_push(json.dumps({"status": "polling", "lastResult": result}))


def test_the_signature_is_upper_case_md5_of_param_and_salt() -> None:
    # MD5 of "abc" is a published test vector of RFC 1321.
    assert push_signature("a", "bc") == "900150983CD24FB0D6963F7D28E17F72"
    assert query_signature("a", "b", "c") == "900150983CD24FB0D6963F7D28E17F72"


@given(position=st.integers(0, 31), replacement=st.characters(max_codepoint=255))
def test_every_one_byte_change_of_the_signature_is_refused(position: int, replacement: str) -> None:
    signature = push_signature(PARAM, "salt")
    changed = signature[:position] + replacement + signature[position + 1 :]
    assert push_is_genuine(PARAM, changed, "salt") is (changed == signature)


def test_every_one_byte_change_of_the_payload_is_refused() -> None:
    signature = push_signature(PARAM, "salt")
    for position in range(len(PARAM)):
        changed = PARAM[:position] + chr(ord(PARAM[position]) ^ 1) + PARAM[position + 1 :]
        assert not push_is_genuine(changed, signature, "salt")


@pytest.mark.parametrize("signature", ["", "900150983cd24fb0d6963f7d28e17f72", " ", "签名", "\ud800", "0" * 32])
def test_other_signatures_are_refused(signature: str) -> None:
    assert not push_is_genuine("a", signature, "bc")


def test_the_list_is_read_oldest_first_with_places_and_zones() -> None:
    told = push(
        [
            {
                "ftime": "2026-03-01 12:00:00",
                "time": "x",
                "context": "派送",
                "statusCode": "5",
                "areaName": "北京,北京市",
            },
            {"time": "2026-03-01 08:00:00", "context": "揽收", "status": "揽收", "location": "上海"},
        ],
        state="5",
    )
    assert [(report.code, report.text, report.location) for report in told.reports] == [
        ("揽收", "揽收", "上海"),
        ("5", "派送", "北京,北京市"),
    ]
    assert told.reports[0].time.tz_source is TzSource.CARRIER_DEFAULT
    assert (told.carrier, told.waybill_no, told.envelope) == ("zto", "73000000000001", "5")


def test_events_of_one_minute_keep_the_order_of_the_list_when_the_list_grows() -> None:
    items = [{"time": "2026-03-01 12:00", "context": text} for text in ("c", "b", "a")]
    short, long = push(items[1:]), push(items)
    assert [(report.text, report.sequence) for report in short.reports] == [("a", 0), ("b", 1)]
    assert [(report.text, report.sequence) for report in long.reports] == [("a", 0), ("b", 1), ("c", 2)]


def test_an_unreadable_item_is_set_aside_and_the_rest_is_read() -> None:
    told = push([{"time": "soon", "context": "x"}, "not an object", {"time": "2026-03-01 12:00", "context": "已签收"}])
    assert [report.text for report in told.reports] == ["已签收"]
    assert len(told.unreadable) == 2


def test_foreign_carriers_have_an_unknown_zone() -> None:
    told = push([{"time": "2026-03-01 12:00", "context": "Delivered"}], com="fedex")
    assert told.reports[0].time.tz_source is TzSource.UNKNOWN


def test_events_of_the_country_of_destination_belong_to_the_parcel() -> None:
    told = parse_push(
        json.dumps(
            {
                "status": "polling",
                "lastResult": {
                    "nu": "EE123456785CN",
                    "com": "ems",
                    "data": [{"time": "2026-03-01 12:00", "context": "离开"}],
                },
                "destResult": {
                    "nu": "EE123456785CN",
                    "com": "usps",
                    "state": "3",
                    "data": [{"time": "2026-03-09 12:00", "context": "Delivered"}],
                },
            }
        )
    )
    assert [report.text for report in told.reports] == ["离开", "Delivered"]
    assert told.carrier == "ems"


@pytest.mark.parametrize(
    ("status", "tracking"),
    [
        ("polling", TrackingState.ACTIVE),
        ("shutdown", TrackingState.STOPPED),
        ("abort", TrackingState.EXPIRED),
        ("else", None),
    ],
)
def test_what_the_subscription_says(status: str, tracking: TrackingState | None) -> None:
    last = {"nu": "73000000000001", "com": "zhongtong", "data": []}
    assert parse_push(json.dumps({"status": status, "lastResult": last})).tracking is tracking


@pytest.mark.parametrize(
    ("param", "pointer"),
    [
        ("", "#/param"),
        ("[]", "#/param"),
        ("{}", "#/param/lastResult"),
        ('{"lastResult":{"com":"ems"}}', "#/param/lastResult/nu"),
        ('{"lastResult":{"nu":"73000000000001"}}', "#/param/lastResult/com"),
        ('{"lastResult":{"nu":"x","com":"ems"}}', "#/param/lastResult/nu"),
        ('{"lastResult":{"nu":"73000000000001","com":"ems","data":{}}}', "#/param/lastResult/data"),
    ],
)
def test_malformed_payloads_name_the_place(param: str, pointer: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse_push(param)
    assert refused.value.pointer == pointer


def test_the_envelope_speaks_for_the_newest_event_only_where_that_says_nothing(knowledge: Knowledge) -> None:
    def statuses(state: str, *contexts: str) -> list[S | None]:
        told = push(
            [{"time": f"2026-03-0{9 - index} 12:00", "context": text} for index, text in enumerate(contexts)],
            state=state,
        )
        observation = observe(
            told,
            source=KUAIDI100,
            codes=knowledge.codes[KUAIDI100],
            interpreter=knowledge.interpreter,
            received_at=START,
            snapshot=True,
        )
        return [event.meaning.status for event in observation.events]

    assert statuses("3", "某种操作", "离开上海") == [S.IN_TRANSIT, None, S.DELIVERED]
    assert statuses("3", "正在派送", "离开上海") == [S.IN_TRANSIT, S.OUT_FOR_DELIVERY]
    assert statuses("3", "尚未签收", "离开上海") == [S.IN_TRANSIT, None]
    assert statuses("77", "某种操作") == [None]


def test_codes_of_carriers_both_ways() -> None:
    assert carrier_of("Shunfeng").carrier == "sf"
    assert carrier_of("nobody").carrier == "nobody"
    sf = known_carrier("sf")
    assert sf is not None
    assert sf.phone
    assert known_carrier("posthouse") is None


def test_an_answer_is_the_same_list(knowledge: Knowledge) -> None:
    told = parse_answer(
        json.dumps(
            {
                "message": "ok",
                "nu": "73000000000001",
                "com": "zhongtong",
                "state": "3",
                "data": [{"time": "2026-03-01 12:00", "context": "已签收", "status": "签收"}],
            }
        )
    )
    assert knowledge.meaning(KUAIDI100, told.reports[0].code, told.reports[0].text).status is S.DELIVERED


def test_nul_characters_do_not_survive() -> None:
    told = push([{"time": "2026-03-01 12:00", "context": "已\u0000签收"}])
    assert told.reports[0].text == "已签收"
    assert told.raw[0] is not None
    assert "\\u0000" not in told.raw[0]


def test_unread_codes_are_unmapped(knowledge: Knowledge) -> None:
    assert knowledge.meaning(KUAIDI100, "4711", "").verdict is Verdict.UNMAPPED
