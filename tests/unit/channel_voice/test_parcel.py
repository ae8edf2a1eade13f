"""What a caller is told of a parcel, and how the gateway is asked."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import httpx
import pytest

from channel_voice.domain.parcel import Snapshot, tell
from channel_voice.parameters import NumberForm
from channel_voice.tracking import Away, Found, NotFound, Several, Tracking, _Parcel
from chassis.i18n import Catalogue
from contracts.parcels import ParcelStatus
from contracts.values import Language

TEXTS = Catalogue.load("channel_voice")
ZONE = ZoneInfo("Asia/Shanghai")
ZH, EN = Language.ZH_CN, Language.EN


def spoken(snapshot: Snapshot, language: Language, *, name_number: bool = False) -> list[tuple[Language, str]]:
    lines = tell(snapshot, language, ZONE, name_number=name_number)
    return [(line.language, TEXTS.text(line.language, line.key, **line.values)) for line in lines]


def snapshot(**changes: object) -> Snapshot:
    values: dict[str, object] = {
        "waybill_no": "773123456789",
        "status": "out_for_delivery",
        "returning": False,
        "problem": False,
        "last_at": datetime(2026, 1, 5, 9, 5, tzinfo=UTC),
        "place": "上海浦东",
    }
    return Snapshot(**{**values, **changes})  # type: ignore[arg-type]


def test_status_time_and_place_are_told_in_the_callers_language() -> None:
    said = spoken(snapshot(), ZH)
    assert said == [(ZH, "快件正在派送。"), (ZH, "最近一次更新是1月5日17点05分。"), (ZH, "地点，上海浦东。")]


def test_a_chinese_place_is_read_by_the_chinese_voice() -> None:
    said = spoken(snapshot(), EN)
    assert said[1:] == [
        (EN, "The last update was on January 5, at 17:05."),
        (EN, "The place is"),
        (ZH, "上海浦东。"),
    ]


def test_nothing_is_told_that_the_snapshot_does_not_say() -> None:
    assert spoken(snapshot(last_at=None, place=None), ZH) == [(ZH, "快件正在派送。")]


def test_problems_returns_and_letters_are_told() -> None:
    said = spoken(snapshot(problem=True, returning=True, waybill_no="SF123", place=None), EN, name_number=True)
    assert [text for _, text in said] == [
        "Waybill number S F 1 2, 3.",
        "The parcel is out for delivery.",
        "It is going back to the sender.",
        "The last update was on January 5, at 17:05.",
        "A problem is recorded for this parcel. For help, press 0 to speak to someone.",
    ]


@pytest.mark.parametrize("status", [*ParcelStatus, "teleported"])
@pytest.mark.parametrize("language", list(Language))
def test_every_status_has_words(status: str, language: Language) -> None:
    assert spoken(snapshot(status=status), language)[0][1]


class TestTheGateway:
    """The lookups, against a transport that answers from a table."""

    asked: list[httpx.Request]

    def tracking(
        self, known: dict[str, object], *, answer: Callable[[httpx.Request], httpx.Response] | None = None
    ) -> Tracking:
        self.asked = []

        def respond(request: httpx.Request) -> httpx.Response:
            self.asked.append(request)
            number = request.url.path.rsplit("/", 1)[1]
            return httpx.Response(200, json=known[number]) if number in known else httpx.Response(404, json={})

        async def bearer() -> str:
            return "t"

        http = httpx.AsyncClient(transport=httpx.MockTransport(answer or respond), base_url="http://tracking")
        forms = (NumberForm(letters="SF", digits=13), NumberForm(letters="YT", digits=13))
        return Tracking(http, bearer, seconds=5, untypeable=forms)

    def parcel(self, number: str, **changes: object) -> dict[str, object]:
        event = {"at": "2026-01-05T09:05:00Z", "location": " 上海浦东 ", "text": "派送中"}
        return {"waybill_no": number, "status": "out_for_delivery", "last_event": event, "new": 1, **changes}

    async def test_the_typed_digits_come_first(self) -> None:
        tracking = self.tracking({"1234567890123": self.parcel("1234567890123")})
        found = await tracking.look_up("1234567890123", "+8613900000001")
        assert found == Found(snapshot(waybill_no="1234567890123"), bare=True)
        [request] = self.asked
        assert request.url.params["phone"] == "+8613900000001"
        assert request.headers["authorization"] == "Bearer t"

    async def test_then_the_letters_that_fit_the_length(self) -> None:
        tracking = self.tracking({"SF1234567890123": self.parcel("SF1234567890123")})
        assert await tracking.look_up("1234567890123", "") == Found(snapshot(waybill_no="SF1234567890123"), bare=False)
        assert await tracking.look_up("123456789012", "") == NotFound()

    async def test_several_hits_are_told_to_nobody(self) -> None:
        numbers = ("SF1234567890123", "YT1234567890123")
        tracking = self.tracking({number: self.parcel(number) for number in numbers})
        assert await tracking.look_up("1234567890123", "") == Several()

    async def test_not_found_as_a_status_is_not_found(self) -> None:
        tracking = self.tracking({"12345678": self.parcel("12345678", status="not_found", last_event=None)})
        assert await tracking.look_up("12345678", "") == NotFound()

    @pytest.mark.parametrize("status", [401, 429, 500, 503])
    async def test_an_answer_that_is_none_is_never_not_found(self, status: int) -> None:
        tracking = self.tracking({}, answer=lambda _: httpx.Response(status))
        assert await tracking.look_up("12345678", "") == Away()

    async def test_a_carrier_that_did_not_answer_is_not_a_parcel_that_does_not_exist(self) -> None:
        problem = {"title": "Not found", "unanswered": ["sf"]}
        tracking = self.tracking({}, answer=lambda _: httpx.Response(404, json=problem))
        assert await tracking.look_up("12345678", "") == Away()

    async def test_what_is_no_waybill_number_is_not_found(self) -> None:
        tracking = self.tracking({}, answer=lambda _: httpx.Response(400, json={}))
        assert await tracking.look_up("12345678", "client:web") == NotFound()

    async def test_only_telephone_numbers_are_sent_along(self) -> None:
        tracking = self.tracking({})
        await tracking.look_up("12345678", "sip:someone@example.com")
        assert "phone" not in self.asked[0].url.params

    async def test_an_unreadable_answer_claims_nothing(self) -> None:
        tracking = self.tracking({}, answer=lambda _: httpx.Response(200, text="<html>"))
        assert await tracking.look_up("12345678", "") == Away()

    async def test_a_slow_gateway_is_not_waited_for(self) -> None:
        async def never() -> str:
            await asyncio.Event().wait()
            return ""

        http = httpx.AsyncClient(base_url="http://tracking")
        assert await Tracking(http, never, seconds=0.01, untypeable=()).look_up("12345678", "") == Away()


@pytest.mark.parametrize(
    ("exceptions", "problem"),
    [([], False), ([{"code": "delayed", "open": False}], False), ([{"code": "delayed", "open": True}], True)],
)
def test_a_problem_that_was_solved_is_told_to_nobody(exceptions: list[dict[str, object]], problem: bool) -> None:
    answer = {"waybill_no": "773123456789", "status": "in_transit", "exceptions": exceptions}
    assert _Parcel.model_validate(answer).snapshot().problem is problem
