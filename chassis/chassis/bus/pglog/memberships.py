"""Every SQL statement on groups, members and cursors."""

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.bus.pglog.link import Connection
from chassis.bus.pglog.sharing import share
from chassis.bus.pglog.store import GROUP_CHANNEL
from chassis.bus.port import TopicPartition

# Sessions whose process is connected. The lock vanishes with the connection, so a kill -9 shows at once.
_LIVE = """live as materialized (
    select objid::integer as session from pg_locks
    where locktype = 'advisory' and classid = 7265 and objsubid = 2 and granted
      and database = (select oid from pg_database where datname = current_database()))"""


@dataclass(frozen=True, slots=True)
class Ownership:
    """A partition as its owner knows it."""

    topic_id: int
    generation: int
    committed: int


async def open_session(connection: Connection) -> int:
    """A new session of this process, alive as long as the connection."""
    session: int = await connection.fetchval("select nextval('bus_session')")
    await connection.execute("select pg_advisory_lock(7265, $1)", session)
    return session


async def join(connection: Connection, group: str, member: str, topics: Sequence[str], session: int) -> None:
    """Become a member of the group and share its partitions anew. Whoever had the name before is fenced off."""
    async with connection.transaction():
        await connection.execute("insert into bus_group (name) values ($1) on conflict do nothing", group)
        await _lock(connection, group)
        await connection.execute(
            """insert into bus_member (group_name, member, session, topics) values ($1, $2, $3, $4)
               on conflict (group_name, member) do update set session = excluded.session, topics = excluded.topics""",
            group,
            member,
            session,
            list(topics),
        )
        await _share_anew(connection, group, fence=member)


async def leave(connection: Connection, group: str, member: str, session: int) -> None:
    """Hand the member's partitions to the others."""
    async with connection.transaction():
        await _lock(connection, group)
        await connection.execute(
            "delete from bus_member where group_name = $1 and member = $2 and session = $3", group, member, session
        )
        await _share_anew(connection, group)


async def move_session(connection: Connection, group: str, member: str, old: int, new: int) -> bool:
    """After a reconnect: keep the membership if nobody ended it meanwhile. Ownership and generations stay."""
    moved = await connection.fetchval(
        """update bus_member set session = $4 where group_name = $1 and member = $2 and session = $3 returning 1""",
        group,
        member,
        old,
        new,
    )
    return moved is not None


async def replaced(connection: Connection, group: str, member: str, session: int) -> bool:
    """Whether another living process has taken over the member's name."""
    found = await connection.fetchval(
        f"""with {_LIVE} select 1 from bus_member m join live using (session)
            where m.group_name = $1 and m.member = $2 and m.session <> $3""",
        group,
        member,
        session,
    )
    return found is not None


async def share_if_needed(connection: Connection, groups: Sequence[str]) -> None:
    """Share anew in those of `groups` that have a dead member or a new topic."""
    rows = await connection.fetch(
        f"""with {_LIVE} select g.name from bus_group g where g.name = any($1) and (g.stale or exists (
                select from bus_member m
                where m.group_name = g.name and m.session not in (select session from live)))""",
        groups,
    )
    for row in rows:
        async with connection.transaction():
            await _lock(connection, row["name"])
            await _share_anew(connection, row["name"])


async def generations(connection: Connection, groups: Sequence[str]) -> dict[str, int]:
    """The generation of each group's assignment."""
    rows = await connection.fetch("select name, generation from bus_group where name = any($1)", groups)
    return {row["name"]: row["generation"] for row in rows}


async def load_owned(
    connection: Connection, group: str, member: str, session: int
) -> dict[TopicPartition, Ownership] | None:
    """What the member owns; None when it is not a member any more."""
    rows = await connection.fetch(
        """select t.name, c.topic_id, c.partition, c.generation, coalesce(c.position, 0) as committed
           from bus_member m
           left join bus_cursor c on c.group_name = m.group_name and c.owner = m.member
           left join bus_topic t on t.id = c.topic_id
           where m.group_name = $1 and m.member = $2 and m.session = $3""",
        group,
        member,
        session,
    )
    if not rows:
        return None
    return {
        TopicPartition(row["name"], row["partition"]): Ownership(row["topic_id"], row["generation"], row["committed"])
        for row in rows
        if row["name"] is not None
    }


async def commit(
    connection: Connection, group: str, member: str, positions: Sequence[tuple[int, int, int, int]]
) -> bool:
    """Store `(topic id, partition, generation, position)` if the member owns all of them; else nothing, and False."""
    done: bool = await connection.fetchval(
        "select bus_commit($1, $2, $3, $4, $5, $6)",
        group,
        member,
        [topic for topic, _, _, _ in positions],
        [partition for _, partition, _, _ in positions],
        [generation for _, _, generation, _ in positions],
        [position for _, _, _, position in positions],
    )
    return done


async def _lock(connection: Connection, group: str) -> None:
    await connection.execute("select pg_advisory_xact_lock(7264, hashtext($1))", group)


async def _share_anew(connection: Connection, group: str, *, fence: str | None = None) -> None:
    """Under the group's lock: drop dead members, compute the shares, write what changed, tell everybody.

    Partitions of `fence` get a new generation even if it keeps them.
    """
    await connection.execute(
        f"""with {_LIVE} delete from bus_member m
            where m.group_name = $1 and m.session not in (select session from live)""",
        group,
    )
    members = await connection.fetch("select member, topics from bus_member where group_name = $1", group)
    topics = {topic for row in members for topic in row["topics"]}
    rows = await connection.fetch(
        """select t.id, t.name, p.partition, c.owner from bus_topic t join bus_partition p on p.topic_id = t.id
           left join bus_cursor c on c.group_name = $1 and c.topic_id = t.id and c.partition = p.partition
           where t.name = any($2)""",
        group,
        sorted(topics),
    )
    ids = {row["name"]: row["id"] for row in rows}
    owners = {TopicPartition(row["name"], row["partition"]): row["owner"] for row in rows}
    shares = share(owners, [row["member"] for row in members], {key: who for key, who in owners.items() if who})
    changed = [(key, who) for key, who in shares.items() if who != owners[key] or who == fence]
    generation = await connection.fetchval(
        "update bus_group set generation = generation + 1, stale = false where name = $1 returning generation", group
    )
    await connection.execute(
        """insert into bus_cursor (group_name, topic_id, partition, owner, generation)
           select $1, i.t, i.p, i.o, $5 from unnest($2::integer[], $3::integer[], $4::text[]) as i (t, p, o)
           on conflict (group_name, topic_id, partition)
           do update set owner = excluded.owner, generation = excluded.generation""",
        group,
        [ids[key.topic] for key, _ in changed],
        [key.partition for key, _ in changed],
        [who for _, who in changed],
        generation,
    )
    if not members:
        await connection.execute(
            "update bus_cursor set owner = null, generation = $2 where group_name = $1", group, generation
        )
    await connection.execute("select pg_notify($1, $2)", GROUP_CHANNEL, group)
