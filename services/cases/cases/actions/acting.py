"""Callers as actors of procedures."""

from cases.domain.dictionary import Dictionary
from cases.domain.model import Case
from cases.domain.run import Actor
from chassis.auth.principal import Principal

ADMIN = "cases:admin"
PERSONAL = "personal:read"


def sees_all(principal: Principal) -> bool:
    """Supervisors, and integrators or services that hold an endpoint's scope, are not bound to cases of their own."""
    return principal.may(ADMIN) or principal.kind != "agent"


def actor(principal: Principal, case: Case, dictionary: Dictionary) -> Actor:
    """The caller as an actor of procedures: every agent works the front desk; further roles come with the token."""
    roles = {"front_desk", *(role for role in principal.roles if role in dictionary.roles)}
    if principal.may(ADMIN):
        roles.add("supervisor")
    return Actor(principal.subject, frozenset(roles), is_owner=case.owner == principal.subject)
