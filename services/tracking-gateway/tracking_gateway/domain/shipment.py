"""What was agreed about a shipment: product, route and promise. Who sends it to whom is kept apart."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Area:
    """Where a shipment begins or ends; `country` is ISO 3166."""

    country: str = "CN"
    province: str | None = None
    city: str | None = None

    @property
    def name(self) -> str:
        """The most exact name there is, without the words for "city" and "province" that some write and some leave."""
        return _plain(self.city) or _plain(self.province) or self.country


@dataclass(frozen=True, slots=True)
class Shipment:
    """One shipment as declared. A promise made to this customer (a time, or hours or working days from the collection)
    comes before any table."""

    product: str
    origin: Area | None
    destination: Area | None
    promised_at: datetime | None
    declared_at: datetime
    promise_hours: int | None = None
    promise_working_days: int | None = None

    def lane(self, carrier: str) -> str | None:
        """What shipments must share for their travel times to be compared; `None` without a route."""
        if self.origin is None or self.destination is None:
            return None
        ends = (self.origin.country, self.origin.name, self.destination.country, self.destination.name)
        return "|".join((carrier, self.product, *ends))


def to_json(shipment: Shipment) -> dict[str, Any]:
    """As plain JSON."""
    return {
        "product": shipment.product,
        "origin": _area_list(shipment.origin),
        "destination": _area_list(shipment.destination),
        "promised_at": shipment.promised_at and shipment.promised_at.isoformat(),
        "declared_at": shipment.declared_at.isoformat(),
        "hours": shipment.promise_hours,
        "working_days": shipment.promise_working_days,
    }


def from_json(data: Mapping[str, Any]) -> Shipment:
    """The inverse of `to_json`."""
    promised = data["promised_at"]
    return Shipment(
        product=data["product"],
        origin=Area(*data["origin"]) if data["origin"] else None,
        destination=Area(*data["destination"]) if data["destination"] else None,
        promised_at=datetime.fromisoformat(promised) if promised else None,
        declared_at=datetime.fromisoformat(data["declared_at"]),
        promise_hours=data.get("hours"),
        promise_working_days=data.get("working_days"),
    )


def _area_list(area: Area | None) -> list[str | None] | None:
    return [area.country, area.province, area.city] if area else None


def _plain(name: str | None) -> str:
    text = "".join((name or "").split()).casefold()
    for word in ("特别行政区", "自治区", "市", "省", "city"):
        if text.endswith(word) and len(text) > len(word):
            return text.removesuffix(word)
    return text
