"""Which cases a view shows: validated data, so that a stored view can never hold anything but conditions on cases."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from cases.domain.categories import Code
from contracts.values import Channel

Term = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
Terms = Annotated[tuple[Term, ...], Field(max_length=30)]

ME = "me"
NOBODY = "nobody"


class Sort(StrEnum):
    """Orders of a list. Each ends in the case's id, so that it is total and pages neither skip nor repeat."""

    NEWEST = "newest"
    OLDEST = "oldest"
    DUE = "due"
    PRIORITY = "priority"


class CaseFilter(BaseModel):
    """Conditions on cases; all that are given must hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    state: Literal["open", "closed", "all"] = "open"
    owner: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = Field(
        default=None, description="an agent's id, `me` for whoever asks, or `nobody`"
    )
    watched: bool = Field(default=False, description="only cases that whoever asks watches")
    case_types: Terms = ()
    procedures: Terms = ()
    steps: Terms = ()
    channels: Annotated[tuple[Channel, ...], Field(max_length=10)] = ()
    queues: Terms = ()
    languages: Terms = ()
    severities: Annotated[tuple[Literal["S1", "S2", "S3", "S4"], ...], Field(max_length=4)] = ()
    category: Code | None = Field(default=None, description="this category and everything below it")
    tags_all: Terms = Field(default=(), description="all of these tags")
    tags_any: Terms = Field(default=(), description="at least one of these tags")
    customer_id: UUID | None = None
    waybill_no: Annotated[str, StringConstraints(min_length=5, max_length=40)] | None = None
    incident_id: UUID | None = Field(default=None, description="cases that belong to this incident")
    incident: bool | None = Field(default=None, description="true: only incidents, false: none")
    level: Literal[1, 2] | None = None
    awaiting_customer: bool | None = Field(default=None, description="whether the customer owes an answer")
    overdue: bool = Field(default=False, description="the next due time has passed")
    due_within_minutes: Annotated[int, Field(ge=1, le=60 * 24 * 366)] | None = None
    opened_after: AwareDatetime | None = None
    opened_before: AwareDatetime | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.overdue and self.due_within_minutes is not None:
            raise ValueError("give overdue or due_within_minutes, not both")
        if self.opened_after and self.opened_before and self.opened_after >= self.opened_before:
            raise ValueError("opened_after must be before opened_before")
        return self

    def conditions(self, *, me: str, now: datetime) -> list[tuple[str, Any]]:
        """SQL conditions on `service_case c`, each with its one parameter as `{}` (None: it takes none)."""
        found: list[tuple[str, Any]] = [(_STATES[self.state], None)]
        found += [
            (f"c.{column} = any({{}}::text[])", list(wanted)) for column, wanted in self._choices().items() if wanted
        ]
        if self.owner == NOBODY:
            found.append(("c.owner is null", None))
        elif self.owner is not None:
            found.append(("c.owner = {}", me if self.owner == ME else self.owner))
        optional: list[tuple[str, Any]] = [
            ("c.customer_id = {}", self.customer_id),
            ("c.waybill_no = {}", self.waybill_no),
            ("c.incident_id = {}", self.incident_id),
            ("c.incident = {}", self.incident),
            ("c.level = {}", self.level),
            ("(c.awaiting_since is not null) = {}", self.awaiting_customer),
            ("c.opened_at >= {}", self.opened_after),
            ("c.opened_at < {}", self.opened_before),
            ("c.tags @> {}::text[]", list(self.tags_all) or None),
            ("c.tags && {}::text[]", list(self.tags_any) or None),
            ("c.watchers @> {}::text[]", [me] if self.watched else None),
            ("c.next_due_at < {}", now if self.overdue else None),
        ]
        found += [(sql, value) for sql, value in optional if value is not None]
        if self.due_within_minutes is not None:
            found.append(("c.next_due_at < {}", now + timedelta(minutes=self.due_within_minutes)))
        if self.category is not None:
            found.append(("(c.category = {0} or starts_with(c.category, {0} || '.'))", self.category))
        return found

    def _choices(self) -> Mapping[str, tuple[str, ...]]:
        return {
            "case_type": self.case_types,
            "procedure": self.procedures,
            "step": self.steps,
            "channel": self.channels,
            "queue": self.queues,
            "language": self.languages,
            "severity": self.severities,
        }


_STATES = {"open": "c.closed_at is null", "closed": "c.closed_at is not null", "all": "true"}
