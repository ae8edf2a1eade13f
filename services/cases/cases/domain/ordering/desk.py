"""Everything that decides about an order: tariffs, goods list, pickup rules, alternatives. Pure; the time is given."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cases.domain.calendar import BusinessCalendar
from cases.domain.dictionary import Label
from cases.domain.ordering.goods import Ruling, Verdict
from cases.domain.ordering.goods_check import GoodsCheck
from cases.domain.ordering.order import Content
from cases.domain.ordering.quote import CannotQuote, Place, Quote, Wish, quote
from cases.domain.ordering.retention import Retention
from cases.domain.ordering.tariff import PlaceUnknown, Tariff, Tariffs, city_key
from cases.domain.ordering.windows import PickupRules


@dataclass(frozen=True)
class Refused:
    """A product that there is no price for, and why."""

    product: str
    slug: str
    pointer: str
    detail: str


@dataclass(frozen=True)
class Examination:
    """What is known about a content: its verdict, its prices, what stands in the way. `unserved` names why nothing is
    picked up or delivered there."""

    missing: tuple[str, ...]
    verdict: Verdict | None
    quotes: tuple[Quote, ...]
    refused: tuple[Refused, ...]
    unserved: Label | None
    area: str | None

    def chosen(self, product: str | None) -> Quote | None:
        """The quote of a product."""
        return next((found for found in self.quotes if found.product == product), None)

    def why_not(self, product: str | None) -> Refused | None:
        """Why there is no quote of a product."""
        return next((found for found in self.refused if found.product == product), None)


@dataclass(frozen=True)
class OrderDesk:
    """The rules of one company."""

    tariffs: Tariffs
    goods: GoodsCheck
    pickup: PickupRules
    retention: Retention
    calendar: BusinessCalendar

    def tariff(self, now: datetime) -> Tariff:
        """Today's tariff."""
        return self.tariffs.on(self.calendar.local_day(now))

    def examine(self, content: Content, now: datetime) -> Examination:
        """Check and price what is known. Raises `BadPlace` for a place that cannot be read."""
        tariff = self.tariff(now)
        verdict = None
        if content.goods.name is not None:
            description = " ".join(text for text in (content.goods.name, content.goods.nature) if text)
            verdict = self.goods.check(description, content.goods.measures)
        wish = self._wish(tariff, content, now)
        quotes: list[Quote] = []
        refused: list[Refused] = []
        unserved: Label | None = None
        for product in tariff.products if wish else ():
            if product.mode == "air" and verdict is not None and verdict.not_by_air:
                detail = f"{product.label.en} goes by air, and these goods do not"
                refused.append(Refused(product.code, "not-by-air", "/product", detail))
                continue
            try:
                quotes.append(quote(tariff, product, wish))  # type: ignore[arg-type]  # only without a wish is it None
            except CannotQuote as error:
                refused.append(Refused(product.code, error.slug, error.pointer, error.detail))
                unserved = error.why or unserved
        quotes.sort(key=lambda found: (found.total, found.product))
        return Examination(
            content.missing(), verdict, tuple(quotes), tuple(refused), unserved, self._area(tariff, content)
        )

    def _wish(self, tariff: Tariff, content: Content, now: datetime) -> Wish | None:
        origin = self._place(tariff, content, "sender")
        destination = self._place(tariff, content, "recipient")
        if origin is None or destination is None or content.parcel is None:
            return None
        day = content.pickup.start if content.pickup else now
        return Wish(
            origin=origin,
            destination=destination,
            parcel=content.parcel,
            declared_value=content.declared_value or 0,
            insured_option=content.insured_option or "none",
            on=self.calendar.local_day(day),
        )

    def _place(self, tariff: Tariff, content: Content, role: str) -> Place | None:
        party = content.sender if role == "sender" else content.recipient
        if party.province is None:
            return None
        try:
            province = tariff.province(party.province)
        except PlaceUnknown as error:
            raise BadPlace(f"/{role}/province", str(error)) from error
        if party.city is None and not province.city:
            raise BadPlace(f"/{role}/city", "the city is needed")
        return Place(province=province, city=party.city or province.zh)

    def _area(self, tariff: Tariff, content: Content) -> str | None:
        place = self._place(tariff, content, "sender")
        if place is None:
            return None
        code = place.province.code
        return code if place.province.city else f"{code}/{city_key(place.city)}"

    def obstacles(self, content: Content, found: Examination) -> Sequence[Refused]:
        """What forbids placing the order, whatever is agreed to."""
        if found.unserved is not None:
            return [Refused(content.product or "", "not-served", "/recipient", found.unserved.en)]
        if found.verdict is not None and found.verdict.verdict is Ruling.FORBIDDEN:
            reasons = "; ".join(
                f.reason.en for f in found.verdict.findings if f.verdict is Ruling.FORBIDDEN and not f.negated
            )
            return [Refused(content.product or "", "goods-forbidden", "/goods/name", reasons)]
        why = found.why_not(content.product)
        if why is not None:
            return [why]
        if found.chosen(content.product) is None:
            return [Refused(content.product or "", "unknown-product", "/product", "There is no such product")]
        return []


class BadPlace(ValueError):
    """A province or city cannot be read; `pointer` says which."""

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(detail)
        self.pointer = pointer
