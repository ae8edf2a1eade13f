"""The form of a procedure: versioned data that the engine runs. What it may say is checked in `checks`."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from cases.domain.dictionary import Data, Label, Name

LimitKind = Literal["seed", "law", "standard", "secondary", "contract", "proposed"]


class Unit(StrEnum):
    """What a limit counts."""

    SECONDS = "seconds"
    MINUTES = "minutes"
    HOURS = "hours"
    CALENDAR_DAYS = "calendar_days"
    WORKING_DAYS = "working_days"
    MONTHS = "months"
    ATTEMPTS = "attempts"

    @property
    def counts_time(self) -> bool:
        """Whether a timer can watch the limit; attempts are counted as they happen."""
        return self is not Unit.ATTEMPTS


Anchor = Annotated[str, StringConstraints(pattern=r"^(entry|start|update|done:[a-z_]+|field:[a-z_]+)$")]
"""From when a limit runs: entry of its step, start of the case, the step's last update, when a step was done, or the
time in a field."""


class Condition(Data):
    """What must hold. Exactly one form: `field` with one test, `visits` of a step, or a combination."""

    field: Name | None = None
    is_: tuple[str | bool, ...] | None = Field(default=None, alias="is")
    at_least: str | int | None = None
    present: bool | None = None
    visits: Name | None = None
    all: tuple["Condition", ...] = ()
    any: tuple["Condition", ...] = ()
    not_: "Condition | None" = Field(default=None, alias="not")

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        forms = [self.field is not None, self.visits is not None, bool(self.all), bool(self.any), self.not_ is not None]
        if sum(forms) != 1:
            raise ValueError("a condition has exactly one of field, visits, all, any, not")
        tests = [self.is_ is not None, self.at_least is not None, self.present is not None]
        if self.field is not None and sum(tests) != 1:
            raise ValueError("a condition on a field has exactly one of is, at_least, present")
        if self.visits is not None and not (isinstance(self.at_least, int) and sum(tests) == 1):
            raise ValueError("a condition on visits says at_least how many")
        if self.field is None and self.visits is None and any(tests):
            raise ValueError("is, at_least and present belong to a field or to visits")
        return self

    def parts(self) -> Iterator["Condition"]:
        """This condition and all within it."""
        yield self
        for part in (*self.all, *self.any, *((self.not_,) if self.not_ else ())):
            yield from part.parts()


class Breach(Data):
    """What happens when a limit passes, besides the record of it."""

    escalate: Name | None = None
    choose: Name | None = Field(default=None, description="outcome the engine takes by itself")
    notify: Name | None = None
    flag: Name | None = Field(default=None, description="what the agent or QA is told to do")


class Limit(Data):
    """How long, or how often. One of: `value`, `by` a field's value, or `due_field` holding the moment itself.

    `kind` and `source` say where the number comes from. `legal_clock` limits never pause, and have a second, legal
    deadline that moves past a statutory holiday; the operational one never moves. `grace_minutes` is what "at once"
    may take before it counts as missed. `plus` is added to the moment in `due_field`, in `unit`. `if_unknown` says what
    holds while the field of `by` has no value; `once` limits only the first stay in the step.
    """

    id: Name | None = None
    value: int | None = Field(default=None, ge=0)
    by: Name | None = None
    values: Mapping[str, int] = Field(default_factory=dict)
    if_unknown: Literal["strictest", "none"] = "strictest"
    once: bool = False
    due_field: Name | None = None
    plus: int = Field(default=0, ge=0)
    unit: Unit
    start: Anchor = "entry"
    grace_minutes: int = Field(default=0, ge=0)
    kind: LimitKind
    source: str = Field(min_length=1)
    legal_clock: bool = False
    on_breach: Breach = Breach()

    @model_validator(mode="after")
    def _one_value(self) -> Self:
        if sum([self.value is not None, self.by is not None, self.due_field is not None]) != 1:
            raise ValueError("a limit has exactly one of value, by, due_field")
        if (self.by is not None) != bool(self.values):
            raise ValueError("by and values belong together")
        if self.kind == "law" and not self.legal_clock:
            raise ValueError("a limit of the law runs on the legal clock")
        return self


class Transition(Data):
    """A way out of a step. With `outcome` somebody chooses it; without, it is taken when `if` holds.

    `requires` replaces the step's mandatory fields for this way out ("cannot answer now" needs no answer).
    """

    to: Name
    outcome: Name | None = None
    label: Label | None = None
    if_: Condition | None = Field(default=None, alias="if")
    requires: tuple[Name, ...] | None = None

    @model_validator(mode="after")
    def _labelled(self) -> Self:
        if (self.outcome is None) != (self.label is None):
            raise ValueError("an outcome has a label, and only an outcome")
        return self


class Reopen(Data):
    """Within how many calendar days a closed case comes back, and to which step."""

    days: int = Field(ge=1)
    to: Name
    kind: LimitKind
    source: str


class Spawn(Data):
    """Another procedure begins here. With `then`, this one waits for it and goes on there; else it ends."""

    procedure: Name
    then: Name | None = None


class Step(Data):
    """One state of a procedure.

    `missing` says what happens when a mandatory field is missing, `skip` what happens when somebody wants to get
    past the step: `refuse`, or `deviate` (with a reason, recorded). An `end` is reached with the closing fields there,
    if `closing`. `separate_from` names steps whose actor must not act here (`owner`: the case's owner). `sets` are
    fields that follow from coming here; a `fresh` step forgets its own fields when entered: they are given anew.
    """

    id: Name
    label: Label
    actor: Name
    alt_actors: tuple[Name, ...] = ()
    fields: tuple[Name, ...] = ()
    optional_fields: tuple[Name, ...] = ()
    missing: Literal["refuse", "deviate"] = "deviate"
    skip: Literal["refuse", "deviate"] = "deviate"
    limits: tuple[Limit, ...] = ()
    notify: tuple[Name, ...] = ()
    rules: tuple[Name, ...] = ()
    note: str | None = None
    next: tuple[Transition, ...] = ()
    end: bool = False
    closing: bool = True
    spawns: Spawn | None = None
    reopen: Reopen | None = None
    pausable: bool = False
    separate_from: tuple[Name, ...] = ()
    sets: Mapping[Name, str] = Field(default_factory=dict)
    fresh: bool = False

    def limit_id(self, limit: Limit) -> str:
        """The name of one of the step's limits, unique within the procedure."""
        return limit.id or self.id

    def has_outcome(self, outcome: str) -> bool:
        """Whether some way out is chosen with `outcome`."""
        return any(way.outcome == outcome for way in self.next)


class Escalation(Data):
    """Who is told when things run late: a step's limit missed `times` (`step` `*`: any), or `percent` of a clock used.

    With `step` and `percent`, that share of the step's limit; with `percent` alone, of the overall limit.
    """

    step: str | None = None
    times: int = Field(default=1, ge=1)
    percent: int | None = Field(default=None, ge=1, le=1000)
    unless: Condition | None = None
    to: Name

    @model_validator(mode="after")
    def _about_something(self) -> Self:
        if self.step is None and self.percent is None:
            raise ValueError("an escalation follows a step's limit or a share of the overall limit")
        return self


class Closing(Data):
    """Fields that must be there when the case closes. `waived` lists, per step visited, those that need not be.

    `needs` are steps without which no case closes, whatever the reason, as long as its way leads through them.
    """

    fields: tuple[Name, ...] = ()
    needs: tuple[Name, ...] = ()
    waived: Mapping[Name, tuple[Name, ...]] = Field(default_factory=dict)


class Retention(Data):
    """How long records of the procedure are kept at least."""

    days: int = Field(ge=1)
    kind: LimitKind
    source: str


class Procedure(Data):
    """A standard operating procedure as a state machine."""

    id: Name
    version: int = Field(ge=1)
    label: Label
    sources: tuple[str, ...]
    contact_class: Name
    blocks: tuple[Name, ...] = ()
    initial: Name
    out_of_order: Literal["refuse", "deviate"] = "deviate"
    steps: tuple[Step, ...] = Field(min_length=1)
    overall_limit: Limit | None = None
    closing: Closing = Closing()
    escalations: tuple[Escalation, ...] = ()
    retention: Retention | None = None

    def step(self, step_id: str) -> Step:
        """The step of that id; `KeyError` if there is none."""
        for step in self.steps:
            if step.id == step_id:
                return step
        raise KeyError(step_id)

    def has_step(self, step_id: str) -> bool:
        """Whether the procedure has a step of that id."""
        return any(step.id == step_id for step in self.steps)

    @property
    def closed_step(self) -> str:
        """Where a case goes that is closed by hand: the first end that asks for the closing fields."""
        ends = [step for step in self.steps if step.end and step.spawns is None]
        return next((step.id for step in ends if step.closing), ends[0].id if ends else self.steps[-1].id)
