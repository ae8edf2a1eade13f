"""Promises by product and route, working days, complete delay; estimates and what they rest on; lanes' quantiles."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.tracking_gateway.conftest import Fold, MakeEvent
from tracking_gateway.domain.estimate import NoEstimate, estimate
from tracking_gateway.domain.lanes import bucket_of, hours_of, quantiles, samples
from tracking_gateway.domain.model import ExceptionCode
from tracking_gateway.domain.promise import Basis, PromiseTable
from tracking_gateway.domain.shipment import Area, Shipment, from_json, to_json
from tracking_gateway.domain.state import ParcelState
from tracking_gateway.knowledge import Knowledge

DECLARED = datetime(2026, 3, 1, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")
HZ, SZ = Area("CN", "浙江", "杭州"), Area("CN", "广东省", "深圳市")


def shipment(origin: Area | None, destination: Area | None, product: str = "standard") -> Shipment:
    return Shipment(product, origin, destination, None, DECLARED)


@pytest.fixture(scope="session")
def table(knowledge: Knowledge) -> PromiseTable:
    return knowledge.promises


@pytest.mark.parametrize(
    ("origin", "destination", "route"),
    [
        (HZ, Area("CN", "浙江省", "杭州市"), "same_city"),
        (HZ, SZ, "inter_city"),
        (Area("CN", "浙江"), Area("CN", "广东"), "inter_city"),
        (Area("CN", "浙江"), Area("CN", "浙江"), None),  # one province, cities unknown: it may be either
        (HZ, Area("HK"), "hk_mo_tw"),
        (Area("JP"), SZ, "asia"),
        (HZ, Area("FR", None, "Paris"), "europe"),
        (HZ, Area("NO"), "europe"),
        (HZ, Area("BR"), None),
        (Area("FR"), Area("DE"), None),
        (HZ, None, None),
    ],
)
def test_routes(table: PromiseTable, origin: Area | None, destination: Area | None, route: str | None) -> None:
    assert table.route(origin, destination) == route


@pytest.mark.parametrize(
    ("product", "destination", "hours"),
    [
        ("standard", HZ, 24),
        ("standard", SZ, 72),
        ("express", HZ, 12),
        ("express", SZ, 36),
        ("economy", HZ, 24),  # a product without a promise for the route has the route's
        ("economy", SZ, 120),
        ("unheard_of", SZ, 72),
    ],
)
def test_hours_count_from_the_collection(
    table: PromiseTable, event: MakeEvent, fold: Fold, product: str, destination: Area, hours: int
) -> None:
    state = fold(event(-5, "ORDERED"), event(0, "COLLECTED"), event(3, "DEPARTED"))
    promise = table.promise(shipment(HZ, destination, product), state)
    assert promise.promised_at is not None
    assert promise.shipped_at is not None
    assert promise.promised_at - promise.shipped_at == timedelta(hours=hours)
    assert promise.basis is Basis.TARIFF
    assert promise.shipped_at == datetime(2026, 3, 1, 8, tzinfo=UTC)


def test_working_days_leave_out_the_day_of_collection_weekends_and_holidays(
    table: PromiseTable, event: MakeEvent, fold: Fold
) -> None:
    collected = fold(event(0, "COLLECTED"))  # Sunday 1 March 2026, 16:00 in Shanghai
    due = table.promise(shipment(HZ, Area("HK")), collected).promised_at
    assert due == datetime(2026, 3, 10, tzinfo=SHANGHAI)  # the end of Monday 9 March, the sixth working day
    before_may_day = fold(event(24 * 59, "COLLECTED"))  # Wednesday 29 April
    due = table.promise(shipment(HZ, Area("JP")), before_may_day).promised_at
    assert due == datetime(2026, 5, 9, tzinfo=SHANGHAI)  # 30 April and 4 to 8 May: 1 and 2 May are holidays
    assert not table.is_workday(date(2026, 10, 1))
    assert replace(table, worked=frozenset({date(2026, 3, 7)})).is_workday(date(2026, 3, 7))


def test_complete_delay_is_so_many_whole_days_after_the_day_of_the_promise(
    table: PromiseTable, event: MakeEvent, fold: Fold
) -> None:
    state = fold(event(0, "COLLECTED"))
    promise = table.promise(shipment(HZ, HZ), state)
    assert promise.promised_at == datetime(2026, 3, 2, 8, tzinfo=UTC)
    assert promise.complete_delay_at == datetime(2026, 3, 6, tzinfo=SHANGHAI)  # after 3, 4 and 5 March
    assert table.promise(shipment(HZ, SZ), state).complete_delay_at == datetime(2026, 3, 12, tzinfo=SHANGHAI)


def test_a_promise_runs_only_on_the_way_to_the_recipient(table: PromiseTable, event: MakeEvent, fold: Fold) -> None:
    agreed = shipment(HZ, SZ)
    on_its_way = fold(event(0, "COLLECTED"))
    pending = table.pending(agreed, on_its_way)
    assert pending[0].seconds == 72 * 3600
    assert [item.code for item in pending] == [ExceptionCode.DELAYED, ExceptionCode.COMPLETE_DELAY]
    for code in ("SIGNED", "RETURNING", "CANCELLED"):
        assert table.pending(agreed, fold(event(0, "COLLECTED"), event(9, code))) == []
    assert table.pending(agreed, fold(event(0, "ORDERED"))) == []
    assert table.pending(None, on_its_way) == []
    assert table.promise(agreed, fold(event(2, "DEPARTED"), event(5, "ARRIVED"))).shipped_at == datetime(
        2026, 3, 1, 10, tzinfo=UTC
    )


def test_what_an_estimate_rests_on(table: PromiseTable, event: MakeEvent, fold: Fold) -> None:
    state, now = fold(event(0, "COLLECTED")), datetime(2026, 3, 1, 18, tzinfo=UTC)
    promise = table.promise(shipment(HZ, SZ), state)
    history = {bucket_of(hours): 10 for hours in (20, 40, 60)}

    def judged(state: ParcelState = state, counts: dict[int, int] = history, now: datetime = now) -> tuple[object, ...]:
        found = estimate(state, promise, counts, now=now, least_samples=20)
        return found.basis, found.samples, found.reason

    assert judged() == (Basis.HISTORY, 30, None)
    assert judged(now=now + timedelta(hours=20)) == (Basis.HISTORY, 20, None)  # too late for the fast ones
    assert judged(counts={}) == (Basis.TARIFF, 0, None)
    assert judged(counts={}, now=now + timedelta(hours=80)) == (Basis.NONE, 0, NoEstimate.PROMISE_PASSED)
    assert judged(fold(event(0, "COLLECTED"), event(5, "DAMAGED"))) == (Basis.NONE, 0, NoEstimate.EXCEPTION)
    assert judged(fold(event(0, "COLLECTED"), event(5, "RETURNING"))) == (Basis.NONE, 0, NoEstimate.RETURNING)
    assert judged(fold(event(0, "COLLECTED"), event(5, "SIGNED"))) == (Basis.NONE, 0, NoEstimate.OVER)
    nothing = table.promise(None, state)
    assert estimate(state, nothing, {}, now=now, least_samples=20).reason is NoEstimate.NO_ROUTE
    waiting = fold(event(0, "ORDERED"))
    unshipped = estimate(waiting, table.promise(shipment(HZ, SZ), waiting), {}, now=now, least_samples=20)
    assert unshipped.reason is NoEstimate.NOT_SHIPPED


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(0.2, 2000), min_size=1, max_size=80), st.floats(0.05, 1))
def test_quantiles_are_within_five_per_cent_whatever_the_order(hours: list[float], share: float) -> None:
    counts: dict[int, int] = {}
    for value in random.Random(3).sample(hours, len(hours)):
        counts[bucket_of(value)] = counts.get(bucket_of(value), 0) + 1
    (found,) = quantiles(counts, (share,))
    rank = max(-int(-share * len(hours) // 1), 1)
    true = sorted(hours)[rank - 1]
    assert abs(found - true) / true < 0.05
    assert samples(counts) == len(hours)
    assert quantiles(counts, (share,), longer_than=3000) == []
    assert abs(hours_of(bucket_of(true)) - true) / true < 0.05


def test_a_shipment_survives_being_written_down() -> None:
    for kept in (shipment(HZ, None), Shipment("express", HZ, SZ, DECLARED, DECLARED)):
        assert from_json(to_json(kept)) == kept
    assert shipment(HZ, SZ).lane("posthouse") == "posthouse|standard|CN|杭州|CN|深圳"
    assert shipment(HZ, None).lane("posthouse") is None
