"""Prices, pickup windows, order numbers, alternatives."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cases.actions.ordering.shop import packaged_retention, packaged_tariffs
from cases.domain.calendar import BusinessCalendar
from cases.domain.ordering.order import NEXT, Content, OrderState, changed, merged
from cases.domain.ordering.order_number import check_digit, normal_order_number, order_number
from cases.domain.ordering.quote import CannotQuote, Parcel, Place, Quote, Wish, chargeable_weight, quote
from cases.domain.ordering.retention import next_offer
from cases.domain.ordering.tariff import PlaceUnknown, Tariff, Zone, same_city
from cases.domain.ordering.windows import PickupRules, Slot, Window, is_window, windows

TARIFF: Tariff = packaged_tariffs().on(date(2026, 6, 1))
ZONE = ZoneInfo("Asia/Shanghai")


def place(province: str, city: str = "") -> Place:
    """A place of the tariff."""
    found = TARIFF.province(province)
    return Place(province=found, city=city or found.zh)


def wish(weight: int = 800, to: tuple[str, str] = ("北京", ""), **more: Any) -> Wish:
    """Something from Shenzhen."""
    sides = more.pop("sides", None)
    names = ("length_mm", "width_mm", "height_mm")
    size = dict(zip(names, sides, strict=True)) if sides else {}
    values = {"on": date(2026, 6, 1), **more}
    return Wish(origin=place("广东", "深圳"), destination=place(*to), parcel=Parcel(weight_g=weight, **size), **values)


def price(product: str, asked: Wish) -> Quote:
    """The quote of a product."""
    found = TARIFF.product(product)
    assert found is not None
    return quote(TARIFF, found, asked)


class TestPlaces:
    @pytest.mark.parametrize("name", ["广东省", "广东", "Guangdong", "GUANGDONG province", "GD", "gd", " guangdong "])
    def test_a_province_has_many_names(self, name: str) -> None:
        assert TARIFF.province(name).code == "GD"

    def test_what_is_no_province_is_refused(self) -> None:
        with pytest.raises(PlaceUnknown):
            TARIFF.province("Atlantis")

    @pytest.mark.parametrize(
        ("one", "other", "zone"),
        [
            (("广东", "深圳"), ("GD", "深圳市"), Zone.SAME_CITY),
            (("广东", "深圳"), ("广东", "广州"), Zone.SAME_PROVINCE),
            (("北京", ""), ("Beijing", "朝阳"), Zone.SAME_CITY),
            (("广东", "深圳"), ("上海", ""), Zone.NEAR),
            (("广东", "深圳"), ("北京", ""), Zone.FAR),
            (("广东", "深圳"), ("新疆", "乌鲁木齐"), Zone.FRONTIER),
            (("香港", ""), ("新疆", "乌鲁木齐"), Zone.OVERSEAS),
        ],
    )
    def test_zones_are_the_same_both_ways(self, one: tuple[str, str], other: tuple[str, str], zone: Zone) -> None:
        a, b = place(*one), place(*other)
        assert TARIFF.zone((a.province, a.city), (b.province, b.city)) == zone
        assert TARIFF.zone((b.province, b.city), (a.province, a.city)) == zone

    def test_cities_are_compared_without_their_rank(self) -> None:
        assert same_city("深圳市", "深圳") and same_city("Shenzhen City", "shenzhen")
        assert not same_city("", "") and not same_city("深圳", "广州")

    def test_every_product_has_a_price_in_its_own_city_and_every_zone_a_name(self) -> None:
        assert all(Zone.SAME_CITY in product.prices for product in TARIFF.products)
        assert set(TARIFF.zones) == set(Zone) and len(TARIFF.provinces) == 34


class TestQuote:
    def test_the_formula_stands_on_each_line(self) -> None:
        found = price("standard", wish(2_300, declared_value=150_000, insured_option="proportional"))
        assert [(line.code, line.formula, line.amount) for line in found.lines] == [
            ("freight", "2200 + 3 x 500", 3_700),
            ("insured_value", "max(200, 150000 x 3 / 1000)", 450),
        ]
        assert (found.total, found.currency, found.chargeable_g, found.tariff_version) == (
            4_150,
            "CNY",
            2_500,
            "2026-1",
        )

    @pytest.mark.parametrize(
        ("weight", "sides", "volumetric", "charged"),
        [
            (800, None, None, 1_000),
            (1_000, None, None, 1_000),
            (1_001, None, None, 1_500),
            (500, (400, 300, 200), 4_000, 4_000),
            (500, (200, 300, 400), 4_000, 4_000),
            (500, (401, 300, 200), 4_010, 4_500),
            (9_000, (100, 100, 100), 167, 9_000),
        ],
    )
    def test_the_greater_weight_is_charged_in_full_steps(
        self, weight: int, sides: tuple[int, int, int] | None, volumetric: int | None, charged: int
    ) -> None:
        product = TARIFF.product("standard")
        assert product is not None
        assert chargeable_weight(product, wish(weight, sides=sides).parcel) == (volumetric, charged)

    @pytest.mark.parametrize(
        ("declared", "option", "fee"),
        [
            (50_000, "proportional", 100),
            (50_001, "proportional", 200),
            (100_100, "proportional", 300),
            (100_166, "proportional", 300),
            (100_167, "proportional", 301),
            (100, "full", 500),
            (200_000, "full", 1_000),
        ],
    )
    def test_the_fee_of_an_insured_value_is_rounded_half_up(self, declared: int, option: str, fee: int) -> None:
        found = price("standard", wish(declared_value=declared, insured_option=option))
        assert [line.amount for line in found.lines if line.code == "insured_value"] == [fee]

    def test_surcharges_follow_size_and_day(self) -> None:
        festival = wish(sides=(1_300, 100, 100), on=date(2026, 2, 22))
        assert [line.code for line in price("standard", festival).lines] == ["freight", "oversize", "spring_festival"]
        assert len(price("standard", wish(on=date(2026, 2, 23))).lines) == 1

    @pytest.mark.parametrize(
        ("product", "asked", "slug", "pointer"),
        [
            ("economy", wish(to=("香港", "")), "product-not-available", "/product"),
            ("standard", wish(to=("海南", "三沙市")), "not-served", "/recipient/city"),
            ("standard", wish(60_000), "too-heavy", "/parcel/weight_g"),
            ("standard", wish(sides=(1_600, 10, 10)), "too-large", "/parcel/length_mm"),
            ("standard", wish(sides=(1_400, 500, 400)), "too-large", "/parcel/length_mm"),
            ("standard", wish(insured_option="full"), "value-missing", "/declared_value"),
            ("standard", wish(insured_option="full", declared_value=10**8), "value-too-high", "/declared_value"),
        ],
    )
    def test_what_has_no_price_says_why_and_where(self, product: str, asked: Wish, slug: str, pointer: str) -> None:
        with pytest.raises(CannotQuote) as refusal:
            price(product, asked)
        assert (refusal.value.slug, refusal.value.pointer) == (slug, pointer)

    @given(
        st.sampled_from([product.code for product in TARIFF.products]),
        st.integers(1, 15_000),
        st.integers(0, 5_000),
        st.tuples(*[st.integers(1, 300)] * 3),
        st.integers(0, 100),
        st.sampled_from(["proportional", "full"]),
        st.integers(1, 2_000_000),
        st.integers(0, 900_000),
    )
    def test_heavier_larger_or_dearer_never_costs_less(
        self,
        product: str,
        weight: int,
        more_weight: int,
        sides: tuple[int, int, int],
        more_side: int,
        option: str,
        value: int,
        more_value: int,
    ) -> None:
        to = ("广东", "深圳")
        greater = (sides[0] + more_side, sides[1], sides[2])
        less = price(product, wish(weight, to, sides=sides, declared_value=value, insured_option=option))
        more = price(
            product,
            wish(weight + more_weight, to, sides=greater, declared_value=value + more_value, insured_option=option),
        )
        assert less.total <= more.total and less.chargeable_g <= more.chargeable_g
        assert less.total == sum(line.amount for line in less.lines)
        assert less.chargeable_g >= max(weight, less.volumetric_g or 0)


class TestOrderNumber:
    def test_it_is_read_however_it_is_typed(self) -> None:
        number = order_number(datetime(2026, 3, 1, tzinfo=UTC), 123)
        assert number == "OD26-000123-3"
        for typed in ("od26-000123-3", " OD26 000123 3", "OD260001233", "od26-000123 3"):
            assert normal_order_number(typed) == number
        for wrong in ("OD26-000123-4", "OD26-000132-3", "OD62-000123-3", "C26-000123-3", "OD26-0123-3", "", "ＯＤ２６"):
            assert normal_order_number(wrong) is None

    @given(st.text("0123456789", min_size=2, max_size=12), st.data())
    def test_every_wrong_digit_and_every_swap_of_neighbours_is_found(self, body: str, data: st.DataObject) -> None:
        digits = body + str(check_digit(body))
        assert check_digit(digits) == 0
        at = data.draw(st.integers(0, len(digits) - 2))
        other = data.draw(st.sampled_from([d for d in "0123456789" if d != digits[at]]))
        assert check_digit(digits[:at] + other + digits[at + 1 :]) != 0
        if digits[at] != digits[at + 1]:
            assert check_digit(digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]) != 0


RULES = PickupRules(
    slots=(Slot(start=time(9), end=time(11)), Slot(start=time(17), end=time(19))),
    cut_off_minutes=60,
    days_ahead=3,
    rest_on="holidays",
    capacity=2,
)
CALENDAR = BusinessCalendar(holidays={date(2026, 10, 1): "国庆节"}, workdays={date(2026, 10, 10): "补班"})


def local(day: int, hour: int, minute: int = 0, month: int = 9) -> datetime:
    """An instant on the company's clock."""
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)


class TestWindows:
    def test_the_cut_off_closes_a_window_to_the_minute(self) -> None:
        assert windows(RULES, CALENDAR, local(28, 8, 0), {})[0].start == local(28, 9)
        assert windows(RULES, CALENDAR, local(28, 8, 1), {})[0].start == local(28, 17)
        assert windows(RULES, CALENDAR, local(28, 16, 1), {})[0].start == local(29, 9)

    def test_couriers_rest_on_holidays_or_whenever_the_company_does(self) -> None:
        days = [w.start.date().day for w in windows(RULES, CALENDAR, local(30, 20), {})]
        assert days == [2, 2, 3, 3]
        free = RULES.model_copy(update={"rest_on": "never"})
        assert windows(free, CALENDAR, local(30, 20), {})[0].start == local(1, 9, month=10)
        office = RULES.model_copy(update={"rest_on": "non_working_days", "days_ahead": 10})
        found = {w.start.date().day for w in windows(office, CALENDAR, local(30, 20), {})}
        assert found == {2, 5, 6, 7, 8, 9, 10}

    def test_full_windows_are_not_offered(self) -> None:
        taken = {local(28, 9).astimezone(UTC): 2, local(28, 17).astimezone(UTC): 1}
        found = windows(RULES, CALENDAR, local(28, 7), taken)
        assert (found[0].start, found[0].left, found[1].left) == (local(28, 17), 1, 2)

    def test_only_our_own_windows_are_windows(self) -> None:
        now = local(28, 7)
        assert is_window(RULES, CALENDAR, now, local(28, 9).astimezone(UTC), local(28, 11).astimezone(UTC))
        assert not is_window(RULES, CALENDAR, now, local(28, 9), local(28, 12))
        assert not is_window(RULES, CALENDAR, now, local(28, 10), local(28, 12))
        assert not is_window(RULES, CALENDAR, now, local(1, 9, month=10), local(1, 11, month=10))
        assert not is_window(RULES, CALENDAR, now, local(5, 9, month=10), local(5, 11, month=10))

    def test_a_slot_ends_after_it_starts(self) -> None:
        with pytest.raises(ValidationError):
            Slot(start=time(11), end=time(9))


class TestContent:
    def test_what_is_missing_is_named_in_the_order_of_asking(self) -> None:
        assert Content().missing()[:2] == ("/sender/name", "/sender/phone")
        assert Content().missing()[-1] == "/payment_method"

    def test_changes_are_merged_member_by_member_and_null_removes(self) -> None:
        before = merged(Content(), {"sender": {"name": "王芳", "phone": "13800000001"}, "product": "standard"})
        after = merged(before, {"sender": {"phone": None}, "product": "economy"})
        assert (after.sender.name, after.sender.phone, after.product) == ("王芳", None, "economy")
        assert changed(before, after) == ("sender", "product")
        with pytest.raises(ValidationError):
            merged(before, {"sender": {"telephone": "1"}})

    def test_ends_lead_nowhere_and_every_state_is_reached(self) -> None:
        ends = {state for state in OrderState if not NEXT[state]}
        assert ends == {OrderState.DELIVERED, OrderState.CANCELLED, OrderState.REFUSED, OrderState.EXPIRED}
        assert {state for following in NEXT.values() for state in following} == set(OrderState) - {OrderState.DRAFT}


class TestRetention:
    def offers(self, reason: str, made: list[str], **content: Any) -> str | None:
        retention = packaged_retention()
        found = retention.reason(reason)
        assert found is not None
        asked = wish(to=("广东", "深圳"), declared_value=60_000, insured_option="full")
        quotes = [price(product.code, asked) for product in TARIFF.products]
        start = local(28, 9)
        open_ = [
            Window(start=start + timedelta(days=n), end=start + timedelta(days=n, hours=2), left=1) for n in (0, 1)
        ]
        whole = Content.model_validate({"product": "standard", **content})
        offer = next_offer(retention, found, whole, made=made, quotes=quotes, windows=open_)
        return offer.kind if offer else None

    def test_each_reason_has_its_alternatives_and_two_is_the_most(self) -> None:
        assert self.offers("too_expensive", []) == "cheaper_product"
        assert self.offers("too_expensive", ["cheaper_product"]) == "without_insurance"
        assert self.offers("too_expensive", ["cheaper_product", "without_insurance"]) is None
        assert self.offers("too_slow", []) == "faster_product"
        assert self.offers("not_needed", []) is None
        assert self.offers("time_unsuitable", []) == "later_window"

    def test_what_would_change_nothing_is_not_offered(self) -> None:
        assert self.offers("too_slow", [], product="same_day") is None
        last = {"start": local(29, 9).isoformat(), "end": local(29, 11).isoformat()}
        assert self.offers("time_unsuitable", [], pickup=last) is None
