"""Who may read and change a case, and as which actor of the procedures."""

from cases.actions.acting import ADMIN, PERSONAL, actor, sees_all
from cases.domain.model import Case
from cases.store import cases as case_store
from cases.store import erasures
from chassis.auth.principal import Principal
from chassis.db import Tx
from chassis.http.problems import Forbidden

__all__ = ["ADMIN", "PERSONAL", "actor", "require_own", "require_readable", "sees_addresses", "sees_all"]


def sees_addresses(principal: Principal) -> bool:
    """Whether phone numbers and mail addresses are shown in full."""
    return principal.may(PERSONAL)


async def require_readable(tx: Tx, case: Case, principal: Principal) -> None:
    """403 if the caller has nothing to do with the case, or it is only kept because a law says so."""
    if case.closed_at is not None and not principal.may(ADMIN) and await erasures.is_kept(tx, case.id):
        raise Forbidden(f"The person of case {case.case_no} was erased; it is kept because a law demands it.")
    if not sees_all(principal) and not await case_store.may_read(tx, case, principal.subject):
        raise Forbidden(f"Case {case.case_no} is another agent's, and its customer has no open case with you.")


def require_own(case: Case, principal: Principal) -> None:
    """403 if the case has another owner; a case without an owner passes here."""
    if case.owner is not None and case.owner != principal.subject and not sees_all(principal):
        raise Forbidden(f"Case {case.case_no} belongs to {case.owner_name or case.owner}.")
