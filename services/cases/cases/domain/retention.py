"""What of a person's data may be erased, and what a law keeps for how long."""

from datetime import datetime, timedelta

from pydantic import Field

from cases.domain.dictionary import Data, Label


class Keeping(Data):
    """A rule that keeps records of some procedures for `days` after the end of their matter; `*`: of all others."""

    id: str
    procedures: tuple[str, ...]
    days: int = Field(ge=1)
    law: str
    why: Label
    kind: str

    def until(self, ended_at: datetime) -> datetime:
        """When a record may go whose matter ended then."""
        return ended_at + timedelta(days=self.days)


class KeptAlways(Data):
    """Something that stays, and why."""

    what: Label
    law: str
    why: Label
    kind: str


class Remnant(Data):
    """A copy that ends by itself after some hours."""

    what: Label
    hours: int = Field(ge=1)


class Retention(Data):
    """One version of all rules."""

    version: str
    erasure_law: str
    export_law: str
    rules: tuple[Keeping, ...]
    always: tuple[KeptAlways, ...]
    remnants: tuple[Remnant, ...]

    def rule(self, procedure: str) -> Keeping:
        """The rule for records of a procedure: the one that names it, else the one for all others."""
        named = next((rule for rule in self.rules if procedure in rule.procedures), None)
        return named or next(rule for rule in self.rules if "*" in rule.procedures)

    def by_id(self, rule_id: str) -> Keeping:
        """A rule by its id; `KeyError` if there is none."""
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise KeyError(rule_id)


KEPT_TYPES = frozenset({"choice", "flag", "number", "money", "instant"})
KEPT_FIELDS = frozenset(
    {"cause_code", "complaint_type", "calc_rule_version", "product_code", "disposition", "responsible_unit"}
)
"""Text fields that hold codes of the house, not words about a person."""


def anonymous_field(name: str, field_type: str, *, personal: bool) -> bool:
    """Whether a captured field says nothing about a person, so that figures stay right after an erasure."""
    return not personal and (field_type in KEPT_TYPES or name in KEPT_FIELDS)
