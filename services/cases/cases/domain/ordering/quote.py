"""What carriage costs: each line with the formula it came from, in whole minor units.

Weight is charged as the greater of the real and the volumetric one. Nothing is rounded but weight (up, to the product's
step) and the insured-value fee (half up, to a minor unit).
"""

from datetime import date
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field

from cases.domain.dictionary import Data, Label
from cases.domain.ordering.tariff import Plan, Product, Province, Surcharge, Tariff, Zone

Grams = Annotated[int, Field(ge=1, le=1_000_000)]
Millimetres = Annotated[int, Field(ge=1, le=10_000)]


class Parcel(Data):
    """How heavy and how large. Without its size a parcel is charged by real weight; it is measured at pickup."""

    weight_g: Grams
    length_mm: Millimetres | None = None
    width_mm: Millimetres | None = None
    height_mm: Millimetres | None = None

    @property
    def sides(self) -> tuple[int, int, int] | None:
        """The three sides, longest first; None unless all are known."""
        if self.length_mm is None or self.width_mm is None or self.height_mm is None:
            return None
        longest, middle, shortest = sorted((self.length_mm, self.width_mm, self.height_mm), reverse=True)
        return longest, middle, shortest


class Place(Data):
    """A place as prices need it, already read."""

    province: Province
    city: str


class Wish(Data):
    """What is asked to be priced."""

    origin: Place
    destination: Place
    parcel: Parcel
    declared_value: int = Field(default=0, ge=0, lt=10**9, description="minor units")
    insured_option: Literal["none", "proportional", "full"] = "none"
    on: date


class Line(Data):
    """One line of a quote: what for, the formula with its numbers, the amount in minor units."""

    code: str
    label: Label
    formula: str
    amount: int


class Quote(Data):
    """A price, and everything it followed from."""

    tariff_version: str
    product: str
    product_label: Label
    mode: Literal["air", "ground"]
    zone: Zone
    zone_label: Label
    weight_g: int
    volumetric_g: int | None
    volumetric_divisor: int
    chargeable_g: int
    lines: tuple[Line, ...]
    total: int
    currency: str
    promise_hours: int | None
    promise_working_days: int | None


class CannotQuote(Exception):
    """There is no price. `slug` says why, `pointer` which part of the wish is to blame."""

    def __init__(self, slug: str, pointer: str, detail: str, why: Label | None = None) -> None:
        super().__init__(detail)
        self.slug, self.pointer, self.detail, self.why = slug, pointer, detail, why


def route(tariff: Tariff, wish: Wish) -> Zone:
    """The zone of the wish. Raises `CannotQuote` for places without service."""
    for name, place in (("sender", wish.origin), ("recipient", wish.destination)):
        why = tariff.unserved_why(place.province, place.city)
        if why is not None:
            raise CannotQuote("not-served", f"/{name}/city", why.en, why)
    origin, destination = wish.origin, wish.destination
    return tariff.zone((origin.province, origin.city), (destination.province, destination.city))


def quote(tariff: Tariff, product: Product, wish: Wish) -> Quote:
    """The price of one product. Raises `CannotQuote`."""
    zone = route(tariff, wish)
    price = product.prices.get(zone)
    if price is None:
        label = tariff.zones[zone]
        raise CannotQuote("product-not-available", "/product", f"{product.label.en} does not serve: {label.en}")
    volumetric, chargeable = chargeable_weight(product, wish.parcel)
    _require_fits(product, wish.parcel, chargeable)
    steps = -(-max(chargeable - product.first_g, 0) // product.step_g)
    lines = [
        Line(
            code="freight",
            label=product.label,
            formula=f"{price.first} + {steps} x {price.step}",
            amount=price.first + steps * price.step,
        ),
        *_surcharges(tariff, wish),
        *_insurance(tariff, wish),
    ]
    return Quote(
        tariff_version=tariff.version,
        product=product.code,
        product_label=product.label,
        mode=product.mode,
        zone=zone,
        zone_label=tariff.zones[zone],
        weight_g=wish.parcel.weight_g,
        volumetric_g=volumetric,
        volumetric_divisor=product.volumetric_divisor,
        chargeable_g=chargeable,
        lines=tuple(lines),
        total=sum(line.amount for line in lines),
        currency=tariff.currency,
        promise_hours=price.promise_hours,
        promise_working_days=price.promise_working_days,
    )


def chargeable_weight(product: Product, parcel: Parcel) -> tuple[int | None, int]:
    """The volumetric weight (None without a size) and the weight that is charged, in grams, in full steps.

    Cubic centimetres over the divisor are kilograms, so cubic millimetres over the divisor are grams.
    """
    volumetric = None
    if parcel.sides is not None:
        longest, middle, shortest = parcel.sides
        volumetric = -(-longest * middle * shortest // product.volumetric_divisor)
    greater = max(parcel.weight_g, volumetric or 0)
    beyond = max(greater - product.first_g, 0)
    return volumetric, product.first_g + -(-beyond // product.step_g) * product.step_g


def _require_fits(product: Product, parcel: Parcel, chargeable: int) -> None:
    if chargeable > product.max_weight_g:
        detail = f"{product.label.en} takes up to {product.max_weight_g} g; this is charged as {chargeable} g"
        raise CannotQuote("too-heavy", "/parcel/weight_g", detail)
    if parcel.sides is not None:
        longest, middle, shortest = parcel.sides
        girth = longest + 2 * (middle + shortest)
        if longest > product.max_side_mm or girth > product.max_girth_mm:
            limits = f"sides up to {product.max_side_mm} mm and length plus girth up to {product.max_girth_mm} mm"
            raise CannotQuote("too-large", "/parcel/length_mm", f"{product.label.en} takes {limits}")


def _surcharges(tariff: Tariff, wish: Wish) -> list[Line]:
    return [
        Line(code=item.code, label=item.label, formula=str(item.minor), amount=item.minor)
        for item in tariff.surcharges
        if _applies(item, wish)
    ]


def _applies(surcharge: Surcharge, wish: Wish) -> bool:
    if surcharge.over_side_mm is not None and not (wish.parcel.sides and wish.parcel.sides[0] > surcharge.over_side_mm):
        return False
    if surcharge.from_ is not None and wish.on < surcharge.from_:
        return False
    return surcharge.to is None or wish.on <= surcharge.to


def _insurance(tariff: Tariff, wish: Wish) -> list[Line]:
    plan = tariff.insurance.plans.get(wish.insured_option)
    if plan is None:
        return []
    if wish.declared_value == 0:
        raise CannotQuote("value-missing", "/declared_value", "An insured parcel needs its declared value")
    if wish.declared_value > tariff.insurance.max_declared:
        detail = f"At most {tariff.insurance.max_declared} minor units of {tariff.currency} can be insured"
        raise CannotQuote("value-too-high", "/declared_value", detail)
    formula, fee = _fee(plan, wish.declared_value)
    return [Line(code="insured_value", label=plan.label, formula=formula, amount=fee)]


def _fee(plan: Plan, value: int) -> tuple[str, int]:
    """The first band that reaches up to the value; a fee per mille never falls below the fixed ones before it."""
    floor = 0
    for band in plan.bands:
        if band.fee is not None:
            floor = max(floor, band.fee)
            if band.up_to is None or value <= band.up_to:
                return str(band.fee), band.fee
        elif band.per_mille is not None:
            exact = Fraction(value * band.per_mille, 1000)
            return f"max({floor}, {value} x {band.per_mille} / 1000)", max(floor, int(exact + Fraction(1, 2)))
    return str(floor), floor
