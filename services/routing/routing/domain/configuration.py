"""Configuration: everything supervisors may set for a routing domain, as one document that takes effect whole."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from contracts.values import Channel
from routing.domain.hours import Hours
from routing.domain.rules import Name, QueueRules, Rule, SkillName, conflicts
from routing.domain.skills import LANGUAGE

ReasonName = Annotated[str, Field(min_length=1, max_length=200)]
Texts = dict[str, Annotated[str, Field(max_length=200)]]
Fault = tuple[str, str]
"""Where a configuration is wrong (a JSON pointer) and why, in a sentence."""


class Utilisation(Rule):
    """A utilisation profile: how much its agents may hold at a time."""

    capacity: int = Field(default=100, ge=1, le=10_000, description="units; what one item costs follows its channel")
    at_most: dict[Channel, Annotated[int, Field(ge=0, le=100)]] = Field(
        default_factory=dict, description="items per channel; channels not named have the usual limit"
    )


class BreakRule(Rule):
    """What holds for going away with one reason. A supervisor may set an agent away in spite of it."""

    at_once: int | None = Field(default=None, ge=0, le=10_000, description="agents away for this reason at a time")
    stay_available: int | None = Field(
        default=None, ge=0, le=10_000, description="agents who must still be available afterwards"
    )
    most_seconds: Annotated[float, Field(gt=0, le=24 * 3600)] | None = Field(
        default=None, description="after this long the agent counts as out of adherence"
    )


class FloorRules(Rule):
    """What holds for the whole floor, beside the queues."""

    skills: dict[SkillName, Texts] = Field(
        default_factory=dict,
        max_length=1000,
        description="the catalogue: name to shown name per language. Empty: any name is a skill. Skills named "
        "`language.<tag>` need no entry",
    )
    profiles: dict[Name, Utilisation] = Field(default_factory=dict, max_length=100)
    calendars: dict[Name, Hours] = Field(
        default_factory=dict, max_length=100, description="business hours and holidays that queues share by name"
    )
    breaks: dict[ReasonName, BreakRule] = Field(
        default_factory=dict, max_length=100, description="by the reason an agent gives for being away"
    )
    adherence_tolerance_seconds: Annotated[float, Field(gt=0, le=24 * 3600)] = Field(
        default=300, description="how long presence may differ from the planned shift before it is reported; proposed"
    )


class Configuration(FloorRules):
    """The whole document."""

    queues: tuple[QueueRules, ...] = Field(default=(), max_length=1000)

    def floor_rules(self) -> FloorRules:
        """The part beside the queues."""
        return FloorRules.model_construct(**{name: getattr(self, name) for name in FloorRules.model_fields})


def faults(queues: Mapping[str, QueueRules], floor: FloorRules) -> list[Fault]:
    """What is wrong with queues, by name, under these rules of the floor; empty when nothing is."""
    found = conflicts(queues)
    for name, rules in queues.items():
        if rules.calendar is not None and rules.calendar not in floor.calendars:
            found.append((f"/{name}/calendar", f"there is no calendar {rules.calendar}"))
        for skill in sorted(rules.skills_named()):
            if floor.skills and skill not in floor.skills and not skill.startswith(LANGUAGE):
                found.append((f"/{name}", f"there is no skill {skill} in the catalogue"))
    return found


def faults_of(configuration: Configuration, default_queue: str) -> list[Fault]:
    """What is wrong with a document, pointers into the document."""
    index = {rules.name: number for number, rules in reversed(list(enumerate(configuration.queues)))}
    found: list[Fault] = []
    for number, rules in enumerate(configuration.queues):
        if index[rules.name] != number:
            found.append((f"/queues/{number}/name", f"the queue {rules.name} occurs twice"))
    if default_queue not in index:
        found.append(("/queues", f"the queue {default_queue} takes work nobody else takes and cannot be missing"))
    for pointer, why in faults({rules.name: rules for rules in configuration.queues}, configuration):
        name, _, rest = pointer[1:].partition("/")
        found.append((f"/queues/{index[name]}" + (f"/{rest}" if rest else ""), why))
    return found
