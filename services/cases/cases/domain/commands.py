"""What can be done to a case in one go: the actions of macros and of bulk commands, as validated data."""

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from cases.domain.categories import Code
from cases.domain.templates import Wordings

Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
Tags = Annotated[tuple[Tag, ...], Field(max_length=30)]
AgentId = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
_Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
_Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class _Command(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Reply(_Command):
    """Write to the customer, in the language of the case."""

    do: Literal["reply"] = "reply"
    texts: Wordings | None = None
    template_id: UUID | None = None

    @model_validator(mode="after")
    def _one_text(self) -> Self:
        if (self.texts is None) == (self.template_id is None):
            raise ValueError("give texts or template_id")
        return self


class Note(_Command):
    """Add an internal note."""

    do: Literal["note"] = "note"
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000)]
    mentions: Annotated[tuple[AgentId, ...], Field(max_length=20)] = ()


class ChangeTags(_Command):
    """Put tags on or take them off."""

    do: Literal["tag"] = "tag"
    add: Tags = ()
    remove: Tags = ()

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.add and not self.remove:
            raise ValueError("give tags to add or remove")
        return self


class SetDetails(_Command):
    """File the case under a category, say how serious or urgent it is."""

    do: Literal["set"] = "set"
    category: Code | None = None
    severity: Literal["S1", "S2", "S3", "S4"] | None = None
    priority: Annotated[int, Field(ge=1, le=9)] | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.category is None and self.severity is None and self.priority is None:
            raise ValueError("give category, severity or priority")
        return self


class StepOn(_Command):
    """Complete the procedure's present step."""

    do: Literal["step"] = "step"
    fields: Annotated[dict[_Name, Any], Field(max_length=60)] = {}
    outcome: _Name | None = None
    deviation_reason: _Reason | None = None


class Await(_Command):
    """Wait for the customer's answer."""

    do: Literal["await"] = "await"
    reason: _Reason


class Assign(_Command):
    """Give the case to an agent."""

    do: Literal["assign"] = "assign"
    agent_id: AgentId
    agent_name: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    reason: _Reason


class Watch(_Command):
    """Let an agent watch the case, or no longer."""

    do: Literal["watch"] = "watch"
    agent_id: AgentId
    watching: bool = True


class Close(_Command):
    """Close the case; steps left out need a reason, as when one case is closed."""

    do: Literal["close"] = "close"
    resolution: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    deviation_reason: _Reason | None = None


class Join(_Command):
    """Make the case belong to an incident, or to none."""

    do: Literal["join"] = "join"
    incident_id: UUID | None


class Tell(_Command):
    """Pass on news of an incident: on the timeline, and to the customer if `message` is given."""

    do: Literal["tell"] = "tell"
    incident_id: UUID
    update: Wordings
    message: Wordings | None = None


MacroAction = Annotated[
    Reply | Note | ChangeTags | SetDetails | StepOn | Await | Assign | Watch | Close, Field(discriminator="do")
]
BulkAction = Annotated[Note | ChangeTags | SetDetails | Assign | Watch | Reply | Close, Field(discriminator="do")]
Command = Annotated[
    Reply | Note | ChangeTags | SetDetails | StepOn | Await | Assign | Watch | Close | Join | Tell,
    Field(discriminator="do"),
]


def check_order(actions: tuple[Any, ...]) -> None:
    """Raises `ValueError` where something would follow the end of the case."""
    for position, action in enumerate(actions[:-1]):
        if isinstance(action, Close):
            raise ValueError(f"action {position} closes the case; nothing can follow it")
