"""Refusals of the case service as problem documents, each kind with its own type."""

from collections.abc import Sequence
from typing import ClassVar

from fastapi import Request
from starlette.responses import Response

from cases.domain.errors import BadFields, MissingFields, OutcomeNeeded, ProcedureRefusal
from cases.procedures import UnknownProcedure
from chassis.http.problems import (
    BadRequest,
    Conflict,
    FieldError,
    Forbidden,
    ProblemError,
    Unprocessable,
    problem_response,
)


class CaseClosedAlready(Conflict):
    """The case is closed."""

    slug: ClassVar[str] = "case-closed"
    title: ClassVar[str] = "The case is closed"

    def __init__(self, case_no: str, merged_into: object | None = None) -> None:
        how = f"It was merged; go on with case {merged_into}." if merged_into else "Reopen it first."
        extra = {"merged_into": str(merged_into)} if merged_into else {}
        super().__init__(f"Case {case_no} is closed. {how}", extra=extra)


class NobodyWaits(Conflict):
    """No customer waits for an agent."""

    slug: ClassVar[str] = "nobody-waits"
    title: ClassVar[str] = "Nobody waits"


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


class NoticeSettled(Conflict):
    """The customer was told."""

    slug: ClassVar[str] = "notice-settled"
    title: ClassVar[str] = "The customer was told already"

    def __init__(self, state: str) -> None:
        super().__init__(f"This notice is {state}.")


class DoNotContact(Conflict):
    """The customer asked not to be contacted."""

    slug: ClassVar[str] = "do-not-contact"
    title: ClassVar[str] = "The customer asked not to be contacted"

    def __init__(self) -> None:
        super().__init__(
            "The customer asked not to be contacted and has written nothing that waits for an answer. Answer when they "
            "write again, or take the mark away with their consent."
        )


class Quarantined(Conflict):
    """Something was found in the file."""

    slug: ClassVar[str] = "quarantined"
    title: ClassVar[str] = "The file is quarantined"

    def __init__(self, finding: str) -> None:
        super().__init__(f"The scanner found {finding} in this file; nobody can open it.")


class FileTypeNotAllowed(Unprocessable):
    """Cases do not take files of this type."""

    slug: ClassVar[str] = "file-type-not-allowed"
    title: ClassVar[str] = "Files of this type are not taken"

    def __init__(self, content_type: str) -> None:
        super().__init__(f"The content is {content_type}, which is not among the types that cases take.")


class MattersOpen(Conflict):
    """Matters of the person are open."""

    slug: ClassVar[str] = "matters-open"
    title: ClassVar[str] = "Matters of the person are open"

    def __init__(self, numbers: list[str]) -> None:
        super().__init__(
            f"What the person asked for is not finished: {', '.join(numbers)}. Close it first; until then its data is "
            "needed (个人信息保护法 art 47).",
            extra={"open": numbers},
        )


class PersonErased(Conflict):
    """The person was erased."""

    slug: ClassVar[str] = "person-erased"
    title: ClassVar[str] = "The person was erased"

    def __init__(self, case_no: str) -> None:
        super().__init__(f"The person of case {case_no} was erased; it cannot be worked on any more.")


class CustomerErasedAlready(Conflict):
    """The person was erased."""

    slug: ClassVar[str] = "person-erased"
    title: ClassVar[str] = "The person was erased"

    def __init__(self, customer_id: object) -> None:
        super().__init__(f"Customer {customer_id} was erased; nothing is written about this person again.")


class AddressTaken(Conflict):
    """The address is another customer's."""

    slug: ClassVar[str] = "address-taken"
    title: ClassVar[str] = "The address belongs to another customer"

    def __init__(self, customer_id: object) -> None:
        super().__init__(
            "Another customer has this address. If they are the same person, merge them.",
            extra={"customer_id": str(customer_id)},
        )


class CodeRefused(Conflict):
    """The code proves nothing."""

    slug: ClassVar[str] = "code-refused"
    title: ClassVar[str] = "The code does not hold"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)


class PayoutCannot(Conflict):
    """The payment does not go that way."""

    slug: ClassVar[str] = "payout-state"
    title: ClassVar[str] = "The payment does not go that way"

    def __init__(self, state: str, wanted: str, ways: Sequence[str]) -> None:
        allowed = ", ".join(ways) or "nothing, it is finished"
        super().__init__(f"The payment is {state} and cannot be {wanted}; what can follow: {allowed}.")


class RecordSettled(Conflict):
    """The record was decided."""

    slug: ClassVar[str] = "record-settled"
    title: ClassVar[str] = "It was decided already"

    def __init__(self, state: str) -> None:
        super().__init__(f"It is {state} already.")


class CannotReply(Conflict):
    """There is no channel the message could go out on."""

    slug: ClassVar[str] = "no-channel"
    title: ClassVar[str] = "There is no channel to reply on"


class ProcedureNotHere(Conflict):
    """The case runs on a procedure that this release does not have."""

    slug: ClassVar[str] = "procedure-not-here"
    title: ClassVar[str] = "The case's procedure is not installed"

    def __init__(self, procedure: str, version: int | None) -> None:
        super().__init__(
            f"The case runs on version {version} of the procedure {procedure}, which is not installed here. Install it "
            "again: running cases keep the version they began with.",
            extra={"procedure": procedure, "version": version},
        )


async def on_unknown_procedure(request: Request, error: Exception) -> Response:
    """A case on a procedure that is not there: nothing was changed."""
    known = error if isinstance(error, UnknownProcedure) else UnknownProcedure("?", None)
    return problem_response(ProcedureNotHere(known.procedure, known.version), request.url.path)


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
