"""Server-sent events over durable streams: a client that reconnects with `Last-Event-ID` misses and repeats nothing.

A heartbeat event carries the newest number, which proves delivery and not just a living TCP connection. A client that
asks for a place that is no longer kept gets a `reset` event and must read the present state again.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from fastapi import Request
from pydantic import Field
from starlette.responses import StreamingResponse

from chassis.db.database import Database, stream_signal
from chassis.db.errors import DatabaseUnavailable
from chassis.http.problems import BadRequest, FieldError
from chassis.parameters import ParameterSet
from chassis.tasks import wait_for_event
from chassis.telemetry import metrics

_PAGE = 500


class StreamParameters(ParameterSet):
    """How live streams behave."""

    version: int = 1
    heartbeat_seconds: float = Field(default=15, description="silence before a heartbeat; proxies cut at 60 s or more")
    poll_seconds: float = Field(default=2, description="safety poll beside the wake-ups; proposed")
    retry_milliseconds: int = Field(default=1000, description="reconnection delay told to the client; proposed")
    retention_hours: float = Field(default=24, description="how long entries can be resumed from; proposed")


def resume_point(request: Request) -> int | None:
    """The number of the last entry the client has, from `Last-Event-ID` or `?after=`; None for "from now on"."""
    text = request.headers.get("last-event-id") or request.query_params.get("after")
    if text is None or text == "":
        return None
    if not text.isdigit() or len(text) > 18:
        raise BadRequest(
            "Last-Event-ID must be the number of an event of this stream.",
            errors=[FieldError(pointer="header/last-event-id", detail="not a number")],
        )
    return int(text)


def event_stream(
    request: Request, db: Database, channel: str, *, parameters: StreamParameters | None = None
) -> StreamingResponse:
    """The entries of `channel` as server-sent events, from the client's resume point on, until it goes away."""
    after = resume_point(request)
    draining: asyncio.Event | None = getattr(request.app.state, "draining", None)
    entries = _entries(db, channel, after, parameters or StreamParameters.load(), draining or asyncio.Event())
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(entries, media_type="text/event-stream", headers=headers)


async def _entries(
    db: Database, channel: str, after: int | None, parameters: StreamParameters, draining: asyncio.Event
) -> AsyncIterator[bytes]:
    metrics.STREAM_LISTENERS.labels(db.service).inc()
    try:
        with db.signals.listening(stream_signal(channel)) as woken:
            yield f"retry: {parameters.retry_milliseconds}\n\n".encode()
            position, gap = await _begin(db, channel, after)
            yield _frame(position, "reset" if gap else "hello", f'{{"seq":{position}}}')
            quiet = 0.0
            while not draining.is_set():
                woken.clear()
                sent = False
                with suppress(DatabaseUnavailable):
                    for seq, type_name, data in await _read(db, channel, position):
                        yield _frame(seq, type_name, data)
                        position, sent = seq, True
                if sent:
                    quiet = 0.0
                    continue
                if quiet >= parameters.heartbeat_seconds:
                    yield _frame(position, "heartbeat", f'{{"seq":{position}}}')
                    quiet = 0.0
                if not await wait_for_event(woken, parameters.poll_seconds):
                    quiet += parameters.poll_seconds
    finally:
        metrics.STREAM_LISTENERS.labels(db.service).dec()


async def _begin(db: Database, channel: str, after: int | None) -> tuple[int, bool]:
    """Where to start, and whether entries between there and the client's place are gone."""
    async with db.read() as tx:
        rows = await tx.fetch(
            """select (select last_seq from stream_head where channel = $1) as head,
                      (select min(seq) from stream_entry where channel = $1) as oldest""",
            channel,
        )
    head = rows[0]["head"] or 0
    oldest = rows[0]["oldest"] or head + 1
    if after is None:
        return head, False
    if after > head or after < oldest - 1:
        return head, True
    return after, False


async def _read(db: Database, channel: str, after: int) -> list[tuple[int, str, str]]:
    async with db.read() as tx:
        rows = await tx.fetch(
            """select seq, type, data::text as data from stream_entry
               where channel = $1 and seq > $2 order by seq limit $3""",
            channel,
            after,
            _PAGE,
        )
    return [(row["seq"], row["type"], row["data"]) for row in rows]


def _frame(seq: int, type_name: str, data: str) -> bytes:
    return f"id: {seq}\nevent: {type_name}\ndata: {data}\n\n".encode()


async def trim_streams(db: Database, retention_hours: float) -> int:
    """Remove entries that are too old to resume from. Returns how many went."""
    async with db.transaction() as tx:
        rows = await tx.fetch(
            """with gone as (delete from stream_entry
                   where created_at < $1::timestamptz - make_interval(secs => $2) returning 1)
               select count(*) as n from gone""",
            tx.now,
            retention_hours * 3600,
        )
    return int(rows[0]["n"])
