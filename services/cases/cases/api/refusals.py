"""Refusals of the case service as problem documents, each kind with its own type."""

from typing import ClassVar

from cases.domain.errors import BadFields, MissingFields, OutcomeNeeded, ProcedureRefusal
from chassis.http.problems import BadRequest, Conflict, FieldError, Forbidden, ProblemError


class CaseClosedAlready(Conflict):
    """The case is closed."""

    slug: ClassVar[str] = "case-closed"
    title: ClassVar[str] = "The case is closed"

    def __init__(self, case_no: str) -> None:
        super().__init__(f"Case {case_no} is closed. Reopen it first.")


class CaseNotClosed(Conflict):
    """The case is open."""

    slug: ClassVar[str] = "case-open"
    title: ClassVar[str] = "The case is open"

    def __init__(self, case_no: str) -> None:
        super().__init__(f"Case {case_no} is not closed.")


class NotAssigned(Conflict):
    """Nobody has the case yet."""

    slug: ClassVar[str] = "case-not-assigned"
    title: ClassVar[str] = "Nobody has the case"

    def __init__(self, case_no: str) -> None:
        super().__init__(
            f"Case {case_no} waits for an agent. Accept its work first.",
            headers={"Retry-After": "1"},
        )


class UnseenMessages(Conflict):
    """The customer wrote again meanwhile."""

    slug: ClassVar[str] = "unseen-messages"
    title: ClassVar[str] = "The customer wrote again"

    def __init__(self, seen: int, newest: int) -> None:
        super().__init__(
            f"The customer's newest message is entry {newest}; you have seen up to {seen}. Read it before you close.",
            errors=[FieldError(pointer="#/seen_seq", detail=f"the newest message is entry {newest}")],
            extra={"last_customer_seq": newest},
        )


class ThreadTaken(Conflict):
    """Another open case has the thread."""

    slug: ClassVar[str] = "thread-taken"
    title: ClassVar[str] = "Another case is open for the same matter"

    def __init__(self, case_no: str, case_id: object) -> None:
        super().__init__(
            f"Case {case_no} is open for the same customer and matter. Go on there.", extra={"case_id": str(case_id)}
        )


class LegalClockRuns(Conflict):
    """The procedure has a deadline of the law."""

    slug: ClassVar[str] = "legal-clock"
    title: ClassVar[str] = "A deadline of the law runs"

    def __init__(self, procedure: str) -> None:
        super().__init__(f"The procedure {procedure} has a deadline of the law; only a supervisor may leave it.")


class CustomerMerged(Conflict):
    """The customers' merges do not allow it."""

    slug: ClassVar[str] = "customer-merged"
    title: ClassVar[str] = "The customer is merged"

    def __init__(self, detail: str, into: object | None) -> None:
        super().__init__(detail, extra={"merged_into": str(into)} if into else {})


class ApprovalPending(Conflict):
    """The case waits for a decision already."""

    slug: ClassVar[str] = "approval-pending"
    title: ClassVar[str] = "A decision is pending"

    def __init__(self, case_no: str) -> None:
        super().__init__(f"Case {case_no} waits for a decision already.")


class ApprovalDecided(Conflict):
    """The decision was taken."""

    slug: ClassVar[str] = "approval-decided"
    title: ClassVar[str] = "The decision was taken already"

    def __init__(self, state: str, by: str | None) -> None:
        super().__init__(f"It was {state} by {by}.")


class OverAuthority(Forbidden):
    """The amount is beyond what the caller may decide."""

    slug: ClassVar[str] = "over-authority"
    title: ClassVar[str] = "Beyond your authority"

    def __init__(self, needed: str) -> None:
        super().__init__(f"This amount is decided by {needed}.", extra={"authority": needed})


class CannotReply(Conflict):
    """There is no channel the message could go out on."""

    slug: ClassVar[str] = "no-channel"
    title: ClassVar[str] = "There is no channel to reply on"


def _kind(slug: str, title: str) -> type[Conflict]:
    return type("ProcedureConflict", (Conflict,), {"slug": slug, "title": title})


_TITLES = {
    "procedure-ended": "The procedure has ended",
    "waiting-for-procedure": "The case waits for another procedure",
    "unknown-step": "There is no such step",
    "step-out-of-order": "The step is not the next one",
    "fields-missing": "Mandatory fields are missing",
    "steps-skipped": "Steps would be skipped",
    "outcome-needed": "An outcome must be chosen",
    "wrong-actor": "The step belongs to another role",
    "segregation-of-duties": "Somebody else must do this step",
    "procedure-refused": "The procedure does not allow it",
}
_KINDS = {slug: _kind(slug, title) for slug, title in _TITLES.items()}


def problem_of(refusal: ProcedureRefusal) -> ProblemError:
    """The problem document of a refusal: 400 for values that can never be right, 409 for what the state forbids."""
    errors = [FieldError(pointer=f"#{pointer}", detail=detail) for pointer, detail in refusal.pointers.items()]
    if isinstance(refusal, BadFields):
        return BadRequest(str(refusal), errors=errors)
    extra: dict[str, object] = {}
    if isinstance(refusal, MissingFields):
        extra = {"missing": refusal.missing, "deviation_allowed": refusal.may_deviate}
    if isinstance(refusal, OutcomeNeeded):
        extra = {"outcomes": refusal.open_outcomes}
    return _KINDS.get(refusal.slug, Conflict)(str(refusal), errors=errors, extra=extra)
