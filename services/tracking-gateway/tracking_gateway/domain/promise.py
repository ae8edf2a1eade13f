"""Promises: when a parcel is due by product and route, and when it is late or lost by the clock.

The table is data (`data/promises.yaml`) with its sources. A promise that was made for one shipment comes before it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from tracking_gateway.domain.fold import clock_anchor, shipped_at
from tracking_gateway.domain.model import Direction, ExceptionCode
from tracking_gateway.domain.shipment import Area, Shipment
from tracking_gateway.domain.silence import Silence
from tracking_gateway.domain.state import ParcelState

_SATURDAY = 5


class Basis(StrEnum):
    """Where a promise or an estimate comes from; `none` says that there is none."""

    DECLARED = "declared"
    TARIFF = "tariff"
    HISTORY = "history"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Promise:
    """What was promised, and why we say so. `complete_delay_at` is when the parcel counts as lost."""

    basis: Basis
    route: str | None
    shipped_at: datetime | None = None
    promised_at: datetime | None = None
    complete_delay_at: datetime | None = None
    source: str = ""

    def due(self, code: ExceptionCode) -> datetime | None:
        """When the clock proves the exception."""
        return self.promised_at if code is ExceptionCode.DELAYED else self.complete_delay_at


@dataclass(frozen=True, slots=True)
class _Span:
    hours: float | None
    working_days: int | None
    source: str


@dataclass(frozen=True, slots=True)
class PromiseTable:
    """Promises by product and route."""

    version: str
    zone: ZoneInfo
    home: str
    routes: Mapping[str, _Span]
    products: Mapping[str, Mapping[str, _Span]]
    complete_delay: Mapping[str, int]
    zone_of: Mapping[str, str]
    holidays: frozenset[date]
    worked: frozenset[date]

    @classmethod
    def load(cls, data: Mapping[str, Any], *, home: str = "CN") -> "PromiseTable":
        """Build from the parsed data file. `home` is the country whose city routes the table knows."""
        return cls(
            version=data["version"],
            zone=ZoneInfo(data["zone"]),
            home=home,
            routes={name: _span(entry) for name, entry in data["routes"].items()},
            products={
                product: {route: _span(entry) for route, entry in routes.items()}
                for product, routes in data["products"].items()
            },
            complete_delay={route: entry["days"] for route, entry in data["complete_delay_days"].items()},
            zone_of={country: zone for zone, countries in data["zones"].items() for country in countries},
            holidays=frozenset(data["holidays"]),
            worked=frozenset(data["make_up_workdays"]),
        )

    def route(self, origin: Area | None, destination: Area | None) -> str | None:
        """The kind of route; `None` where the table has none for it."""
        if origin is None or destination is None:
            return None
        if origin.country == destination.country == self.home:
            if not origin.city or not destination.city:
                return "inter_city" if origin.province and origin.name != destination.name else None
            return "same_city" if origin.name == destination.name else "inter_city"
        abroad = destination.country if origin.country == self.home else origin.country
        if self.home not in (origin.country, destination.country):
            return None
        return self.zone_of.get(abroad)

    def promise(self, shipment: Shipment | None, state: ParcelState) -> Promise:
        """What was promised for the parcel. Without a collection there is a promise only if one was made."""
        if shipment is None:
            return Promise(Basis.NONE, None)
        route = self.route(shipment.origin, shipment.destination)
        since = shipped_at(state)
        if shipment.promised_at is not None:
            due, basis, source = shipment.promised_at, Basis.DECLARED, "declared with the shipment"
        elif agreed := _agreed(shipment):
            if since is None:
                return Promise(Basis.NONE, route)
            due, basis, source = self._after(since, agreed), Basis.DECLARED, agreed.source
        else:
            span = self.products.get(shipment.product, {}).get(route or "") or self.routes.get(route or "")
            if span is None or since is None:
                return Promise(Basis.NONE, route, since)
            due, basis, source = self._after(since, span), Basis.TARIFF, f"{span.source} (table {self.version})"
        return Promise(basis, route, since, due, self._lost_at(due, route), source)

    def pending(self, shipment: Shipment | None, state: ParcelState) -> list[Silence]:
        """What the clock may still prove about the promise, soonest first."""
        if shipment is None or state.direction is Direction.RETURN:
            return []
        promise = self.promise(shipment, state)
        found = []
        for code in (ExceptionCode.DELAYED, ExceptionCode.COMPLETE_DELAY):
            anchor, due = clock_anchor(state, code), promise.due(code)
            episode = state.exceptions.get(code)
            if anchor is None or due is None or code in state.lapsed or (episode and episode.lasting):
                continue
            due = max(due, anchor)
            found.append(Silence(code, anchor, due, round((due - anchor).total_seconds())))
        return sorted(found, key=lambda item: item.due)

    def _after(self, since: datetime, span: _Span) -> datetime:
        if span.working_days is None:
            return since + timedelta(hours=span.hours or 0)
        day, left = since.astimezone(self.zone).date(), span.working_days
        while left:
            day += timedelta(days=1)
            left -= self.is_workday(day)
        return self._end_of(day)

    def _lost_at(self, due: datetime, route: str | None) -> datetime | None:
        days = self.complete_delay.get(route or "")
        return None if days is None else self._end_of(due.astimezone(self.zone).date() + timedelta(days=days))

    def is_workday(self, day: date) -> bool:
        """Whether the day counts among working days."""
        return day in self.worked or (day.weekday() < _SATURDAY and day not in self.holidays)

    def _end_of(self, day: date) -> datetime:
        return datetime.combine(day + timedelta(days=1), time.min, self.zone).astimezone(ZoneInfo("UTC"))


def _agreed(shipment: Shipment) -> _Span | None:
    if shipment.promise_hours is None and shipment.promise_working_days is None:
        return None
    return _Span(shipment.promise_hours, shipment.promise_working_days, "agreed with the order")


def _span(data: Mapping[str, Any]) -> _Span:
    return _Span(data.get("hours"), data.get("working_days"), data["source"])
