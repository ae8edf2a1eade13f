"""The same rows as the case service writes and reads, with as little as possible around them."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from cases.actions.file import DEADLINE_TIMER
from cases.domain.search import query_tokens, tokens
from cases.store.cases import COLUMNS
from chassis.ids import derived_id, uuid7
from tests.bench.case_store import CaseStore
from tests.bench.events import message


async def set_deadlines(store: CaseStore, count: int) -> dict[str, datetime]:
    """Give the newest stored cases a run that waits for an answer, three minutes of which end in the second to come."""
    connection = await store.connect()
    rows = await connection.fetch(
        "select id from service_case where case_no like 'X-%' order by id desc limit $1", count
    )
    first = datetime.now(UTC) + timedelta(seconds=1 + count / 2_000)
    due = {row["id"]: first + timedelta(seconds=number / count) for number, row in enumerate(rows)}
    runs = [_run(at).encode().decode() for at in due.values()]
    await connection.execute(
        """insert into case_run (case_id, run) select id, run::jsonb from unnest($1::uuid[], $2::text[]) r (id, run)
           on conflict (case_id) do update set run = excluded.run""",
        list(due),
        runs,
    )
    await connection.execute("update service_case set closed_at = null, step = 'answer' where id = any($1)", list(due))
    keys = {f"{case}/1:answer": at for case, at in due.items()}
    payloads = [orjson.dumps({"case_id": str(case), "key": "1:answer"}).decode() for case in due]
    await connection.execute(
        """insert into timer (kind, key, due_at, payload) select $1, key, due_at, payload::jsonb
           from unnest($2::text[], $3::timestamptz[], $4::text[]) t (key, due_at, payload)""",
        DEADLINE_TIMER,
        list(keys),
        list(keys.values()),
        payloads,
    )
    await connection.close()
    return keys


def _run(due: datetime) -> str:
    entered = (due - timedelta(minutes=3)).isoformat()
    run = {
        "procedure": "tracking_query",
        "version": 1,
        "step": "answer",
        "visit": 1,
        "visits": {"answer": 1},
        **dict.fromkeys(("started_at", "entered_at", "updated_at"), entered),
        "fields": {"customer_name": "王芳", "waybill_no": "SF1234567890123", "channel": "sms"},
        "deadlines": {"1:answer": due.isoformat()},
    }
    return orjson.dumps(run).decode()


class Bare:
    """The same rows with as little as possible around them: prepared statements on one connection."""

    def __init__(self, store: CaseStore) -> None:
        self._store = store
        self.connection: Any = None

    async def prepare(self) -> None:
        """Connect, and make the texts beforehand: only the database is measured."""
        self.connection = await self._store.connect()
        sample = message(7, 2)
        self._data = orjson.dumps({"text": sample.personal.text, "sender": "+12025550007", "seq": 2}).decode()
        self._words = " ".join(tokens(sample.personal.text))
        self._entry = orjson.dumps({"case_id": str(uuid7()), "text": sample.personal.text, "data": {}}).decode()

    async def append(self, customers: Sequence[int]) -> None:
        """What messages leave behind, with one statement a table for all of them, in one transaction."""
        async with self.connection.transaction():
            await self._append(customers)

    async def append_each(self, customers: Sequence[int]) -> None:
        """The same, message by message, in one transaction."""
        async with self.connection.transaction():
            for customer in customers:
                await self._append([customer])

    async def _append(self, customers: Sequence[int]) -> None:
        """Inbox, counters, timeline, words, and an entry on the owner's stream."""
        cases = [self._store.hot[number] for number in customers]
        interactions = [derived_id("bench", str(number)) for number in customers]
        now, count = datetime.now(UTC), len(cases)
        one = self.connection
        await one.fetch(
            "insert into inbox (consumer, event_id, handled_at) select 'bare', id, $2 from unnest($1::uuid[]) id",
            [uuid7() for _ in cases],
            now,
        )
        rows = await one.fetch(
            "select id, last_seq from service_case where id = any($1::uuid[]) order by id for no key update",
            sorted(set(cases)),
        )
        last = {row["id"]: row["last_seq"] for row in rows}
        numbers = []
        for case in cases:
            last[case] += 1
            numbers.append(last[case])
        await one.fetch(
            """with n as (update service_case c set last_seq = n.last, last_customer_seq = n.last, updated_at = $8
                          from (select id, max(seq) as last from unnest($1::uuid[], $2::bigint[]) e (id, seq)
                                group by id) n where c.id = n.id)
               insert into timeline_entry (case_id, seq, kind, interaction_id, channel, actor, message_id, data,
                                           occurred_at, recorded_at)
               select case_id, seq, 'message_in', interaction_id, 'sms', 'customer', message_id, data::jsonb, $8, $8
               from unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::uuid[], $5::text[])
                   as e (case_id, seq, interaction_id, message_id, data), (select $6::int, $7::int) unused""",
            cases,
            numbers,
            interactions,
            [uuid7() for _ in cases],
            [self._data] * count,
            0,
            0,
            now,
        )
        await one.fetch(
            """insert into search_entry (case_id, seq, words)
               select case_id, seq, array_to_tsvector(string_to_array($3, ' '))
               from unnest($1::uuid[], $2::bigint[]) e (case_id, seq)""",
            cases,
            numbers,
            self._words,
        )
        head = await one.fetchval(
            """insert into stream_head values ('bare', $1)
               on conflict (channel) do update set last_seq = stream_head.last_seq + $1 returning last_seq""",
            count,
        )
        await one.fetch(
            """insert into stream_entry (channel, seq, type, data, created_at)
               select 'bare', seq, 'timeline.added', $2::text::jsonb, $3 from unnest($1::bigint[]) seq""",
            list(range(head - count + 1, head + 1)),
            self._entry,
            now,
        )

    async def listed(self, where: str, arguments: Sequence[Any]) -> None:
        """A page of cases, as JSON."""
        rows = await self.connection.fetch(
            f"select {COLUMNS} from service_case where {where} order by id desc limit 51", *arguments
        )
        orjson.dumps([dict(row) for row in rows], default=str)

    async def search(self, text: str) -> None:
        """The newest entries with all the words, and the search on the record."""
        query = " & ".join(f"'{word}'" for word in query_tokens(text))
        columns = ", ".join(f"c.{name.strip()}" for name in COLUMNS.split(","))
        async with self.connection.transaction():
            await self.connection.fetch(f"select {COLUMNS} from service_case where case_no = $1", text)
            rows = await self.connection.fetch(
                f"""select {columns}, s.seq as hit, e.data->>'text' as words
                    from search_entry s join service_case c on c.id = s.case_id
                    join timeline_entry e on e.case_id = s.case_id and e.seq = s.seq
                    where s.words @@ '{query.replace("'", "''")}'::tsquery
                    order by s.case_id desc, s.seq desc limit 21"""
            )
            await self.connection.fetch(
                """insert into audit (at, actor, action, resource, detail)
                   values (now(), 'bare', 'search', 'cases', '{}')"""
            )
        orjson.dumps([dict(row) for row in rows], default=str)

    async def fire(self, count: int) -> list[float]:
        """The same deadlines with the same rows, one by one in transactions of 100."""
        await set_deadlines(self._store, count)
        lags: list[float] = []
        one = self.connection
        while len(lags) < count:
            async with one.transaction():
                rows = await one.fetch(
                    """with due as (select kind, key from timer where due_at <= now() and kind = $1 order by due_at
                                    limit 100 for update skip locked)
                       delete from timer t using due where t.kind = due.kind and t.key = due.key
                       returning t.key, t.due_at, t.payload""",
                    DEADLINE_TIMER,
                )
                for row in rows:
                    await self._fire_one(UUID(row["key"][:36]))
            now = datetime.now(UTC)
            lags += [(now - row["due_at"]).total_seconds() * 1000 for row in rows]
            if not rows:
                await asyncio.sleep(0.005)
        return lags

    async def _fire_one(self, case: UUID) -> None:
        one = self.connection
        await one.fetch(f"select {COLUMNS} from service_case where id = $1 for no key update", case)
        run = await one.fetchval("select run::text from case_run where case_id = $1", case)
        await one.fetch("update case_run set run = $2::text::jsonb where case_id = $1", case, run)
        seq = await one.fetchval(
            """update service_case set version = version + 1, updated_at = now(), next_due_at = null,
                   last_seq = last_seq + 2 where id = $1 returning last_seq""",
            case,
        )
        await one.fetch(
            """insert into timeline_entry (case_id, seq, kind, actor, data, occurred_at, recorded_at)
               select $1, seq, 'step', 'system', $3::text::jsonb, now(), now() from unnest($2::bigint[]) seq""",
            case,
            [seq - 1, seq],
            self._data,
        )
        await one.fetch(
            """insert into outbox (shard, id, aggregatetype, aggregateid, type, payload, created_at)
               values (1, $1, 'cases', $2, 'x', '{}', now())""",
            uuid7(),
            str(case),
        )
        await one.fetch(
            """insert into feed_arrival (id, type, case_id, data, recorded_at) values ($1, 'x', $2, '{}', now())""",
            uuid7(),
            case,
        )
