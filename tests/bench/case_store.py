"""A case service on a store of any size, for benchmarks: filled with bulk SQL, worked by its real handlers and API."""

import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx

from cases.app import build
from cases.parameters import CaseParameters
from chassis.auth.tokens import TokenVerifier
from chassis.bus.factory import open_bus
from chassis.bus.port import Record
from chassis.clock import SystemClock
from chassis.ids import derived_id, uuid7
from chassis.inbox import EventConsumer
from chassis.runtime import Runtime
from chassis.service import Service
from chassis.settings import ChassisSettings, database_of
from contracts.event import EventData, cloudevent_headers
from contracts.interactions import ContactPersonal, InteractionStarted
from contracts.values import Channel, ContactKind
from tests.bench.events import message
from tests.bench.servers import postgres
from tests.support.tokens import AUDIENCE, ISSUER, TestIssuer

AGENT = "bench"
SCOPES = ("cases:read", "cases:write")
CASES_A_CUSTOMER = 4
COMMON_WORD, HALF_COMMON_WORD = "快件", "delivery"
"""Words in every third and in every twentieth stored entry."""

# Each statement fills one table for the numbers $1 + 1 to $2. `ids` are UUIDs that sort by number, as real ones do by
# time; case 0 lies so far back that real cases are always newer.
_IDS = "('00000000-' || lpad(to_hex(g >> 16), 4, '0') || '-' || lpad(to_hex(g & 65535), 4, '0') || '-8000-{}')::uuid"
_CASE, _PERSON = _IDS.format("00000000000c"), _IDS.format("000000000001").replace("g", "(g / 4)")
_WORDS = (
    "array_to_tsvector(array_remove(array['waybill' || g, 'w' || hashint4(g) % 20000, 'w' || hashint4(g + 1) % 20000,"
    " 'w' || hashint4(g + 2) % 20000, 'w' || hashint4(g + 3) % 500, 'w' || hashint4(g + 4) % 500,"
    " case when g % 3 = 0 then '快件' end, case when g % 20 = 0 then 'delivery' end], null))"
)
_FILL = (
    f"""insert into customer (id, name, language, version, created_at, updated_at)
        select {_IDS.format("000000000001")}, 'Customer ' || g, 'zh-CN', 1, now(), now()
        from generate_series($1::int / 4, $2::int / 4) g on conflict do nothing""",
    f"""insert into contact_point (id, customer_id, kind, address, verification, created_at)
        select {_IDS.format("000000000002")}, {_IDS.format("000000000001")}, 'phone', '+86139' || lpad(g::text, 8, '0'),
               'channel', now() from generate_series($1::int / 4, $2::int / 4) g on conflict do nothing""",
    f"""insert into service_case (id, case_no, customer_id, case_type, procedure, procedure_version, step, channel,
                                  language, priority, queue, owner, thread_key, threading, waybill_no, version,
                                  last_seq, last_customer_seq, opened_at, updated_at, closed_at, resolution)
        select {_CASE}, 'X-' || g, {_PERSON}, 'tracking', 'tracking_query', 1, 'closed', 'sms', 'zh-CN', 5, 'tracking',
               case when g % 20 = 0 then 'agent-' || g % 500 end, 'waybill:SF' || g, true,
               'SF' || lpad(g::text, 13, '0'), 3, 1, 1, now(), now(), case when g % 20 > 0 then now() end,
               case when g % 20 > 0 then 'answered' end
        from generate_series($1::int + 1, $2::int) g""",
    f"""insert into timeline_entry (case_id, seq, kind, channel, actor, message_id, data, occurred_at, recorded_at)
        select {_CASE}, 1, 'message_in', 'sms', 'customer', {_IDS.format("000000000003")},
               jsonb_build_object('text', 'where is my parcel ' || g), now(), now()
        from generate_series($1::int + 1, $2::int) g""",
    f"""insert into interaction (id, customer_id, case_id, channel, direction, account, self_served, started_at,
                                 ended_at)
        select {_IDS.format("000000000004")}, {_PERSON}, {_CASE}, 'sms', 'inbound', '+12025550100', false, now(), now()
        from generate_series($1::int + 1, $2::int) g""",
    f"""insert into case_run (case_id, run) select {_CASE}, '{{}}' from generate_series($1::int + 1, $2::int) g""",
    f"""insert into search_entry (case_id, seq, words)
        select {_CASE}, 1, {_WORDS} from generate_series($1::int + 1, $2::int) g""",
)
_HAD = f"""insert into case_agent (case_id, agent_id, since) select {_CASE}, '{AGENT}', now()
    from generate_series($1::int + 1, $2::int) g where g % 50 = 1 on conflict do nothing"""
"""The agent had every fiftieth of them: a list of open cases must not look through an agent's whole history."""
_FILLED = (
    *("customer", "contact_point", "service_case", "timeline_entry", "interaction", "case_run", "search_entry"),
    "case_agent",
)
_MANY = 10_000


@dataclass
class CaseStore:
    """The service with its database; `hot` are real cases of the agent, with the interactions that write to them."""

    service: Service
    url: str
    issuer: TestIssuer
    consumer: EventConsumer
    hot: list[UUID] = field(default_factory=list)
    stored: int = 0

    def client(self, *more: str) -> httpx.AsyncClient:
        """The agent's client, in this process; `more` scopes make a supervisor."""
        headers = {"Authorization": f"Bearer {self.issuer.token(AGENT, (*SCOPES, *more))}"}
        transport = httpx.ASGITransport(app=self.service.app)
        return httpx.AsyncClient(transport=transport, base_url="http://bench", headers=headers)

    async def connect(self) -> "asyncpg.Connection[Any]":
        """A bare connection to the service's database, prepared statements and all."""
        return await asyncpg.connect(self.url, server_settings={"jit": "off"})

    async def take(self, events: Sequence[EventData]) -> None:
        """Handle these events as the consumer would when the bus gives them in one batch."""
        await self.consumer._handle([record(event) for event in events])

    async def open_hot_cases(self, count: int) -> None:
        """Real cases with owner, run and first message, whose customers will write more."""
        now = datetime.now(UTC)
        for start in range(0, count, 50):
            numbers = range(start, min(start + 50, count))
            await self.take([_started(number, now) for number in numbers])
            await self.take([message(number, 1) for number in numbers])
        connection = await self.connect()
        ids = [derived_id("bench", str(number)) for number in range(count)]
        await connection.execute(
            """update service_case set owner = $2 where id in (select case_id from interaction where id = any($1))""",
            ids,
            AGENT,
        )
        rows = await connection.fetch("select id, case_id from interaction where id = any($1)", ids)
        await connection.close()
        by_interaction = {row["id"]: row["case_id"] for row in rows}
        self.hot = [by_interaction[interaction] for interaction in ids]

    async def fill(self, size: int) -> None:
        """Bring the store to `size` cases, most of them closed, as cases of years are."""
        connection = await self.connect()
        try:
            await fill(connection, self.stored, size)
        finally:
            await connection.close()
        self.stored = size


async def fill(connection: "asyncpg.Connection[Any]", stored: int, size: int) -> None:
    """Bulk SQL: the rows first, their indexes afterwards, and no aftermath: what autovacuum would do later is done."""
    await connection.execute("set session_replication_role = replica")
    await connection.execute("set synchronous_commit = off")
    await connection.execute("set maintenance_work_mem = '512MB'")
    dropped = await _drop_indexes(connection) if size - stored > _MANY else []
    for statement in (*_FILL, _HAD):
        await connection.execute(statement, stored, size, timeout=900)
    for definition in dropped:
        await connection.execute(definition, timeout=900)
    await connection.execute("vacuum (freeze, analyze)", timeout=900)
    await connection.execute("checkpoint", timeout=900)


async def _drop_indexes(connection: "asyncpg.Connection[Any]") -> list[str]:
    """Building an index once is several times faster than keeping it up for each of a million rows."""
    rows = await connection.fetch(
        """select indexname, indexdef from pg_indexes where tablename = any($1::text[])
           and indexname not in (select conname from pg_constraint)""",
        list(_FILLED),
    )
    for row in rows:
        await connection.execute(f'drop index "{row["indexname"]}"')
    return [row["indexdef"] for row in rows]


def record(event: EventData) -> Record:
    """An event as the bus delivers it."""
    now = SystemClock().now()
    headers = cloudevent_headers(id=uuid7(), type=event.event_type, source="bench", time=now, key=event.key)
    return Record(
        event.topic, event.key, event.model_dump_json().encode(), headers, partition=0, position=0, timestamp=now
    )


@asynccontextmanager
async def case_store() -> AsyncIterator[CaseStore]:
    """An empty store on a PostgreSQL of its own."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, postgres(Path(folder)) as server:
        issuer = TestIssuer()
        settings = ChassisSettings(database_prefix="bench_", public_base_url="https://bench.test", trace_ratio=0)
        runtime = Runtime(
            settings=settings,
            bus=open_bus(database_of(server.url, "bench_bus"), clock=SystemClock()),
            database_server_url=server.url,
            identity=TokenVerifier(issuer=ISSUER, audience=AUDIENCE, keys=issuer.keys),
            single_process=True,
            instance="bench",
        )
        service = build(runtime, CaseParameters())
        await service.migrate()
        consumer = EventConsumer(service.db, runtime.bus, group="cases", member="bench", handlers=service._handlers)
        try:
            yield CaseStore(service, service.db.url, issuer, consumer)
        finally:
            await service.db.close()


def _started(number: int, now: datetime) -> InteractionStarted:
    return InteractionStarted(
        interaction_id=derived_id("bench", str(number)),
        channel=Channel.SMS,
        direction="inbound",
        account="+12025550100",
        contact_kind=ContactKind.PHONE,
        occurred_at=now,
        personal=ContactPersonal(address=f"+1202555{number:04d}"),
    )
