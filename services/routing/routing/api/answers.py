"""What a command came to, as an HTTP problem that says what happened."""

from typing import Any, NoReturn

from chassis.http.etag import etag
from chassis.http.problems import (
    Conflict,
    FieldError,
    Forbidden,
    NotFound,
    PreconditionFailed,
    ProblemError,
    Unprocessable,
)
from routing.api.deps import Words
from routing.dispatch.envelope import Reply
from routing.domain.values import Code
from routing.store.reading import Row


class OfferClosed(Conflict):
    """The offer is not open any more."""

    slug, title = "offer-closed", "The offer is not open any more"


class WorkTaken(Conflict):
    """Somebody else has the work."""

    slug, title = "work-taken", "The work is in other hands"


class WorkOver(Conflict):
    """The work has ended."""

    slug, title = "work-ended", "The work has ended"


class NoRoom(Conflict):
    """The agent cannot take it."""

    slug, title = "agent-not-free", "The agent cannot take the work"


class CapacityBelowUse(Conflict):
    """The agent holds more than that."""

    slug, title = "capacity-below-use", "The agent holds more than that"


class BreakRefused(Conflict):
    """The rules for this reason do not allow it now."""

    slug, title = "break-refused", "Not now"


_SUBJECTS = {"draft": "configuration", "configuration version": "configuration", "agent": "agent"}


def offer_closed(words: Words, offer: Row) -> ProblemError:
    """Why an offer that is not pending cannot be answered."""
    state, reason = offer["state"], offer["reason"]
    if state == "accepted":
        text = words.text("offer.accepted_before")
    elif state == "rescinded":
        known = f"rescinded.{reason}"
        why = words.text(known) if words.has(known) else words.text("rescinded.other", reason=reason)
        text = words.text("offer.rescinded", reason=why)
    else:
        text = words.text(f"offer.{state}")
    return OfferClosed(text, extra={"offer_state": state, "ended_at": offer["ended_at"], "reason": reason})


def refuse(words: Words, reply: Reply, *, kind: str, id: object) -> NoReturn:
    """Raise the problem that goes with a reply that is not a success. `kind` and `id` name what was asked for."""
    raise _problem(words, reply.code, reply.detail or {}, kind, id)


def _problem(words: Words, code: Code, detail: dict[str, Any], kind: str, id: object) -> ProblemError:
    match code:
        case Code.KEY_REUSED:
            return Unprocessable(words.text("key.reused"))
        case Code.STALE_VERSION:
            version = detail["version"]
            return PreconditionFailed(words.text("version.stale", version=version), headers={"ETag": etag(version)})
        case Code.NOT_YOURS:
            return Forbidden(words.text("offer.not_yours" if kind == "offer" else "work.not_yours"))
        case Code.NOT_ASSIGNED:
            return Conflict(words.text("work.not_assigned"))
        case Code.NOT_WAITING:
            return WorkTaken(words.text("work.not_waiting"), extra=detail)
        case Code.ALREADY_ENDED:
            return WorkOver(words.text("work.ended"), extra=detail)
        case Code.NOT_AVAILABLE:
            return NoRoom(words.text("agent.not_available"), extra=detail)
        case Code.EXCLUDED:
            return Conflict(words.text("agent.excluded"))
        case Code.BREAK_REFUSED:
            return BreakRefused(words.text(f"break.{detail['rule']}", **detail), extra=detail)
        case Code.NO_CAPACITY:
            return NoRoom(words.text("agent.no_capacity", **detail), extra=detail)
        case Code.CAPACITY_BELOW_USE:
            key = "agent.at_most_below_use" if "channel" in detail else "agent.capacity_below_use"
            return CapacityBelowUse(words.text(key, **detail), extra=detail)
        case Code.UNKNOWN_QUEUE:
            return Unprocessable(
                words.text("queue.unknown"), errors=[FieldError(pointer="#/queue", detail=words.text("queue.unknown"))]
            )
        case Code.INVALID:
            errors = [FieldError(pointer=f"#{one['pointer']}", detail=one["detail"]) for one in detail["errors"]]
            return Unprocessable(words.text(f"{_SUBJECTS.get(kind, 'queue')}.invalid"), errors=errors)
        case Code.UNKNOWN_AGENT:
            return NotFound("agent", id)
        case _:
            return NotFound(kind, id)
