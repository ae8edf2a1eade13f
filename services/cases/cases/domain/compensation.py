"""What compensation is calculated from, by which rules, and what comes out. Amounts are whole minor units."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from cases.domain.dictionary import Data

Minor = Annotated[int, Field(ge=0, lt=10**12)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class Carriage(StrEnum):
    """Which law the carriage is under."""

    CN_EXPRESS = "cn_express"
    CN_UNIVERSAL_MAIL = "cn_universal_mail"
    INTERNATIONAL_AIR = "international_air"
    EU_ROAD = "eu_road"
    US_DOMESTIC = "us_domestic"


class Harm(StrEnum):
    """What went wrong."""

    LOSS = "loss"
    DAMAGE = "damage"
    SHORTAGE = "shortage"
    DELAY = "delay"
    COMPLETE_DELAY = "complete_delay"
    GOODWILL = "goodwill"


class Finding(StrEnum):
    """Who answers for it. The carrier does, unless one of the exceptions is proven (民法典 832)."""

    CARRIER = "carrier"
    GROSS_NEGLIGENCE = "gross_negligence"
    FORCE_MAJEURE = "force_majeure"
    NATURE_OF_GOODS = "nature_of_goods"
    NORMAL_WEAR = "normal_wear"
    FAULT_OF_SENDER = "fault_of_sender"
    FAULT_OF_RECIPIENT = "fault_of_recipient"

    @property
    def frees_carrier(self) -> bool:
        """Whether nothing is owed."""
        return self not in (Finding.CARRIER, Finding.GROSS_NEGLIGENCE)


class Facts(Data):
    """What the calculation needs to know. `damage_share` is the lost part of the value, 0 to 1; a loss is 1.

    `terms_notice_proven`: that the cap clause and the insured-value rule were brought to the sender's notice.
    `prior_paid` and a `residual_value` left with the customer are deducted.
    """

    carriage: Carriage
    harm: Harm
    finding: Finding = Finding.CARRIER
    currency: Currency = "CNY"
    goods_value: Minor = 0
    goods_value_proven: bool = False
    freight: Minor = Field(default=0, description="of the piece concerned, without surcharges")
    insured_plan: Literal["none", "proportional", "full"] = "none"
    insured_amount: Minor = 0
    damage_share: Decimal = Field(default=Decimal(1), ge=0, le=1)
    proven_delay_loss: Minor = 0
    terms_notice_proven: bool = False
    residual_value: Minor = 0
    residual_taken_over: bool = Field(default=False, description="the carrier keeps what is left: nothing is deducted")
    prior_paid: Minor = 0
    goodwill: Minor = Field(default=0, description="a gesture beside any claim; how much is a matter of authority")
    weight_kg: Decimal | None = Field(default=None, gt=0, lt=100_000)
    declared_value: Minor | None = None
    accepted_on: date | None = Field(default=None, description="day of carriage, for limits that change")
    minor_per_sdr: Decimal | None = Field(default=None, gt=0, description="rate of the day of judgement, with its date")
    sdr_rate_on: date | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.harm is Harm.GOODWILL:
            if self.goodwill == 0:
                raise ValueError("a gesture needs its amount: goodwill")
            return self
        if self.insured_plan != "none" and self.insured_amount == 0:
            raise ValueError("an insured parcel has an insured_amount")
        if self.carriage in (Carriage.INTERNATIONAL_AIR, Carriage.EU_ROAD):
            missing = [n for n in ("weight_kg", "minor_per_sdr", "sdr_rate_on") if getattr(self, n) is None]
            if missing:
                raise ValueError(f"a limit in SDR needs {', '.join(missing)}")
        if self.carriage is Carriage.INTERNATIONAL_AIR and self.accepted_on is None:
            raise ValueError("the limit for air carriage needs accepted_on")
        if self.harm is not Harm.DELAY and self.goods_value == 0:
            raise ValueError("a loss needs the goods_value")
        return self


class Sourced(Data):
    """A number with where it comes from."""

    kind: str
    source: str


class CapClause(Sourced):
    """A contract's cap for parcels that are not insured."""

    factor: int = Field(ge=1)
    max_minor: Minor
    currency: Currency


class FactorRule(Sourced):
    """A multiple of the freight."""

    factor: int = Field(ge=1)


class DatedLimit(Data):
    """A limit per kilogram in hundredths of an SDR, from a day on."""

    from_: date = Field(alias="from")
    hundredths: int = Field(ge=1)


class AirRule(Sourced):
    """The limit of the air convention, newest first."""

    sdr_per_kg: tuple[DatedLimit, ...]


class RoadRule(Sourced):
    """The limit of the road convention."""

    hundredths_sdr_per_kg: int


class DefaultValueRule(Sourced):
    """A default declared value."""

    default_minor: Minor
    currency: Currency


class AuthorityLevel(Data):
    """Up to how much a role decides; without a maximum, any amount."""

    role: str
    max_minor: Minor | None = None


class Authority(Sourced):
    """Who may promise how much, lowest first."""

    currency: Currency
    levels: tuple[AuthorityLevel, ...]

    def level(self, minor: int, currency: str) -> str:
        """The lowest role that may decide the amount; the highest for another currency."""
        if currency == self.currency:
            for level in self.levels:
                if level.max_minor is None or minor <= level.max_minor:
                    return level.role
        return self.levels[-1].role

    def may(self, role: str, minor: int, currency: str) -> bool:
        """Whether the role may decide the amount."""
        order = [level.role for level in self.levels]
        return role in order and order.index(role) >= order.index(self.level(minor, currency))


class Rules(Data):
    """One version of all rules."""

    version: str
    cap_clause: CapClause
    universal_mail: FactorRule
    air: AirRule
    road: RoadRule
    us_domestic: DefaultValueRule
    authority: Authority
    notices: dict[str, Any] = Field(default_factory=dict)


class TraceLine(Data):
    """One step of a calculation: a name, the formula with its numbers, the value in minor units (exact)."""

    code: str
    formula: str
    value: str
    source: str = ""


class Result(Data):
    """What is owed, how it came about, and who may decide it."""

    rule: str
    rule_version: str
    amount: Minor
    currency: Currency
    authority: str
    trace: tuple[TraceLine, ...]
    notices: dict[str, Any] = Field(default_factory=dict)
