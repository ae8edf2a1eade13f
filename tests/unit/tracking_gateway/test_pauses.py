"""How long a provider is left alone: what it asks for, at most an hour; after failures in a row a pause of our own."""

import httpx
import pytest

from chassis.clock import ManualClock
from tracking_gateway.breaker import Breaker
from tracking_gateway.budget import Budget
from tracking_gateway.carriers.http import _retry_after

DATE = "Sun, 01 Mar 2026 10:00:00 GMT"
EPOCH = 1772359200


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "120"}, 120.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "999999"}, 3600.0),
        ({"retry-after": "-5"}, None),
        ({"retry-after": DATE}, None),
        ({"retry-after": "Sun, 01 Mar 2026 10:05:00 GMT", "date": DATE}, 300.0),
        ({"x-ratelimit-reset": str(EPOCH + 7), "date": DATE}, 7.0),
        ({"x-ratelimit-reset": str(EPOCH - 7), "date": DATE}, 0.0),
        ({"x-ratelimit-reset": str(EPOCH + 7)}, None),
        ({"x-ratelimit-reset": "soon", "date": DATE}, None),
        ({"x-ratelimit-reset": "9" * 400, "date": DATE}, 3600.0),
        ({"x-ratelimit-reset": str(EPOCH), "date": "yesterday"}, None),
    ],
)
def test_what_a_provider_asks_for(headers: dict[str, str], seconds: float | None) -> None:
    assert _retry_after(httpx.Headers(headers)) == seconds


async def test_a_wish_for_a_pause_counts_at_once_and_is_not_shortened_by_failures() -> None:
    clock = ManualClock()
    breaker = Breaker("x", clock, failures=2, pause_seconds=30)
    breaker.failed(pause_seconds=300)
    assert not breaker.allows()
    breaker.failed()
    await clock.advance(299)
    assert not breaker.allows()
    await clock.advance(2)
    assert breaker.allows()
    assert not breaker.allows(), "one trial at a time"
    breaker.succeeded()
    assert breaker.allows()


async def test_a_budget_fills_steadily_and_holds_a_minute() -> None:
    clock = ManualClock()
    budget = Budget(clock, 3)
    assert [budget.take() for _ in range(4)] == [True, True, True, False]
    await clock.advance(20)
    assert [budget.take(), budget.take()] == [True, False]
    await clock.advance(3600)
    assert sum(budget.take() for _ in range(10)) == 3
    assert all(Budget(clock, None).take() for _ in range(1000))
