"""Which case a contact belongs to: one policy for all channels."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

WAYBILL = "waybill:"
GENERAL = ""
"""Thread key of a case that is about nothing in particular yet. A customer has at most one such open case."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case of the customer that the contact may belong to. A case that others were merged into is a candidate for
    their threads too; `own_key` is then the thread that is its own."""

    id: UUID
    thread_key: str
    closed_at: datetime | None = None
    own_key: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """What to do: go on with `case_id` (bringing it back first if `reopen`), or open a case under `thread_key`."""

    case_id: UUID | None
    thread_key: str
    reopen: bool = False


def thread_key(waybill_no: str | None) -> str:
    """The thread of a waybill; the general one without."""
    return f"{WAYBILL}{waybill_no}" if waybill_no else GENERAL


def choose(
    *,
    linked: Candidate | None,
    opened: Sequence[Candidate],
    closed: Sequence[Candidate],
    waybill_no: str | None,
    now: datetime,
    reopen_days: int,
) -> Choice:
    """The case of a contact. In this order: the open case linked to the interaction (by an earlier message, or by the
    thread token it carries); the customer's open case about the same waybill; without a waybill the customer's only
    open case; the customer's general case; a case closed less than `reopen_days` days ago that is linked or about the
    same waybill; else a new case.

    `opened` are the customer's open cases, `closed` recently closed ones, newest first. `reopen_days` 0 never reopens.
    """
    key = thread_key(waybill_no)
    if linked is not None and linked.closed_at is None:
        return Choice(linked.id, linked.thread_key)
    for candidate in opened:
        if waybill_no and candidate.thread_key == key:
            return Choice(candidate.id, key)
    usable = [c for c in opened if waybill_no is None or c.thread_key == GENERAL]
    fallback = list({c.id: c for c in reversed(usable)}.values())
    if len(fallback) == 1:
        return Choice(fallback[0].id, fallback[0].thread_key)
    general = next((c for c in fallback if c.thread_key == GENERAL), None)
    if general is not None:
        return Choice(general.id, GENERAL)
    since = now - timedelta(days=reopen_days)
    again = [linked] if linked is not None else []
    again += [c for c in closed if waybill_no and c.thread_key == key]
    for candidate in again:
        if candidate.closed_at is not None and candidate.closed_at > since and _free(candidate, opened):
            return Choice(candidate.id, candidate.thread_key, reopen=True)
    return Choice(None, key)


def _free(candidate: Candidate, opened: Sequence[Candidate]) -> bool:
    """Whether no open case took the candidate's thread meanwhile."""
    wanted = {candidate.thread_key, candidate.own_key or candidate.thread_key}
    return all(other.thread_key not in wanted for other in opened)
