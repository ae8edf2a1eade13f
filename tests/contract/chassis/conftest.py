"""A service just large enough to show every promise of the chassis: counters that people raise and events report."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import pytest
from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from chassis.auth.principal import Principal
from chassis.db import Tx
from chassis.http.deps import DB, WebhookIntake, raw_body, require
from chassis.http.etag import check_if_match, etag
from chassis.http.idempotency import OnceOnly
from chassis.http.problems import NotFound, problems
from chassis.http.sse import StreamParameters, event_stream
from chassis.ids import uuid7
from chassis.runtime import Runtime
from chassis.service import Service
from contracts.cases import CaseReopened
from contracts.event import Event
from contracts.work import WorkCancelled


class Raise(BaseModel):
    """By how much."""

    by: int = Field(ge=1, le=1000)
    reason: str = Field(default="", max_length=100)


Reader = Annotated[Principal, Depends(require("counters:read"))]
Writer = Annotated[Principal, Depends(require("counters:write"))]

router = APIRouter(prefix="/v1/counters")


@router.post("/{counter}/raise", status_code=201, responses=problems(412, 422))
async def raise_counter(counter: UUID, body: Raise, request: Request, principal: Writer, once: OnceOnly) -> Response:
    """Raise a counter and tell the world."""

    async def effect(tx: Tx) -> dict[str, Any]:
        rows = await tx.fetch("select value from counter where id = $1 for update", counter)
        if rows:
            check_if_match(request, rows[0]["value"])
        value = await raise_by(tx, counter, body.by)
        tx.emit(CaseReopened(case_id=counter, actor=principal.subject, reason=str(value), occurred_at=tx.now))
        tx.append_stream(f"counter:{counter}", "raised", {"value": value, "reason": body.reason})
        tx.audit(principal.subject, "counter.raised", f"counter/{counter}", {"by": body.by})
        if body.reason == "explode":
            raise RuntimeError("as asked")
        return {"value": value, "reason": body.reason}

    return await once.run(effect, status=201, headers=lambda result: {"ETag": etag(result["value"])})


@router.get("/{counter}")
async def read_counter(counter: UUID, principal: Reader, db: DB) -> dict[str, int]:
    """The value of a counter."""
    async with db.read() as tx:
        rows = await tx.fetch("select value from counter where id = $1", counter)
    if not rows:
        raise NotFound("counter", counter)
    return {"value": rows[0]["value"]}


@router.get("/{counter}/events")
async def counter_events(counter: UUID, request: Request, principal: Reader, db: DB) -> Response:
    """Live events of a counter."""
    quick = StreamParameters(heartbeat_seconds=0.2, poll_seconds=0.1)
    return event_stream(request, db, f"counter:{counter}", parameters=quick)


@router.post("/webhook", dependencies=[WebhookIntake], status_code=204)
async def webhook(request: Request) -> None:
    """A provider's webhook."""
    await raw_body(request)


async def raise_by(tx: Tx, counter: UUID, by: int) -> int:
    """Add to the counter, making it if need be; the row stays locked until the commit."""
    rows = await tx.fetch(
        """insert into counter (id, value) values ($1, $2)
           on conflict (id) do update set value = counter.value + excluded.value returning value""",
        counter,
        by,
    )
    return int(rows[0]["value"])


async def on_case_reopened(tx: Tx, event: Event[CaseReopened]) -> None:
    """Count what the other half of the service reported."""
    if event.data.reason == "poison":
        raise ValueError("cannot be handled")
    await raise_by(tx, event.data.case_id, 1)


async def on_work_cancelled(tx: Tx, event: Event[WorkCancelled]) -> None:
    """Log the order of arrival."""
    await tx.fetch("insert into seen (key, note) values ($1, $2)", event.data.work_item_id, event.data.reason)


def build_counters(runtime: Runtime, *, consume: bool = False) -> Service:
    """The example service."""
    service = Service("counters", runtime, title="Counters", migrations=None, max_body_bytes=4096)
    service.include(router)

    async def tables() -> None:
        async with service.db.transaction() as tx:
            await tx.fetch("create table if not exists counter (id uuid primary key, value bigint not null)")
            await tx.fetch(
                "create table if not exists seen (n bigint generated always as identity, key uuid, note text)"
            )

    service.on_start(tables)
    if consume:
        service.consume({CaseReopened: on_case_reopened, WorkCancelled: on_work_cancelled})

    async def ring(tx: Tx, key: str, payload: dict[str, Any]) -> None:
        if payload.get("fail"):
            raise RuntimeError("as asked")
        await raise_by(tx, UUID(key), int(payload["by"]))

    service.on_timer("ring", ring)
    return service


@pytest.fixture
def counter() -> UUID:
    """A counter no other test knows."""
    return uuid7()


@pytest.fixture
def instant() -> datetime:
    """Any instant."""
    return datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
