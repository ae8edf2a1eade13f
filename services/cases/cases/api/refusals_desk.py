"""Refusals about merges, incidents, texts and bulk commands as problem documents."""

from collections.abc import Sequence
from typing import ClassVar

from chassis.http.problems import Conflict, FieldError, Unprocessable


class CannotMerge(Conflict):
    """The cases do not allow it."""

    slug: ClassVar[str] = "cannot-merge"
    title: ClassVar[str] = "The cases cannot be merged, split or parted"


class NotAnIncident(Conflict):
    """Only incidents gather cases."""

    slug: ClassVar[str] = "not-an-incident"
    title: ClassVar[str] = "The case is not an open incident"

    def __init__(self, case_no: str) -> None:
        super().__init__(f"Case {case_no} is no open incident that cases could belong to.")


class RelationThere(Conflict):
    """The opposite is on record, or the same."""

    slug: ClassVar[str] = "relation-exists"
    title: ClassVar[str] = "The cases are related already"


class NameIsTaken(Conflict):
    """Names are unique for an owner, and among what is shared."""

    slug: ClassVar[str] = "name-taken"
    title: ClassVar[str] = "The name is taken"

    def __init__(self, name: str) -> None:
        detail = "you have one of this name, or a shared one has it"
        super().__init__(f"{name}: {detail}.", errors=[FieldError(pointer="#/name", detail=detail)])


class VariablesMissing(Unprocessable):
    """A text has variables without a value."""

    slug: ClassVar[str] = "variables-missing"
    title: ClassVar[str] = "Variables of the text have no value"

    def __init__(self, names: Sequence[str], *, at: str = "#/values") -> None:
        super().__init__(
            f"No value for: {', '.join(names)}.",
            errors=[FieldError(pointer=f"{at}/{name}", detail="has no value") for name in names],
            extra={"missing": list(names)},
        )


class ActionRefused(Conflict):
    """One action of a macro is not possible, so none was done."""

    slug: ClassVar[str] = "macro-refused"
    title: ClassVar[str] = "An action of the macro is not possible; nothing was done"

    def __init__(self, position: int, do: str, detail: str) -> None:
        super().__init__(
            f"Action {position} ({do}): {detail}",
            errors=[FieldError(pointer=f"#/actions/{position}", detail=detail)],
            extra={"action": position},
        )


class TooManyCases(Unprocessable):
    """More cases than one command may have."""

    slug: ClassVar[str] = "too-many-cases"
    title: ClassVar[str] = "Too many cases for one command"

    def __init__(self, most: int) -> None:
        super().__init__(f"A command takes at most {most} cases; narrow the filter.", extra={"most": most})


class JobOver(Conflict):
    """The command is finished."""

    slug: ClassVar[str] = "job-over"
    title: ClassVar[str] = "The command does not run any more"
