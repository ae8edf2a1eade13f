"""The path of a message, from webhook to the agent's stream, as one server process with an agent who owns the cases."""

import asyncio
import contextlib
import json
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from chassis.bus.factory import open_bus
from chassis.bus.port import Bus, OutRecord
from chassis.clock import SystemClock
from chassis.db.server import PostgresServer
from chassis.ids import uuid7
from chassis.kafka_server import KafkaServer
from chassis.settings import database_of
from chassis.twilio.signature import sign
from contracts.assignments import WorkAccepted
from contracts.event import cloudevent_headers
from contracts.work import WorkRequested
from posthouse.demo.environment import ACCOUNT_SID, NUMBER_EN
from tests.bench.servers import ROOT, free_port, postgres, process
from tests.support.tokens import ISSUER, TestIssuer

TOKEN = "b" * 32
AGENT = "bench"
SCOPES = ("cases:read", "cases:write", "cases:admin")


@dataclass
class MessagePath:
    """SMS and cases in one process, on the chosen bus."""

    url: str
    pid: int
    server: PostgresServer
    bus: Bus
    issuer: TestIssuer
    http: httpx.AsyncClient
    _known: set[str] = field(default_factory=set)

    @property
    def headers(self) -> dict[str, str]:
        """The agent's sign-in."""
        return {"Authorization": f"Bearer {self.issuer.token(AGENT, SCOPES)}"}

    async def send(self, customer: int, text: str) -> None:
        """A signed text of a customer."""
        url = f"{self.url}/sms/v1/twilio/messages"
        form = {
            "MessageSid": f"SM{uuid7().hex}",
            "AccountSid": ACCOUNT_SID,
            "From": f"+1202555{customer:04d}",
            "To": NUMBER_EN,
            "Body": text,
            "NumMedia": "0",
        }
        signature = sign(TOKEN, url, list(form.items()))
        answer = await self.http.post(
            url,
            content=urlencode(form),
            headers={"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature},
        )
        answer.raise_for_status()

    async def give_cases_to_agent(self, count: int) -> None:
        """Answer the requests for work as routing would, until the agent has `count` cases."""
        given = 0
        positions: dict[int, int] = {}
        while given < count:
            for partition, end in (await self.bus.end_positions("work")).items():
                position = positions.get(partition, 0)
                if position < end:
                    records = await self.bus.read("work", partition, position, 500)
                    positions[partition] = records[-1].position + 1 if records else end
                    given += await self._accept([r for r in records if r.headers["ce_type"].endswith(b"requested.v1")])
            await asyncio.sleep(0.05)
        while (await self._owned()) < count:
            await asyncio.sleep(0.05)

    async def _owned(self) -> int:
        total, cursor = 0, None
        while True:
            params: dict[str, Any] = {"mine": "true", "limit": "200", **({"cursor": cursor} if cursor else {})}
            page = (await self.http.get(f"{self.url}/cases/v1/cases", params=params, headers=self.headers)).json()
            total, cursor = total + len(page["items"]), page.get("next")
            if not cursor:
                return total

    async def _accept(self, records: list[Any]) -> int:
        out = []
        for record in records:
            work = WorkRequested.model_validate_json(record.value)
            now = SystemClock().now()
            accepted = WorkAccepted(
                work_item_id=work.work_item_id,
                case_id=work.case_id,
                interaction_id=work.interaction_id,
                offer_id=uuid7(),
                agent_id=AGENT,
                queue=work.queue,
                channel=work.channel,
                enqueued_at=work.enqueued_at,
                waited_seconds=0.0,
                occurred_at=now,
            )
            headers = cloudevent_headers(
                id=uuid7(), type=accepted.event_type, source="bench", time=now, key=accepted.key
            )
            out.append(OutRecord(accepted.topic, accepted.key, accepted.model_dump_json().encode(), headers))
        if out:
            await self.bus.publish(out)
        return len(out)

    async def stream(self, seen: "dict[str, float]") -> None:
        """Note when each text appears on the agent's stream, by its wording, until cancelled."""
        async with self.http.stream("GET", f"{self.url}/cases/v1/events", headers=self.headers, timeout=None) as answer:
            async for line in answer.aiter_lines():
                if line.startswith("data:") and '"message_in"' in line:
                    seen[json.loads(line[5:]).get("text") or ""] = time.perf_counter()


@asynccontextmanager
async def message_path(bus_kind: str) -> AsyncIterator[MessagePath]:
    """Everything started on `log` or `kafka`, and stopped at the end."""
    issuer = TestIssuer()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        server = stack.enter_context(postgres(folder))
        bus_url = "embedded:"
        if bus_kind == "kafka":
            kafka = KafkaServer(folder / "kafka", cache=ROOT / "build" / "kafka")
            bus_url = await asyncio.to_thread(kafka.start)
            stack.callback(kafka.stop)
        port, keys_port = free_port(), free_port()
        async with keys_of(issuer, keys_port):
            url = f"http://127.0.0.1:{port}"
            environment = {
                "POSTHOUSE_DATABASE_URL": server.url,
                "POSTHOUSE_BUS_URL": bus_url,
                "POSTHOUSE_PUBLIC_BASE_URL": url,
                "POSTHOUSE_AUTH_ISSUER": ISSUER,
                "POSTHOUSE_AUTH_JWKS_URL": f"http://127.0.0.1:{keys_port}/jwks",
                "POSTHOUSE_SMS_TWILIO_ACCOUNT_SID": ACCOUNT_SID,
                "POSTHOUSE_SMS_TWILIO_AUTH_TOKEN": TOKEN,
                "POSTHOUSE_MIGRATE_ON_START": "true",
                "POSTHOUSE_LOG_LEVEL": "WARNING",
                "POSTHOUSE_DATA_DIR": str(folder),
            }
            arguments = ["-m", "posthouse", "serve", "sms", "cases", "--host", "127.0.0.1", "--port", str(port)]
            starting = process(arguments, environment, url=f"{url}/readyz", log=folder / "server.log")
            running = await asyncio.to_thread(starting.__enter__)
            stack.callback(starting.__exit__, None, None, None)
            bus = open_bus(database_of(server.url, "posthouse_bus") if bus_kind == "log" else bus_url, SystemClock())
            await bus.start()
            try:
                async with httpx.AsyncClient(timeout=30, trust_env=False) as http:
                    yield MessagePath(url, running.pid, server, bus, issuer, http)
            finally:
                await bus.stop()


@asynccontextmanager
async def keys_of(issuer: TestIssuer, port: int) -> AsyncIterator[None]:
    """The issuer's public keys, served on the port."""

    async def keys(_request: Request) -> JSONResponse:
        return JSONResponse(issuer.keys)

    config = uvicorn.Config(Starlette(routes=[Route("/jwks", keys)]), port=port, log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    try:
        yield
    finally:
        server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await serving
