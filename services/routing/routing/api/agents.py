"""Agents, as supervisors see and set them."""

from fastapi import APIRouter, Path, Request, Response

from chassis.http.deps import DB
from chassis.http.etag import etag, if_match
from chassis.http.paging import Cursor, Limit, Page, decode_cursor, encode_cursor
from chassis.http.problems import BadRequest, NotFound, problems
from routing.api import explain
from routing.api.answers import refuse
from routing.api.deps import AnOnceKey, AnyWords, AReader, ARoom, ASupervisor
from routing.api.schemas import AgentExplanation, AgentProfileBody, AgentView
from routing.domain.commands import AgentProfile, ExplainAgent, UpdateAgent
from routing.domain.values import Code
from routing.store import reading

router = APIRouter(prefix="/v1/agents", tags=["Agents"])

AgentIdPath = Path(min_length=1, max_length=200)


@router.get("", responses=problems(400, 401, 403, 503))
async def list_agents(
    principal: AReader, room: ARoom, db: DB, cursor: Cursor = None, limit: Limit = 50
) -> Page[AgentView]:
    """All agents, by id."""
    after = decode_cursor(cursor, 1)[0] if cursor else ""
    if not isinstance(after, str) or "\0" in after:
        raise BadRequest("The cursor is not one that a page of this list returned.")
    async with db.read() as tx:
        rows = await reading.agents(tx, room.domain, after, limit + 1)
    items = [AgentView(**row) for row in rows[:limit]]
    return Page(items=items, next=encode_cursor(items[-1].agent_id) if len(rows) > limit else None)


@router.get("/{agent_id}", responses=problems(400, 401, 403, 404, 503))
async def read_agent(
    principal: AReader, room: ARoom, db: DB, response: Response, agent_id: str = AgentIdPath
) -> AgentView:
    """An agent. The ETag is the version of the profile."""
    async with db.read() as tx:
        row = await reading.agent(tx, room.domain, agent_id)
    if row is None:
        raise NotFound("agent", agent_id)
    response.headers["ETag"] = etag(row["version"])
    return AgentView(**row)


@router.get("/{agent_id}/explanation", responses=problems(400, 401, 403, 404, 503))
async def explain_agent(
    principal: AReader, room: ARoom, words: AnyWords, agent_id: str = AgentIdPath
) -> AgentExplanation:
    """Why this agent has what they have: room per channel, and what keeps the items that wait from them."""
    reply = await room.dispatcher.submit(ExplainAgent(room.dispatcher.now(), agent_id))
    if reply.code is not Code.UNCHANGED or reply.detail is None:
        refuse(words, reply, kind="agent", id=agent_id)
    return AgentExplanation(words=explain.agent_sentences(words, reply.detail), **reply.detail)


@router.put("/{agent_id}", responses=problems(400, 401, 403, 409, 412, 422, 503))
async def put_agent(
    body: AgentProfileBody,
    request: Request,
    response: Response,
    principal: ASupervisor,
    room: ARoom,
    db: DB,
    words: AnyWords,
    once: AnOnceKey,
    agent_id: str = AgentIdPath,
) -> AgentView:
    """Set an agent's skills, groups and capacity; takes effect at once. An agent not seen before is created.

    Work in hand and open offers stay as they are, so capacity cannot go below what they use (409).
    """
    at_most = {channel.value: number for channel, number in body.at_most.items()}
    profile = AgentProfile(dict(body.skills), frozenset(body.groups), body.capacity, at_most, body.rank)
    command = UpdateAgent(room.dispatcher.now(), agent_id, body.name, profile, if_match(request))
    reply = await room.dispatcher.submit(command, once)
    if reply.code is not Code.DONE:
        refuse(words, reply, kind="agent", id=agent_id)
    async with db.transaction() as tx:
        tx.audit(
            principal.subject,
            "agent.profile.changed",
            f"agent/{agent_id}",
            {"version": (reply.detail or {})["version"]},
        )
    return await read_agent(principal, room, db, response, agent_id)
