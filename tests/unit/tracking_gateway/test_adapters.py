"""Each provider's payloads, composed from its documentation, and what they amount to in our words."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.parcels import ParcelStatus as S
from tracking_gateway.carriers.aftership.parse import parse_webhook as aftership
from tracking_gateway.carriers.dhl.parse import parse_answer as dhl
from tracking_gateway.carriers.easypost.parse import parse_webhook as easypost
from tracking_gateway.carriers.epcis.parse import parse_document as epcis
from tracking_gateway.carriers.fedex.parse import parse_answer as fedex
from tracking_gateway.carriers.json_items import Malformed
from tracking_gateway.carriers.kdniao.parse import parse_push as kdniao
from tracking_gateway.carriers.sf.parse import parse_answer as sf_answer
from tracking_gateway.carriers.sf.parse import parse_push as sf_push
from tracking_gateway.carriers.track17.parse import parse_push as track17
from tracking_gateway.carriers.ups.parse import parse_answer as ups
from tracking_gateway.carriers.usps.parse import parse_answer as usps
from tracking_gateway.domain.model import Direction, Milestone, TrackingState, TzSource
from tracking_gateway.domain.model import ExceptionCode as E
from tracking_gateway.domain.numbers.checks import weighted_mod10
from tracking_gateway.domain.observation import Observation, Told, observe
from tracking_gateway.domain.state import ParcelState
from tracking_gateway.knowledge import Knowledge


@dataclass
class Read:
    """A payload after interpretation and folding."""

    observation: Observation
    state: ParcelState

    def statuses(self) -> list[S | None]:
        return [event.meaning.status for event in self.observation.events]


ReadTold = Callable[[str, Told], Read]


@pytest.fixture
def read(knowledge: Knowledge) -> ReadTold:
    def interpret(source: str, told: Told) -> Read:
        observation = observe(
            told,
            source=source,
            codes=knowledge.codes[source],
            interpreter=knowledge.interpreter,
            received_at=datetime(2026, 6, 1, tzinfo=UTC),
            snapshot=True,
        )
        return Read(observation, knowledge.folder.fold(observation.events))

    return interpret


def only(told: Sequence[Told] | Told | None) -> Told:
    assert told is not None
    return told if isinstance(told, Told) else next(iter(told))


class TestKdniao:
    TRACES = (
        {"AcceptTime": "2026-03-01 18:00:00", "AcceptStation": "快件已揽收", "Location": "上海", "Action": "1"},
        {"AcceptTime": "2026-03-02 09:00:00", "AcceptStation": "派件中", "Location": "北京", "Action": "202"},
        {"AcceptTime": "2026-03-02 11:00:00", "AcceptStation": "客户电话无人接听", "Location": "北京", "Action": "405"},
    )

    def push(self, *traces: dict[str, str], state: str = "2", ex: str = "2") -> str:
        entry = {"LogisticCode": "73000000000001", "ShipperCode": "ZTO", "State": state, "StateEx": ex}
        return json.dumps({"Count": "1", "Data": [{**entry, "Success": True, "Traces": list(traces)}]})

    def test_traces_are_read_oldest_first(self, read: ReadTold) -> None:
        result = read("kdniao", only(kdniao(self.push(*self.TRACES))))
        assert (result.observation.carrier, result.state.status) == ("zto", S.DELIVERY_FAILED)
        assert result.statuses() == [S.PICKED_UP, S.OUT_FOR_DELIVERY, S.DELIVERY_FAILED]
        assert result.state.open_exceptions() == (E.UNREACHABLE,)
        assert result.state.first_at == datetime(2026, 3, 1, 10, 0, tzinfo=UTC)

    def test_the_sticky_state_is_not_our_status(self, read: ReadTold) -> None:
        again = {"AcceptTime": "2026-03-03 09:00:00", "AcceptStation": "再次派件", "Location": "北京", "Action": "419"}
        result = read("kdniao", only(kdniao(self.push(*self.TRACES, again, state="4", ex="405"))))
        assert (result.state.status, result.state.open_exceptions()) == (S.OUT_FOR_DELIVERY, ())

    def test_an_interception_needs_its_text(self, read: ReadTold) -> None:
        held = {"AcceptTime": "2026-03-03 09:00:00", "AcceptStation": "", "Action": "413"}
        assert read("kdniao", only(kdniao(self.push(self.TRACES[0], held)))).state.open_exceptions() == (E.INTERCEPTED,)
        back = {**held, "AcceptStation": "寄件人拦截，快件正在退回"}
        state = read("kdniao", only(kdniao(self.push(self.TRACES[0], back)))).state
        assert (state.status, state.direction) == (S.RETURNING, Direction.RETURN)

    def test_several_parcels_in_one_push(self) -> None:
        push = json.dumps(
            {
                "Data": [
                    {"LogisticCode": "73000000000001", "ShipperCode": "ZTO", "Traces": []},
                    {"LogisticCode": "YT0000000000001", "ShipperCode": "YTO", "Traces": None},
                ]
            }
        )
        assert [(told.carrier, told.waybill_no) for told in kdniao(push)] == [
            ("zto", "73000000000001"),
            ("yto", "YT0000000000001"),
        ]

    def test_every_documented_state_is_mapped(self, knowledge: Knowledge) -> None:
        states = "0 1 10 2 201 202 204 205 206 211 3 301 302 304 311 4 401 402 403 404 405 406 407".split()  # noqa: SIM905
        states += "412 413 414 415 416 417 418 419 420 421 422 423 5 6 601 602 603 604".split()  # noqa: SIM905
        assert [code for code in states if knowledge.codes["kdniao"].get(code) is None] == []


class TestTrack17:
    EVENTS = (
        {
            "time_iso": "2026-03-04T16:10:00-08:00",
            "time_utc": "2026-03-05T00:10:00Z",
            "description": "Delivered, front door",
            "location": "Los Angeles, CA",
            "stage": "Delivered",
            "sub_status": "Delivered_Other",
        },
        {
            "time_iso": "2026-03-02T10:00:00+08:00",
            "time_utc": "2026-03-02T02:00:00Z",
            "description": "Released by customs",
            "stage": None,
            "sub_status": "InTransit_CustomsReleased",
        },
        {"time_iso": "2026-03-01T10:00:00+08:00", "description": "Picked up", "stage": "PickedUp"},
    )

    def push(self, *events: dict[str, Any], event: str = "TRACKING_UPDATED", status: str = "Delivered") -> bytes:
        info = {
            "latest_status": {"status": status, "sub_status": f"{status}_Other"},
            "tracking": {"providers": [{"provider": {"key": 21051}, "events": list(events)}]},
        }
        data = {"number": "EE123456785CN", "carrier": 3013, "tag": "", "track_info": info}
        return json.dumps({"event": event, "data": data}).encode()

    def test_history_newest_first_with_offsets(self, read: ReadTold) -> None:
        result = read("17track", track17(self.push(*self.EVENTS)))
        assert result.statuses() == [S.PICKED_UP, S.CUSTOMS, S.DELIVERED]
        assert (result.observation.carrier, result.state.status) == ("ems", S.DELIVERED)
        assert result.state.milestones[Milestone.CUSTOMS_CLEARED].first == datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
        assert result.observation.events[-1].time.offset_minutes == -480

    def test_a_stopped_number_keeps_its_status(self) -> None:
        assert track17(self.push(event="TRACKING_STOPPED")).tracking is TrackingState.STOPPED
        assert track17(self.push(*self.EVENTS[1:], status="Expired")).tracking is TrackingState.EXPIRED

    def test_a_carrier_not_listed_keeps_its_key(self) -> None:
        body = self.push().replace(b"3013", b"987654")
        assert track17(body).carrier == "987654"

    @pytest.mark.parametrize(
        ("code", "status", "exceptions"),
        [
            ("InfoReceived", S.INFO_RECEIVED, ()),
            ("DeliveryFailure_NoBody", S.DELIVERY_FAILED, (E.RECIPIENT_ABSENT,)),
            ("DeliveryFailure_Rejected", S.DELIVERY_FAILED, (E.REFUSED,)),
            ("Exception_Returning", S.RETURNING, (E.RETURN_TO_SENDER,)),
            ("Exception_Returned", S.RETURNED, (E.RETURN_TO_SENDER,)),
            ("Exception_Lost", None, (E.LOST,)),
            ("Exception_Cancel", S.CANCELLED, ()),
            ("InTransit_CustomsRequiringInformation", S.CUSTOMS, (E.CUSTOMS_HOLD,)),
        ],
    )
    def test_sub_statuses(self, knowledge: Knowledge, code: str, status: S | None, exceptions: tuple[E, ...]) -> None:
        meaning = knowledge.meaning("17track", code, "")
        assert (meaning.status, meaning.exceptions) == (status, exceptions)


class TestAftership:
    def webhook(self, *checkpoints: dict[str, Any], tag: str = "InTransit", **fields: Any) -> bytes:
        message = {"tracking_number": "1ZA1B2C30398765433", "slug": "ups", "tag": tag, "checkpoints": list(checkpoints)}
        return json.dumps({"event": "tracking_update", "msg": {**message, **fields}}).encode()

    def checkpoint(self, subtag: str, time: str, message: str = "", **fields: Any) -> dict[str, Any]:
        tag = subtag.split("_")[0]
        return {"subtag": subtag, "tag": tag, "checkpoint_time": time, "message": message, "hash": subtag, **fields}

    def test_checkpoints(self, read: ReadTold) -> None:
        body = self.webhook(
            self.checkpoint("InTransit_002", "2026-03-01T10:00:00", city="Newark", state="NJ", country_region="USA"),
            self.checkpoint("AttemptFail_003", "2026-03-02T10:00:00-05:00", "Business closed", city="Boston"),
            self.checkpoint("Delivered_003", "2026-03-03T10:00:00-05:00", "Signed"),
            tag="Delivered",
        )
        result = read("aftership", only(aftership(body)))
        assert result.statuses() == [S.PICKED_UP, S.DELIVERY_FAILED, S.DELIVERED]
        first = result.observation.events[0].time
        assert (first.tz_source, first.instant) == (TzSource.LOCATION, datetime(2026, 3, 1, 15, 0, tzinfo=UTC))
        assert result.state.exceptions[E.BUSINESS_CLOSED].closed_at is not None

    def test_a_checkpoint_is_known_by_its_hash(self, read: ReadTold) -> None:
        once = self.checkpoint("InTransit_003", "2026-03-01T10:00:00Z", "Arrival scan")
        reworded = {**once, "message": "Arrival Scan (UPS)"}
        keys = {
            read("aftership", only(aftership(self.webhook(item)))).observation.events[0].key
            for item in (once, reworded)
        }
        assert len(keys) == 1

    def test_other_webhooks_say_nothing_about_the_parcel(self) -> None:
        assert aftership(b'{"event":"edd_revise","msg":{}}') is None

    def test_undocumented_sub_tags_fall_back_to_their_tag(self, read: ReadTold) -> None:
        body = self.webhook(self.checkpoint("AttemptFail_004", "2026-03-01T10:00:00Z"))
        assert read("aftership", only(aftership(body))).state.status is S.DELIVERY_FAILED

    def test_problem_resolved_closes_what_was_open(self, read: ReadTold) -> None:
        body = self.webhook(
            self.checkpoint("Exception_012", "2026-03-01T10:00:00Z"),
            self.checkpoint("InTransit_008", "2026-03-02T10:00:00Z"),
        )
        assert read("aftership", only(aftership(body))).state.open_exceptions() == ()


class TestEasypost:
    def webhook(self, *details: dict[str, Any], status: str = "in_transit") -> bytes:
        tracker = {"object": "Tracker", "tracking_code": "9400100000000000123453", "carrier": "USPS", "status": status}
        event = {
            "object": "Event",
            "description": "tracker.updated",
            "result": {**tracker, "tracking_details": details},
        }
        return json.dumps(event).encode()

    def detail(self, status: str, time: str, detail: str = "", **place: str) -> dict[str, Any]:
        return {
            "status": status,
            "status_detail": detail,
            "datetime": time,
            "message": "",
            "tracking_location": {"city": None, "state": None, "country": None, **place},
        }

    def test_a_literal_z_is_local_time_where_the_place_is_known(self, read: ReadTold) -> None:
        body = self.webhook(
            self.detail("pre_transit", "2026-03-01T08:00:00Z", "label_created"),
            self.detail(
                "in_transit", "2026-03-02T08:00:00Z", "departed_facility", city="Reno", state="NV", country="US"
            ),
            self.detail("delivered", "2026-03-03T08:00:00Z", "arrived_at_destination", city="Elko", state="NV"),
        )
        events = read("easypost", only(easypost(body))).observation.events
        assert [event.time.tz_source for event in events] == [TzSource.PAYLOAD, TzSource.LOCATION, TzSource.LOCATION]
        assert events[0].time.instant == datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
        assert events[1].time.instant == datetime(2026, 3, 2, 16, 0, tzinfo=UTC)

    def test_details_say_more_than_statuses(self, read: ReadTold) -> None:
        body = self.webhook(
            self.detail("failure", "2026-03-02T08:00:00Z", "refused"),
            self.detail("return_to_sender", "2026-03-03T08:00:00Z", "return"),
        )
        state = read("easypost", only(easypost(body))).state
        assert (state.status, set(state.exceptions)) == (S.RETURNING, {E.REFUSED, E.RETURN_TO_SENDER})

    def test_vague_details_leave_it_to_the_status(self, read: ReadTold) -> None:
        body = self.webhook(self.detail("out_for_delivery", "2026-03-02T08:00:00Z", "status_update"))
        assert read("easypost", only(easypost(body))).state.status is S.OUT_FOR_DELIVERY

    def test_events_about_other_things_are_left_alone(self) -> None:
        assert easypost(b'{"result":{"object":"Batch"}}') is None


class TestSf:
    def route(self, code: str, time: str, remark: str, **fields: str) -> dict[str, str]:
        return {
            "mailno": "SF1390012345678",
            "opCode": code,
            "acceptTime": time,
            "acceptAddress": "深圳市",
            "remark": remark,
            "id": time,
            **fields,
        }

    def push(self, *routes: dict[str, str]) -> bytes:
        return json.dumps({"Body": {"WaybillRoute": list(routes)}}).encode()

    def test_incremental_pushes_and_a_full_answer_end_the_same(self, read: ReadTold, knowledge: Knowledge) -> None:
        routes = [
            self.route("54", "2026-03-01 10:00:00", "顺丰速运 已收取快件"),
            self.route("36", "2026-03-01 20:00:00", "快件在【深圳中转场】完成分拣，准备发往下一站"),
            self.route("44", "2026-03-02 08:00:00", "正在派送途中,请您准备签收"),
            self.route("80", "2026-03-02 10:00:00", "已签收,感谢使用顺丰"),
        ]
        pieces = [event for route in routes for event in read("sf", only(sf_push(self.push(route)))).observation.events]
        data = {
            "success": True,
            "errorCode": "S0000",
            "msgData": {"routeResps": [{"mailNo": "SF1390012345678", "routes": routes}]},
        }
        whole = only(sf_answer({"apiResultCode": "A1000", "apiResultData": json.dumps(data)}))
        assert read("sf", whole).state == knowledge.folder.fold(pieces)
        assert read("sf", whole).state.status is S.DELIVERED

    def test_a_failure_takes_its_reason_from_the_remark(self, read: ReadTold) -> None:
        body = self.push(self.route("70", "2026-03-02 10:00:00", "快件派送不成功(因收方客户拒收快件),待进一步处理"))
        state = read("sf", only(sf_push(body))).state
        assert (state.status, state.open_exceptions()) == (S.DELIVERY_FAILED, (E.REFUSED,))

    def test_ninety_nine_needs_its_text(self, read: ReadTold) -> None:
        silent = self.push(self.route("36", "2026-03-01 10:00:00", ""), self.route("99", "2026-03-02 10:00:00", ""))
        assert read("sf", only(sf_push(silent))).state.status is S.IN_TRANSIT
        back = self.push(self.route("99", "2026-03-02 10:00:00", "应客户要求,快件正在退回"))
        assert read("sf", only(sf_push(back))).state.status is S.RETURNING
        on = self.push(self.route("99", "2026-03-02 10:00:00", "应客户要求,快件正在转寄至新地址"))
        assert read("sf", only(sf_push(on))).state.status is S.FORWARDED

    def test_an_unlisted_code_leaves_it_to_the_text_and_is_counted(self, read: ReadTold) -> None:
        result = read("sf", only(sf_push(self.push(self.route("9999", "2026-03-02 10:00:00", "已签收")))))
        assert result.state.status is S.DELIVERED
        assert result.observation.events[0].meaning.verdict.value == "unmapped"

    def test_several_waybills_in_one_push(self) -> None:
        other = self.route("54", "2026-03-01 10:00:00", "", mailno="SF1390012345679")
        assert {told.waybill_no for told in sf_push(self.push(self.route("54", "2026-03-01 10:00:00", ""), other))} == {
            "SF1390012345678",
            "SF1390012345679",
        }


class TestEpcis:
    SERIAL = "3" + "6901234" + "567890123"

    def event(self, step: str, time: str, **fields: Any) -> dict[str, Any]:
        return {
            "type": "ObjectEvent",
            "action": "OBSERVE",
            "eventTime": time,
            "eventTimeZoneOffset": "+08:00",
            "bizStep": step,
            "epcList": ["urn:epc:id:sscc:6901234.3567890123"],
            **fields,
        }

    def document(self, *events: dict[str, Any]) -> bytes:
        return json.dumps({"type": "EPCISDocument", "epcisBody": {"eventList": list(events)}}).encode()

    def test_a_unit_by_its_sscc_in_both_forms(self) -> None:
        number = self.SERIAL + weighted_mod10(self.SERIAL, (3, 1))
        urn = self.event("departing", "2026-03-01T02:00:00Z")
        link = {**urn, "epcList": [f"https://id.gs1.org/00/{number}"]}
        assert [told.waybill_no for told in epcis(self.document(urn, link), "posthouse")] == [number]

    def test_a_waybill_named_by_a_transaction(self) -> None:
        named = self.event(
            "departing",
            "2026-03-01T02:00:00Z",
            bizTransactionList=[
                {"type": "urn:epcglobal:cbv:btt:bol", "bizTransaction": "urn:epcglobal:cbv:bt:690:PH000000000001"},
                {"type": "po", "bizTransaction": "urn:x:PO77777"},
            ],
        )
        assert [told.waybill_no for told in epcis(self.document(named), "posthouse")] == ["PH000000000001"]

    def test_steps_and_dispositions(self, read: ReadTold) -> None:
        told = only(
            epcis(
                self.document(
                    self.event("https://ref.gs1.org/cbv/BizStep-accepting", "2026-03-01T02:00:00Z"),
                    self.event("urn:epcglobal:cbv:bizstep:departing", "2026-03-01T10:00:00Z", disposition="in_transit"),
                    self.event("arriving", "2026-03-02T02:00:00Z", disposition="damaged"),
                    self.event("delivering", "2026-03-03T02:00:00Z"),
                ),
                "posthouse",
            )
        )
        result = read("epcis", told)
        assert result.statuses() == [S.PICKED_UP, S.IN_TRANSIT, None, S.OUT_FOR_DELIVERY]
        assert result.state.open_exceptions() == (E.DAMAGED,)
        assert result.observation.events[0].time.offset_minutes == 480

    def test_an_event_without_an_offset_is_set_aside(self) -> None:
        event = self.event("arriving", "2026-03-01T02:00:00Z")
        del event["eventTimeZoneOffset"]
        assert len(only(epcis(self.document(event), "posthouse")).unreadable) == 1

    def test_events_about_goods_are_left_alone(self) -> None:
        event = self.event("arriving", "2026-03-01T02:00:00Z", epcList=["urn:epc:id:sgtin:690.1.2"])
        assert list(epcis(self.document(event), "posthouse")) == []


class TestCarriersOfTheirOwn:
    def test_ups(self, read: ReadTold) -> None:
        number = "1ZA1B2C30398765433"

        def activity(kind: str, code: str, date: str, time: str, text: str, **fields: str) -> dict[str, Any]:
            address = {"city": "LOUISVILLE", "stateProvince": "OH", "countryCode": "US"}
            status = {"type": kind, "code": code, "description": text}
            return {"location": {"address": address}, "status": status, "date": date, "time": time, **fields}

        answer = {
            "trackResponse": {
                "shipment": [
                    {
                        "package": [
                            {
                                "trackingNumber": number,
                                "activity": [
                                    activity("D", "ZZ", "20260303", "101500", "DELIVERED"),
                                    activity("X", "ZZ", "20260302", "150000", "The receiver was not available."),
                                    activity(
                                        *("I", "DP", "20260301", "220000", "Departed from Facility"),
                                        gmtDate="20260302",
                                        gmtTime="03:00:00",
                                        gmtOffset="-05:00",
                                    ),
                                    activity("M", "MP", "20260301", "080000", "Shipper created a label"),
                                ],
                            }
                        ]
                    }
                ]
            }
        }
        result = read("ups", only(ups(answer, number)))
        assert result.statuses() == [S.INFO_RECEIVED, S.IN_TRANSIT, S.EXCEPTION, S.DELIVERED]
        departed = result.observation.events[1].time
        assert (departed.instant, departed.offset_minutes) == (datetime(2026, 3, 2, 3, 0, tzinfo=UTC), -300)
        assert result.observation.events[0].time.instant == datetime(2026, 3, 1, 13, 0, tzinfo=UTC)
        assert E.RECIPIENT_ABSENT in result.state.exceptions
        assert ups(answer, "1ZOTHER") is None

    def test_fedex(self, read: ReadTold) -> None:
        number = "773012345675"

        def scan(kind: str, date: str, text: str, problem: str = "") -> dict[str, Any]:
            return {
                "eventType": kind,
                "date": date,
                "eventDescription": text,
                "exceptionDescription": problem,
                "scanLocation": {"city": "MEMPHIS", "stateOrProvinceCode": "TN", "countryCode": "US"},
            }

        answer = {
            "output": {
                "completeTrackResults": [
                    {
                        "trackingNumber": number,
                        "trackResults": [
                            {
                                "scanEvents": [
                                    scan("OD", "2026-03-03T08:00:00-06:00", "On FedEx vehicle for delivery"),
                                    scan("DE", "2026-03-02T15:00:00-06:00", "Delivery exception", "Incorrect address"),
                                    scan("PU", "2026-03-01T15:00:00-06:00", "Picked up"),
                                ]
                            }
                        ],
                    }
                ]
            }
        }
        result = read("fedex", only(fedex(answer, number)))
        assert result.statuses() == [S.PICKED_UP, S.DELIVERY_FAILED, S.OUT_FOR_DELIVERY]
        assert result.state.exceptions[E.BAD_ADDRESS].closed_at is not None
        assert fedex({"output": {"completeTrackResults": []}}, number) is None

    def test_usps(self, read: ReadTold) -> None:
        def event(code: str, time: str, text: str) -> dict[str, str]:
            return {
                "eventCode": code,
                "eventTimestamp": time,
                "eventType": text,
                "eventCity": "RENO",
                "eventState": "NV",
            }

        answer = {
            "trackingEvents": [
                event("27", "2026-03-20T09:00:00", "Unclaimed"),
                event("14", "2026-03-03T09:00:00", "Available for Pickup"),
                event("OF", "2026-03-02T07:00:00", "Out for Delivery"),
                event("GX", "2026-03-01T07:00:00", "Shipping Label Created, USPS Awaiting Item"),
            ]
        }
        result = read("usps", usps(answer, "9400100000000000123453"))
        assert result.statuses() == [S.INFO_RECEIVED, S.OUT_FOR_DELIVERY, *[S.AVAILABLE_FOR_PICKUP] * 2]
        assert result.state.open_exceptions() == (E.PICKUP_OVERDUE,)
        assert result.observation.events[1].time.instant == datetime(2026, 3, 2, 15, 0, tzinfo=UTC)

    def test_dhl(self, read: ReadTold) -> None:
        def event(code: str, time: str, text: str) -> dict[str, Any]:
            place = {"address": {"addressLocality": "Leipzig", "countryCode": "DE"}}
            return {"statusCode": code, "timestamp": time, "description": text, "location": place}

        events = [
            event("failure", "2026-03-03T11:00:00", "Delivery attempted; recipient not home"),
            event("transit", "2026-03-03T08:00:00", "With delivery courier"),
            event("transit", "2026-03-02T08:00:00", "Clearance processing complete"),
            event("pre-transit", "2026-03-01T08:00:00Z", "Shipment information received"),
        ]
        result = read("dhl", only(dhl({"shipments": [{"id": "1234567890", "events": events}]}, "dhl", "1234567890")))
        assert result.statuses() == [S.INFO_RECEIVED, S.CUSTOMS, S.OUT_FOR_DELIVERY, S.DELIVERY_FAILED]
        assert result.state.open_exceptions() == (E.RECIPIENT_ABSENT,)
        assert result.observation.events[-1].time.instant == datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
        assert dhl({"shipments": []}, "dhl", "1234567890") is None


@pytest.mark.parametrize(
    ("parse", "bodies"),
    [
        (kdniao, ["", "[]", '{"Data":{}}', '{"Data":[1]}', '{"Data":[{"ShipperCode":"SF"}]}']),
        (track17, [b"", b"[]", b"{}", b'{"data":{"number":"RR123456785CN"}}', b'{"data":{"number":"?","carrier":1}}']),
        (aftership, [b"", b"[]", b'{"event":"tracking_update"}', b'{"event":"tracking_update","msg":{"slug":"ups"}}']),
        (easypost, [b"", b"{}", b'{"result":{"object":"Tracker"}}']),
        (sf_push, [b"", b"{}", b'{"Body":{"WaybillRoute":[1]}}', b'{"Body":{"WaybillRoute":[{"opCode":"50"}]}}']),
    ],
)
def test_malformed_pushes_name_the_place(parse: Callable[[Any], Any], bodies: list[Any]) -> None:
    for body in bodies:
        with pytest.raises(Malformed) as refused:
            parse(body)
        assert refused.value.pointer.startswith("#")
