"""The feed of case events: integrators pull it, page by page, at their own pace."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field

from cases.api import access
from cases.store import feed
from cases.store.feed import Extent, FeedEntry
from chassis.auth.principal import Principal
from chassis.db import Database, Tx
from chassis.db.database import stream_signal
from chassis.http.deps import DB, require
from chassis.http.paging import Cursor, decode_cursor, encode_cursor
from chassis.http.problems import MEDIA_TYPE, PROBLEM_REF, BadRequest, FieldError, ProblemError, problems
from chassis.tasks import wait_for_event
from contracts.cases import TOPIC
from contracts.catalogue import topic

router = APIRouter(prefix="/v1/feed", tags=["Event feed"])

SCOPE = "cases:events"
Listener = Annotated[Principal, Depends(require(SCOPE))]

TYPES = tuple(sorted(event.event_type for event in topic(TOPIC).events))
FREE_TEXT = ("reason",)
"""Fields in which people write what they like: they may name somebody, so they count as personal data."""

_SAFETY_POLL = 2.0


class FeedExpired(ProblemError):
    """The feed does not go back that far."""

    status = 410
    slug = "feed-expired"
    title = "The feed does not go back that far"

    def __init__(self) -> None:
        super().__init__(
            "Events after this cursor are no longer kept. Read the present state of your cases from the API, then "
            "follow the feed with start=oldest or start=now.",
            errors=[FieldError(pointer="query/cursor", detail="too old")],
        )


class FeedEvent(BaseModel):
    """A CloudEvent in its JSON form. `id` is the same as on the bus and at every delivery: dedupe on it."""

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    source: str = "cases"
    type: str = Field(examples=["posthouse.case.closed.v1"])
    subject: str = Field(description="the case's id; events of one case come in the order in which they happened")
    time: datetime = Field(description="when it was recorded")
    datacontenttype: Literal["application/json"] = "application/json"
    data: dict[str, Any] = Field(
        description="the payload as the event's schema has it; free text and the customer's name and addresses stand "
        "in `personal`, for callers with the scope `personal:read`"
    )


class FeedPage(BaseModel):
    """A stretch of the feed."""

    items: list[FeedEvent]
    next: str = Field(description="store it with what you did, and pass it as `cursor`; also when `items` is empty")
    more: bool = Field(description="whether there is more to read at once")


@router.get(
    "",
    responses={
        **problems(400, 401, 403),
        410: {"description": FeedExpired.title, "content": {MEDIA_TYPE: {"schema": {"$ref": PROBLEM_REF}}}},
    },
)
async def read_feed(
    request: Request,
    listener: Listener,
    db: DB,
    type: Annotated[list[str], Query(max_length=50, description="only events of these types; may be repeated")] = [],  # noqa: B006
    cursor: Cursor = None,
    start: Annotated[
        Literal["oldest", "now"], Query(description="where to begin without a cursor: all that is kept, or nothing yet")
    ] = "oldest",
    limit: Annotated[int, Query(ge=1, le=500, description="events a page")] = 100,
    wait: Annotated[int, Query(ge=0, le=30, description="seconds to wait for an event if there is none yet")] = 0,
) -> FeedPage:
    """Events of cases, oldest first.

    Nothing is missed and nothing comes out of order within a case, whatever happens on either side, as long as you pass
    `next` of the page before as `cursor`. Asking again with the same cursor gives the same events again. Events are
    kept for 14 days unless the operator says otherwise; an older cursor is answered with 410.
    """
    _check_types(type)
    deadline = asyncio.get_running_loop().time() + wait
    draining: asyncio.Event = request.app.state.draining
    after = _position(cursor)
    with db.signals.listening(stream_signal(feed.SIGNAL)) as woken:
        while True:
            woken.clear()
            await feed.number(db)
            async with db.read() as tx:
                known = await feed.extent(tx)
                after = _begin(after, start, known)
                found = await feed.page(tx, after=after, up_to=known.newest, types=type or None, limit=limit + 1)
            left = deadline - asyncio.get_running_loop().time()
            if found or left <= 0 or draining.is_set():
                break
            await wait_for_event(woken, min(left, _SAFETY_POLL))
    more = len(found) > limit
    reached = found[limit - 1].position if more else known.newest
    items = await _shown(db, found[:limit], listener)
    return FeedPage(items=items, next=encode_cursor(reached), more=more)


def _check_types(types: Sequence[str]) -> None:
    if unknown := sorted(set(types) - set(TYPES)):
        detail = f"no event type of this feed: {', '.join(unknown)[:200]}; there are {', '.join(TYPES)}"
        raise BadRequest(detail.capitalize() + ".", errors=[FieldError(pointer="query/type", detail=detail)])


def _position(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    position = decode_cursor(cursor, 1)[0]
    if not isinstance(position, int) or isinstance(position, bool) or not 0 <= position < 2**62:
        raise BadRequest(
            "The cursor is not one that a page of this feed returned.",
            errors=[FieldError(pointer="query/cursor", detail="not a cursor of this feed")],
        )
    return position


def _begin(after: int | None, start: str, known: Extent) -> int:
    """Where to read on. A cursor beyond the end is one of another database: the feed was restored from a backup."""
    if after is None:
        return known.newest if start == "now" else known.oldest - 1
    if after < known.oldest - 1 or after > known.newest:
        raise FeedExpired
    return after


async def _shown(db: Database, entries: Sequence[FeedEntry], listener: Principal) -> list[FeedEvent]:
    if not entries or not access.sees_addresses(listener):
        return [_event(entry, None) for entry in entries]
    async with db.transaction() as tx:
        people = await feed.people(tx, [entry.case_id for entry in entries])
        _note_reading(tx, listener, people)
    return [_event(entry, people.get(entry.case_id, {})) for entry in entries]


def _note_reading(tx: Tx, listener: Principal, people: Mapping[UUID, Any]) -> None:
    for case_id in people:
        tx.audit(listener.subject, "feed.read_personal", f"case/{case_id}")


def _event(entry: FeedEntry, person: Mapping[str, Any] | None) -> FeedEvent:
    data = {name: value for name, value in entry.data.items() if name not in FREE_TEXT}
    if person is not None:
        data["personal"] = {**person, **{name: entry.data[name] for name in FREE_TEXT if name in entry.data}}
    return FeedEvent(id=entry.id, type=entry.type, subject=str(entry.case_id), time=entry.recorded_at, data=data)
