"""Agents, as supervisors see and set them."""

from datetime import datetime

from fastapi import APIRouter, Path, Request, Response

from chassis.http.deps import DB
from chassis.http.etag import etag, if_match
from chassis.http.paging import Cursor, Limit, Page, decode_cursor, encode_cursor
from chassis.http.problems import BadRequest, Conflict, NotFound, problems
from routing.api import explain
from routing.api.answers import refuse
from routing.api.deps import ADomain, AnOnceKey, AnyWords, AReader, ARoom, ASupervisor
from routing.api.schemas import (
    AgentExplanation,
    AgentProfileBody,
    AgentView,
    DecisionView,
    PresenceChange,
    Shifts,
    ShiftView,
)
from routing.domain.commands import AgentProfile, Certificate, ExplainAgent, SetPresence, SetShifts, Shift, UpdateAgent
from routing.domain.values import Code, Micros, micros
from routing.store import reading

router = APIRouter(prefix="/v1/agents", tags=["Agents"])

_DECISIONS = 200
AgentIdPath = Path(min_length=1, max_length=200)


@router.get("", responses=problems(400, 401, 403, 404, 503))
async def list_agents(
    principal: AReader, room: ARoom, db: DB, domain: ADomain = None, cursor: Cursor = None, limit: Limit = 50
) -> Page[AgentView]:
    """The agents of a domain, by id."""
    home = room.homes.named(domain)
    after = decode_cursor(cursor, 1)[0] if cursor else ""
    if not isinstance(after, str) or "\0" in after:
        raise BadRequest("The cursor is not one that a page of this list returned.")
    async with db.read() as tx:
        rows = await reading.agents(tx, home.domain, after, limit + 1)
    items = [AgentView(**row) for row in rows[:limit]]
    return Page(items=items, next=encode_cursor(items[-1].agent_id) if len(rows) > limit else None)


@router.get("/{agent_id}", responses=problems(400, 401, 403, 404, 503))
async def read_agent(
    principal: AReader, room: ARoom, db: DB, response: Response, agent_id: str = AgentIdPath
) -> AgentView:
    """An agent. The ETag is the version of the profile."""
    home = await room.homes.of_agent(agent_id)
    async with db.read() as tx:
        row = await reading.agent(tx, home.domain, agent_id)
    if row is None:
        raise NotFound("agent", agent_id)
    response.headers["ETag"] = etag(row["version"])
    return AgentView(**row)


@router.get("/{agent_id}/explanation", responses=problems(400, 401, 403, 404, 503))
async def explain_agent(
    principal: AReader, room: ARoom, words: AnyWords, agent_id: str = AgentIdPath
) -> AgentExplanation:
    """Why this agent has what they have: room per channel, and what keeps the items that wait from them."""
    dispatcher = (await room.homes.of_agent(agent_id)).dispatcher
    reply = await dispatcher.submit(ExplainAgent(dispatcher.now(), agent_id))
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

    A skill with a certificate holds between its dates only, to the instant, signed in or not.

    Work in hand and open offers stay as they are, so capacity cannot go below what they use (409).
    """
    at_most = {channel.value: number for channel, number in body.at_most.items()}
    papers = {
        skill: Certificate(_micros(one.valid_from), _micros(one.valid_until))
        for skill, one in body.certificates.items()
    }
    profile = AgentProfile(
        dict(body.skills), frozenset(body.groups), body.capacity, at_most, body.rank, papers, body.utilisation
    )
    home = await room.homes.of_agent(agent_id, first=body.domain)
    if body.domain not in (None, home.domain):
        raise Conflict(words.text("agent.other_domain", domain=home.domain))
    command = UpdateAgent(home.dispatcher.now(), agent_id, body.name, profile, if_match(request))
    reply = await home.dispatcher.submit(command, once)
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


@router.put("/{agent_id}/presence", responses=problems(400, 401, 403, 404, 422, 503))
async def put_presence(
    body: PresenceChange,
    response: Response,
    principal: ASupervisor,
    room: ARoom,
    db: DB,
    words: AnyWords,
    once: AnOnceKey,
    agent_id: str = AgentIdPath,
) -> AgentView:
    """Set an agent available, away or offline in their place. The rules for breaks do not bind supervisors."""
    await read_agent(principal, room, db, response, agent_id)
    dispatcher = (await room.homes.of_agent(agent_id)).dispatcher
    command = SetPresence(dispatcher.now(), agent_id, None, body.presence, body.reason, principal.subject)
    reply = await dispatcher.submit(command, once)
    if reply.code not in (Code.DONE, Code.UNCHANGED):
        refuse(words, reply, kind="agent", id=agent_id)
    async with db.transaction() as tx:
        detail = {"presence": body.presence.value, "reason": body.reason}
        tx.audit(principal.subject, "agent.presence.set", f"agent/{agent_id}", detail)
    return await read_agent(principal, room, db, response, agent_id)


@router.get("/{agent_id}/shifts", responses=problems(400, 401, 403, 404, 503))
async def read_shifts(
    principal: AReader, room: ARoom, db: DB, response: Response, agent_id: str = AgentIdPath
) -> list[ShiftView]:
    """An agent's plan, in order."""
    await read_agent(principal, room, db, response, agent_id)
    home = await room.homes.of_agent(agent_id)
    async with db.read() as tx:
        return [ShiftView(**row) for row in await reading.shifts(tx, home.domain, agent_id)]


@router.put("/{agent_id}/shifts", responses=problems(400, 401, 403, 404, 422, 503))
async def put_shifts(
    body: Shifts,
    response: Response,
    principal: ASupervisor,
    room: ARoom,
    db: DB,
    words: AnyWords,
    once: AnOnceKey,
    agent_id: str = AgentIdPath,
) -> list[ShiftView]:
    """Replace an agent's plan. Presence that differs from it for longer than tolerated becomes an event."""
    dispatcher = (await room.homes.of_agent(agent_id)).dispatcher
    plan = tuple(Shift(micros(one.starts_at), micros(one.ends_at), one.kind) for one in body.shifts)
    reply = await dispatcher.submit(SetShifts(dispatcher.now(), agent_id, plan), once)
    if reply.code not in (Code.DONE, Code.UNCHANGED):
        refuse(words, reply, kind="agent", id=agent_id)
    return await read_shifts(principal, room, db, response, agent_id)


@router.get("/{agent_id}/decisions", responses=problems(400, 401, 403, 404, 503))
async def read_decisions(
    principal: AReader, room: ARoom, db: DB, words: AnyWords, response: Response, agent_id: str = AgentIdPath
) -> list[DecisionView]:
    """The last decisions about an agent, newest first, in words and figures."""
    await read_agent(principal, room, db, response, agent_id)
    async with db.read() as tx:
        rows = await reading.decisions_of_agent(tx, agent_id, _DECISIONS)
    return [DecisionView(**row, words=explain.decision_sentence(words, row)) for row in rows]


def _micros(value: datetime | None) -> Micros | None:
    return None if value is None else micros(value)
