"""The tariff: a version of all prices, the places they are for, and what is not served. Data, and how to read it."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from cases.domain.dictionary import Data, Label, Name

Minor = Annotated[int, Field(ge=0, lt=10**9)]
"""Money in minor units of the tariff's currency."""


class Zone(StrEnum):
    """How far apart sender and recipient are, as prices see it."""

    SAME_CITY = "same_city"
    SAME_PROVINCE = "same_province"
    NEAR = "near"
    FAR = "far"
    FRONTIER = "frontier"
    OVERSEAS = "overseas"


class Province(Data):
    """A province. `city`: the municipality is its own city, so nobody needs to name one."""

    code: str = Field(pattern="^[A-Z]{2}$")
    zh: str
    en: str
    region: Name
    city: bool = False
    aliases: tuple[str, ...] = ()


class Unserved(Data):
    """Where nothing is picked up or delivered; a whole province without `city`."""

    province: str
    city: str | None = None
    why: Label


class Price(Data):
    """The price of one product in one zone, with the time it promises."""

    first: Minor
    step: Minor
    promise_hours: int | None = Field(default=None, ge=1)
    promise_working_days: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _one_promise(self) -> Self:
        if (self.promise_hours is None) == (self.promise_working_days is None):
            raise ValueError("a price promises either hours or working days")
        return self


class Product(Data):
    """A service product. `volumetric_divisor` is in cubic centimetres per kilogram; the girth is length plus twice
    width plus twice height, with the longest side as length."""

    code: Name
    label: Label
    mode: Literal["air", "ground"]
    volumetric_divisor: int = Field(ge=1000, le=20_000)
    first_g: int = Field(ge=1)
    step_g: int = Field(ge=1)
    max_weight_g: int = Field(ge=1)
    max_side_mm: int = Field(ge=1)
    max_girth_mm: int = Field(ge=1)
    prices: Mapping[Zone, Price]


class Surcharge(Data):
    """Added on days (`from`..`to`, both included) or for parcels longer than a side."""

    code: Name
    label: Label
    minor: Minor
    over_side_mm: int | None = Field(default=None, ge=1)
    from_: date | None = Field(default=None, alias="from")
    to: date | None = None


class Band(Data):
    """A fee of the insured-value service: fixed up to a value, or per mille of it above the last one."""

    up_to: Minor | None = None
    fee: Minor | None = None
    per_mille: int | None = Field(default=None, ge=1, le=1000)


class Plan(Data):
    """An insured-value plan."""

    label: Label
    bands: tuple[Band, ...] = Field(min_length=1)


class Insurance(Data):
    """The insured-value service."""

    max_declared: Minor
    plans: Mapping[str, Plan]


class PlaceUnknown(ValueError):
    """The province or city cannot be read."""


class Tariff(Data):
    """One version of the tariff."""

    version: str
    valid_from: date
    currency: str = Field(pattern="^[A-Z]{3}$")
    source: str
    provinces: tuple[Province, ...]
    near: tuple[tuple[Name, Name], ...]
    frontier: tuple[Name, ...]
    overseas: tuple[Name, ...]
    unserved: tuple[Unserved, ...] = ()
    zones: Mapping[Zone, Label]
    products: tuple[Product, ...] = Field(min_length=1)
    surcharges: tuple[Surcharge, ...] = ()
    insurance: Insurance

    @cached_property
    def _by_name(self) -> Mapping[str, Province]:
        names: dict[str, Province] = {}
        for province in self.provinces:
            for name in (province.code, province.zh, _short(province.zh), province.en, *province.aliases):
                names[_folded(name)] = province
        return names

    def province(self, text: str) -> Province:
        """The province of a code or name in Chinese or English. Raises `PlaceUnknown`."""
        folded = _folded(text).removesuffix(" province").removesuffix(" municipality")
        found = self._by_name.get(folded) or self._by_name.get(_folded(_short(folded)))
        if found is None:
            raise PlaceUnknown(f"{text[:60]!r} is not a province, municipality or region that the tariff knows")
        return found

    def product(self, code: str) -> Product | None:
        """A product by its code."""
        return next((product for product in self.products if product.code == code), None)

    def zone(self, origin: tuple[Province, str], destination: tuple[Province, str]) -> Zone:
        """The zone between two places, each a province and a city."""
        (one, one_city), (other, other_city) = origin, destination
        if one.code == other.code:
            same = one.city or same_city(one_city, other_city)
            return Zone.SAME_CITY if same else Zone.SAME_PROVINCE
        regions = {one.region, other.region}
        if regions & set(self.overseas):
            return Zone.OVERSEAS
        if regions & set(self.frontier):
            return Zone.FRONTIER
        return Zone.NEAR if len(regions) == 1 or any(set(pair) == regions for pair in self.near) else Zone.FAR

    def unserved_why(self, province: Province, city: str) -> Label | None:
        """Why nothing is picked up or delivered there; None where we are."""
        for place in self.unserved:
            if place.province == province.code and (place.city is None or same_city(place.city, city)):
                return place.why
        return None


class Tariffs:
    """All versions of the tariff."""

    def __init__(self, versions: Sequence[Tariff]) -> None:
        self._versions = sorted(versions, key=lambda tariff: tariff.valid_from)

    def on(self, day: date) -> Tariff:
        """The version of a day; the oldest one before all of them."""
        valid = [tariff for tariff in self._versions if tariff.valid_from <= day]
        return valid[-1] if valid else self._versions[0]


def same_city(one: str, other: str) -> bool:
    """Whether two spellings name the same city (深圳 and 深圳市, Shenzhen and shenzhen city)."""
    return city_key(one) == city_key(other) != ""


def city_key(city: str) -> str:
    """A city's name without what is only its rank."""
    return re.sub(r"(市|地区|\s+city)$", "", _folded(city))


def _short(name: str) -> str:
    return re.sub(r"(特别行政区|壮族自治区|回族自治区|维吾尔自治区|自治区|省|市)$", "", name)


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).lower().split())
