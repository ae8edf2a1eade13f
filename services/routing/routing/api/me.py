"""The agent's own side: presence, work, stream."""

from collections.abc import AsyncIterator
from typing import cast

from fastapi import APIRouter, Request
from starlette.responses import StreamingResponse

from chassis.auth.principal import Principal
from chassis.http.deps import DB
from chassis.http.problems import problems
from chassis.http.sse import event_stream
from routing.api.answers import refuse
from routing.api.deps import AnAgent, AnOnceKey, AnyWords, ARoom, Room
from routing.api.schemas import AgentView, MyWork, PresenceChange
from routing.dispatch.publishing import agent_channel
from routing.domain.commands import EnrolAgent, SetPresence
from routing.domain.values import Code
from routing.store import reading
from routing.store.reading import Row
from routing.views import AssignmentView, OfferView

router = APIRouter(prefix="/v1", tags=["Agent"])


@router.get("/agents/me", responses=problems(401, 403, 503))
async def read_me(principal: AnAgent, room: ARoom, db: DB) -> AgentView:
    """Who I am to routing. The first call enrols the agent, with the skills that new agents get."""
    return AgentView(**await _enrolled(room, db, principal))


@router.put("/agents/me", responses=problems(400, 401, 403, 409, 422, 503))
async def set_presence(
    body: PresenceChange, principal: AnAgent, room: ARoom, db: DB, words: AnyWords, once: AnOnceKey
) -> AgentView:
    """Become available, away or offline. Anything but available takes back my open offers; work in hand stays mine.

    Going on a break may be refused (409) by the rules for its reason: too many are away already, or too few stay.
    """
    dispatcher = (await room.homes.of_agent(principal.subject)).dispatcher
    reply = await dispatcher.submit(
        SetPresence(dispatcher.now(), principal.subject, principal.name, body.presence, body.reason), once
    )
    if reply.code not in (Code.DONE, Code.UNCHANGED):
        refuse(words, reply, kind="agent", id=principal.subject)
    return AgentView(**await _enrolled(room, db, principal))


@router.get("/agents/me/work", responses=problems(401, 403, 503))
async def read_my_work(principal: AnAgent, room: ARoom, db: DB) -> MyWork:
    """My open offers and the work I have in hand."""
    room.connections.heard(principal.subject)
    async with db.read() as tx:
        seq = await reading.stream_seq(tx, agent_channel(principal.subject))  # first: better a repetition than a gap
        offers = await reading.offers_of(tx, principal.subject)
        assignments = await reading.assignments_of(tx, principal.subject)
    return MyWork(
        offers=[OfferView(**row) for row in offers],
        assignments=[AssignmentView(**row) for row in assignments],
        stream_seq=seq,
    )


@router.get(
    "/events",
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}, **problems(400, 401, 403, 503)},
    response_class=StreamingResponse,
)
async def read_events(request: Request, principal: AnAgent, room: ARoom, db: DB) -> StreamingResponse:
    """My live events; resume with `Last-Event-ID`. While it is open I count as connected.

    Types: `offer.created`, `offer.declined`, `offer.timed_out`, `offer.rescinded`, `assignment.created`,
    `assignment.wrap_up`, `assignment.ended`, `state`, `skills`, `adherence`; and `hello`, `heartbeat`, `reset` of the
    stream itself.
    """
    await _enrolled(room, db, principal)
    response = event_stream(request, db, agent_channel(principal.subject))
    frames = cast("AsyncIterator[bytes]", response.body_iterator)
    response.body_iterator = room.connections.watch(principal.subject, frames)
    return response


async def _enrolled(room: Room, db: DB, principal: Principal) -> Row:
    room.connections.heard(principal.subject)
    home = await room.homes.of_agent(principal.subject)
    async with db.read() as tx:
        found = await reading.agent(tx, home.domain, principal.subject)
    if found is not None and found["name"] == principal.name:
        return found
    await home.dispatcher.submit(EnrolAgent(home.dispatcher.now(), principal.subject, principal.name))
    async with db.read() as tx:
        enrolled = await reading.agent(tx, home.domain, principal.subject)
    if enrolled is None:
        raise RuntimeError("an agent just enrolled is not in the store")
    return enrolled
