"""The gateway's knowledge, loaded once, and short ways to make events and states."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tracking_gateway.domain.events import Report, build_event
from tracking_gateway.domain.model import SourceTime, TrackingEvent, TzSource
from tracking_gateway.domain.state import ParcelState
from tracking_gateway.knowledge import COURIER, Knowledge
from tracking_gateway.parameters import TrackingParameters

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)

MakeEvent = Callable[..., TrackingEvent]
Fold = Callable[..., ParcelState]


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    """Rules and formats as shipped."""
    return Knowledge(TrackingParameters(), own_carrier="posthouse", own_pattern=r"PH\d{10,13}")


def at(hours: float) -> SourceTime:
    """An instant that many hours after the start."""
    instant = START + timedelta(hours=hours)
    return SourceTime(instant, instant.isoformat(), 0, TzSource.PAYLOAD)


@pytest.fixture(scope="session")
def event(knowledge: Knowledge) -> MakeEvent:
    """`event(hours, code, text)`: an event of our own network, or of another source."""

    def make(
        hours: float,
        code: str = "",
        text: str = "",
        *,
        source: str = COURIER,
        sequence: int = 0,
        location: str | None = None,
    ) -> TrackingEvent:
        return build_event(
            Report(at(hours), code, text, location, None, sequence),
            carrier="zto",
            waybill_no="73000000000001",
            source=source,
            codes=knowledge.codes[source],
            interpreter=knowledge.interpreter,
        )

    return make


@pytest.fixture(scope="session")
def fold(knowledge: Knowledge) -> Fold:
    """`fold(event, event, …)`: the state they amount to."""

    def make(*events: TrackingEvent) -> ParcelState:
        return knowledge.folder.fold(events)

    return make
