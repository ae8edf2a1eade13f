"""Work items: those in hand, those that wait, and what supervisors may do with them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from chassis.http.deps import DB
from chassis.http.paging import Cursor, Limit, Page, decode_cursor, encode_cursor
from chassis.http.problems import BadRequest, NotFound, problems
from routing.api import explain
from routing.api.answers import refuse
from routing.api.deps import ADomain, AnAgent, AnOnceKey, AnyWords, AReader, ARoom, ASupervisor, Words
from routing.api.schemas import (
    AgeShift,
    Assign,
    CallbackPromise,
    CallbackWish,
    DecisionView,
    Prioritise,
    Release,
    WaitingItem,
    WorkExplanation,
    WorkState,
)
from routing.dispatch.envelope import Reply
from routing.domain.commands import (
    AdjustAge,
    AssignWork,
    ChangePriority,
    CompleteWork,
    ExplainWork,
    ReleaseWork,
    RequestCallback,
)
from routing.domain.values import Code, micros
from routing.store import reading

router = APIRouter(prefix="/v1", tags=["Work"])

_LEAST = -(2**62)
_DECISIONS = 500


@router.post(
    "/assignments/{work_item_id}/complete", status_code=204, responses=problems(400, 401, 403, 404, 409, 422, 503)
)
async def complete_assignment(
    work_item_id: UUID, principal: AnAgent, room: ARoom, db: DB, words: AnyWords, once: AnOnceKey
) -> Response:
    """I am done with this work, wrap-up included; the capacity is free again. Repeating it changes nothing."""
    dispatcher = (await room.homes.of_work(work_item_id)).dispatcher
    reply = await dispatcher.submit(CompleteWork(dispatcher.now(), work_item_id, principal.subject), once)
    if reply.code is not Code.DONE and not await _completed_by(db, work_item_id, principal.subject):
        refuse(words, await _known(db, work_item_id, reply), kind="work item", id=work_item_id)
    return Response(status_code=204)


@router.post(
    "/assignments/{work_item_id}/release", status_code=204, responses=problems(400, 401, 403, 404, 409, 422, 503)
)
async def release_assignment(
    work_item_id: UUID, body: Release, principal: AnAgent, room: ARoom, db: DB, words: AnyWords, once: AnOnceKey
) -> Response:
    """Give the work back unfinished: to its old place, or on to another queue. Supervisors may release anybody's."""
    whose = None if principal.may("routing:admin") else principal.subject
    dispatcher = (await room.homes.of_work(work_item_id)).dispatcher
    command = ReleaseWork(dispatcher.now(), work_item_id, whose, body.reason, body.queue, body.keep_age)
    reply = await dispatcher.submit(command, once)
    if reply.code is not Code.DONE:
        refuse(words, await _known(db, work_item_id, reply), kind="work item", id=work_item_id)
    return Response(status_code=204)


@router.get("/work", responses=problems(400, 401, 403, 404, 503))
async def list_waiting(
    principal: AReader,
    room: ARoom,
    db: DB,
    queue: Annotated[str | None, Query(max_length=60)] = None,
    domain: ADomain = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[WaitingItem]:
    """What waits or is on offer, by place; items whose queues have different slopes may overtake one another."""
    home = room.homes.of_queue(queue) if queue is not None and domain is None else room.homes.named(domain)
    after = decode_cursor(cursor, 2) if cursor else [_LEAST, 0]
    if not all(type(part) is int and abs(part) <= -_LEAST for part in after):
        raise BadRequest("The cursor is not one that a page of this list returned.")
    async with db.read() as tx:
        rows = await reading.waiting(tx, home.domain, queue, (after[0], after[1]), limit + 1)
    items = [WaitingItem(**row) for row in rows[:limit]]
    more = len(rows) > limit
    return Page(items=items, next=encode_cursor(rows[limit - 1]["key"], rows[limit - 1]["seq"]) if more else None)


@router.get("/work/{work_item_id}", responses=problems(400, 401, 403, 404, 503))
async def read_work(work_item_id: UUID, principal: AReader, db: DB) -> WorkState:
    """A work item, waiting or ended."""
    async with db.read() as tx:
        row = await reading.work_item(tx, work_item_id)
    if row is None:
        raise NotFound("work item", work_item_id)
    return WorkState(**row)


@router.get("/work/{work_item_id}/explanation", responses=problems(400, 401, 403, 404, 409, 503))
async def explain_work(work_item_id: UUID, principal: AReader, room: ARoom, db: DB, words: AnyWords) -> WorkExplanation:
    """Why this item still waits: what it asks for, who could have it, what keeps them, and what comes next."""
    dispatcher = (await room.homes.of_work(work_item_id)).dispatcher
    reply = await dispatcher.submit(ExplainWork(dispatcher.now(), work_item_id))
    if reply.code is not Code.UNCHANGED or reply.detail is None:
        refuse(words, await _known(db, work_item_id, reply), kind="work item", id=work_item_id)
    chosen = None
    if reply.detail.get("agent_id"):
        async with db.read() as tx:
            rows = await reading.decisions(tx, work_item_id=work_item_id, limit=_DECISIONS)
        told = [row for row in rows if row["kind"] in ("offer_made", "work_accepted")]
        chosen = [row for row in told if row["agent_id"] == reply.detail["agent_id"]][-2:]
    return WorkExplanation(
        words=explain.work_sentences(words, reply.detail)
        + [explain.decision_sentence(words, row) for row in chosen or ()],
        chosen=next((row["detail"]["why"] for row in chosen or () if row["kind"] == "offer_made"), None),
        **reply.detail,
    )


@router.get("/work/{work_item_id}/decisions", responses=problems(400, 401, 403, 404, 503))
async def read_decisions(work_item_id: UUID, principal: AReader, db: DB, words: AnyWords) -> list[DecisionView]:
    """Everything that was decided about an item, oldest first, in words and figures: why this agent, why so late."""
    async with db.read() as tx:
        rows = await reading.decisions(tx, work_item_id=work_item_id, limit=_DECISIONS)
        if not rows and await reading.work_item(tx, work_item_id) is None:
            raise NotFound("work item", work_item_id)
    return [DecisionView(**row, words=explain.decision_sentence(words, row)) for row in rows]


@router.post("/work/{work_item_id}/callback", responses=problems(400, 401, 403, 404, 409, 422, 503))
async def ask_for_callback(
    work_item_id: UUID, body: CallbackWish, principal: AnAgent, room: ARoom, db: DB, words: AnyWords, once: AnOnceKey
) -> CallbackPromise:
    """Let the customer go and call them back: the item keeps its place, and hanging up no longer ends it."""
    dispatcher = (await room.homes.of_work(work_item_id)).dispatcher
    due = None if body.not_before is None else micros(body.not_before)
    reply = await dispatcher.submit(RequestCallback(dispatcher.now(), work_item_id, due), once)
    if reply.code not in (Code.DONE, Code.UNCHANGED):
        refuse(words, await _known(db, work_item_id, reply), kind="work item", id=work_item_id)
    return CallbackPromise(
        work_item_id=work_item_id, not_before=body.not_before, ahead=(reply.detail or {}).get("ahead")
    )


@router.post("/work/{work_item_id}/assign", status_code=204, responses=problems(400, 401, 403, 404, 409, 422, 503))
async def assign_work(
    work_item_id: UUID, body: Assign, principal: ASupervisor, room: ARoom, db: DB, words: AnyWords, once: AnOnceKey
) -> Response:
    """Give an item to an agent outright, past the queue's order and skills. Presence and capacity still count."""
    return await _assign(work_item_id, body.agent_id, None, principal.subject, room, db, words, once)


@router.post("/work/{work_item_id}/take", status_code=204, responses=problems(400, 401, 403, 404, 409, 422, 503))
async def take_work(
    work_item_id: UUID, principal: AnAgent, room: ARoom, db: DB, words: AnyWords, once: AnOnceKey
) -> Response:
    """Take an item from a queue myself, under the same checks."""
    me = principal.subject
    return await _assign(work_item_id, me, principal.name, me, room, db, words, once)


@router.put("/work/{work_item_id}/priority", status_code=204, responses=problems(400, 401, 403, 404, 409, 422, 503))
async def set_priority(
    work_item_id: UUID, body: Prioritise, principal: ASupervisor, room: ARoom, db: DB, words: AnyWords, once: AnOnceKey
) -> Response:
    """Make an item more or less urgent; its place moves with it."""
    dispatcher = (await room.homes.of_work(work_item_id)).dispatcher
    reply = await dispatcher.submit(ChangePriority(dispatcher.now(), work_item_id, body.priority), once)
    if reply.code not in (Code.DONE, Code.UNCHANGED):
        refuse(words, await _known(db, work_item_id, reply), kind="work item", id=work_item_id)
    return Response(status_code=204)


@router.post("/work/{work_item_id}/age", status_code=204, responses=problems(400, 401, 403, 404, 409, 422, 503))
async def shift_age(
    work_item_id: UUID, body: AgeShift, principal: ASupervisor, room: ARoom, db: DB, words: AnyWords, once: AnOnceKey
) -> Response:
    """Let an item count as having waited longer, or less long. Send an Idempotency-Key: each call shifts again."""
    dispatcher = (await room.homes.of_work(work_item_id)).dispatcher
    reply = await dispatcher.submit(AdjustAge(dispatcher.now(), work_item_id, body.seconds), once)
    if reply.code is not Code.DONE:
        refuse(words, await _known(db, work_item_id, reply), kind="work item", id=work_item_id)
    return Response(status_code=204)


async def _assign(
    work_item_id: UUID,
    agent_id: str,
    agent_name: str | None,
    by: str,
    room: ARoom,
    db: DB,
    words: Words,
    once: AnOnceKey,
) -> Response:
    dispatcher = (await room.homes.of_work(work_item_id)).dispatcher
    reply = await dispatcher.submit(AssignWork(dispatcher.now(), work_item_id, agent_id, agent_name, by), once)
    if reply.code not in (Code.DONE, Code.ALREADY_ACCEPTED):
        asked = agent_id if reply.code is Code.UNKNOWN_AGENT else work_item_id
        refuse(words, await _known(db, work_item_id, reply), kind="work item", id=asked)
    return Response(status_code=204)


async def _completed_by(db: DB, work_item_id: UUID, agent_id: str) -> bool:
    async with db.read() as tx:
        row = await reading.work_item(tx, work_item_id)
    return row is not None and row["outcome"] == "completed" and row["agent_id"] == agent_id


async def _known(db: DB, work_item_id: UUID, reply: Reply) -> Reply:
    """The engine forgets ended items after a while; the store tells them from those that never were."""
    if reply.code is not Code.UNKNOWN_WORK:
        return reply
    async with db.read() as tx:
        row = await reading.work_item(tx, work_item_id)
    return reply if row is None else Reply(Code.ALREADY_ENDED, {"state": row["state"]})
