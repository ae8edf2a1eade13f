"""Queues: their rules, and how they stand."""

from fastapi import APIRouter, Path, Request, Response

from chassis.http.deps import DB
from chassis.http.etag import etag, if_match
from chassis.http.problems import BadRequest, FieldError, NotFound, problems
from routing.api.answers import refuse
from routing.api.deps import AnOnceKey, AnyWords, AReader, ARoom, ASupervisor
from routing.api.schemas import QueueStats, QueueView
from routing.domain.commands import ConfigureQueue
from routing.domain.rules import QueueRules
from routing.domain.values import Code
from routing.store import reading
from routing.store.reading import Row

router = APIRouter(prefix="/v1/queues", tags=["Queues"])

QueueName = Path(pattern=r"^[a-z0-9][a-z0-9._-]{0,59}$")
_VERSIONS = 100
_RECENT_MINUTES = 15


@router.get("", responses=problems(401, 403, 503))
async def list_queues(principal: AReader, room: ARoom, db: DB) -> list[QueueView]:
    """All queues with the rules in force."""
    async with db.read() as tx:
        return [QueueView(**row) for home in room.homes.all() for row in await reading.queues(tx, home.domain)]


@router.get("/{name}", responses=problems(400, 401, 403, 404, 503))
async def read_queue(principal: AReader, room: ARoom, db: DB, response: Response, name: str = QueueName) -> QueueView:
    """A queue's rules. The ETag is their version."""
    async with db.read() as tx:
        row = await reading.queue(tx, room.homes.of_queue(name).domain, name)
    if row is None:
        raise NotFound("queue", name)
    response.headers["ETag"] = etag(row["version"])
    return QueueView(**row)


@router.put("/{name}", responses=problems(400, 401, 403, 412, 422, 503))
async def put_queue(
    rules: QueueRules,
    request: Request,
    response: Response,
    principal: ASupervisor,
    room: ARoom,
    db: DB,
    words: AnyWords,
    once: AnOnceKey,
    name: str = QueueName,
) -> QueueView:
    """Create a queue or replace its rules. They take effect at once, for what waits too, or are refused whole."""
    if rules.name != name:
        detail = f"The rules are those of {rules.name!r}, the address says {name!r}."
        raise BadRequest(detail, errors=[FieldError(pointer="#/name", detail=detail)])
    dispatcher = room.homes.of_queue(name).dispatcher
    reply = await dispatcher.submit(ConfigureQueue(dispatcher.now(), rules, principal.subject, if_match(request)), once)
    if reply.code not in (Code.DONE, Code.UNCHANGED):
        refuse(words, reply, kind="queue", id=name)
    return await read_queue(principal, room, db, response, name)


@router.get("/{name}/versions", responses=problems(400, 401, 403, 404, 503))
async def list_versions(principal: AReader, room: ARoom, db: DB, name: str = QueueName) -> list[QueueView]:
    """Every version of a queue's rules, newest first."""
    async with db.read() as tx:
        rows = await reading.queue_versions(tx, room.homes.of_queue(name).domain, name, _VERSIONS)
    if not rows:
        raise NotFound("queue", name)
    return [QueueView(**row) for row in rows]


@router.get("/{name}/stats", responses=problems(400, 401, 403, 404, 503))
async def read_stats(principal: AReader, room: ARoom, db: DB, name: str = QueueName) -> QueueStats:
    """How a queue stands at this moment."""
    domain = room.homes.of_queue(name).domain
    async with db.read() as tx:
        queue = await reading.queue(tx, domain, name)
        if queue is None:
            raise NotFound("queue", name)
        counts = await reading.queue_counts(tx, domain, name)
        recent = await reading.recent_waits(tx, domain, name, _RECENT_MINUTES)
        signed_in = await reading.signed_in(tx, domain)
        now = tx.now
    able = [agent for agent in signed_in if _serves(agent, queue["rules"])]
    by_state = {
        state: sum(states.get(state, 0) for states in counts["channels"].values())
        for state in ("waiting", "offered", "assigned", "wrapping")
    }
    oldest = counts["oldest"]
    return QueueStats(
        name=name,
        **by_state,
        longest_wait_seconds=max(0.0, (now - oldest).total_seconds()) if oldest else 0.0,
        by_channel=counts["channels"],
        agents_signed_in=len(able),
        agents_available=sum(agent["presence"] == "available" for agent in able),
        accepted_recently=recent["number"],
        mean_wait_seconds=recent["mean"],
    )


def _serves(agent: Row, rules: dict[str, object]) -> bool:
    queue = QueueRules.model_validate(rules)
    skills = {name: level for name, level in agent["skills"].items() if name not in agent["lapsed"]}
    return (
        all(skills.get(name, 0) >= level for name, level in queue.needs.items())
        and any(all(skills.get(name, 0) >= level for name, level in one.items()) for one in queue.any_of or ({},))
        and not any(name in skills for name in queue.none_of)
    )
