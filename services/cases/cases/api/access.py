"""Who may read and change a case, and as which actor of the procedures."""

from cases.domain.dictionary import Dictionary
from cases.domain.model import Case
from cases.domain.run import Actor
from cases.store import cases as case_store
from chassis.auth.principal import Principal
from chassis.db import Tx
from chassis.http.problems import Forbidden

ADMIN = "cases:admin"
PERSONAL = "personal:read"


def sees_all(principal: Principal) -> bool:
    """Supervisors, and integrators or services that hold an endpoint's scope, are not bound to cases of their own."""
    return principal.may(ADMIN) or principal.kind != "agent"


def sees_addresses(principal: Principal) -> bool:
    """Whether phone numbers and mail addresses are shown in full."""
    return principal.may(PERSONAL)


async def require_readable(tx: Tx, case: Case, principal: Principal) -> None:
    """403 if the caller has nothing to do with the case."""
    if not sees_all(principal) and not await case_store.may_read(tx, case, principal.subject):
        raise Forbidden(f"Case {case.case_no} is another agent's, and its customer has no open case with you.")


def require_own(case: Case, principal: Principal) -> None:
    """403 if the case has another owner; a case without an owner passes here."""
    if case.owner is not None and case.owner != principal.subject and not sees_all(principal):
        raise Forbidden(f"Case {case.case_no} belongs to {case.owner_name or case.owner}.")


def actor(principal: Principal, case: Case, dictionary: Dictionary) -> Actor:
    """The caller as an actor of procedures: every agent works the front desk; further roles come with the token."""
    roles = {"front_desk", *(role for role in principal.roles if role in dictionary.roles)}
    if principal.may(ADMIN):
        roles.add("supervisor")
    return Actor(principal.subject, frozenset(roles), is_owner=case.owner == principal.subject)
