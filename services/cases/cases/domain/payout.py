"""The way of a payment: owed when a decision says so, instructed by somebody else, paid or failed, or called off."""

from enum import StrEnum


class PayoutState(StrEnum):
    """Where a payment stands."""

    DUE = "due"
    INSTRUCTED = "instructed"
    PAID = "paid"
    FAILED = "failed"
    CANCELLED = "cancelled"


_WAYS = {
    PayoutState.DUE: {PayoutState.INSTRUCTED, PayoutState.CANCELLED},
    PayoutState.INSTRUCTED: {PayoutState.PAID, PayoutState.FAILED},
    PayoutState.FAILED: {PayoutState.INSTRUCTED, PayoutState.CANCELLED},
    PayoutState.PAID: set(),
    PayoutState.CANCELLED: set(),
}


def ways(state: PayoutState) -> list[PayoutState]:
    """Where a payment can go from here; an instructed one may be under way, so it is not called off."""
    return sorted(_WAYS[state])


def may_follow(state: PayoutState, wanted: PayoutState) -> bool:
    """Whether the step is one of the state machine."""
    return wanted in _WAYS[state]
