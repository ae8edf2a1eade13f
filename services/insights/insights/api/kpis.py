"""Endpoints of the KPIs."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AwareDatetime
from starlette.responses import StreamingResponse

from chassis.auth.principal import Principal
from chassis.db import DatabaseUnavailable
from chassis.http.deps import require
from chassis.http.problems import BadRequest, FieldError, problems
from chassis.tasks import wait_for_event
from insights.api.schemas import KpiReport, Live
from insights.reports import Reports

Reader = Annotated[Principal, Depends(require("insights:read"))]

router = APIRouter(prefix="/v1", tags=["KPIs"])


def _reports(request: Request) -> Reports:
    reports: Reports = request.app.state.reports
    return reports


ReportsDep = Annotated[Reports, Depends(_reports)]


@router.get("/kpis", responses=problems(400))
async def read_kpis(
    principal: Reader,
    reports: ReportsDep,
    begin: Annotated[AwareDatetime, Query(alias="from", examples=["2026-01-05T00:00:00+08:00"])],
    end: Annotated[AwareDatetime, Query(alias="to", examples=["2026-01-06T00:00:00+08:00"])],
    by: Annotated[
        str, Query(pattern="^(queue|channel|queue,channel|channel,queue)?$", max_length=20)
    ] = "queue,channel",
) -> KpiReport:
    """Service level, ASA, abandonment and response times of the work that arrived in [from, to)."""
    longest = timedelta(days=reports.parameters.longest_range_days)
    if not timedelta() < end - begin <= longest:
        detail = f"`to` must be after `from`, by at most {longest.days} days"
        raise BadRequest(detail, errors=[FieldError(pointer="query/to", detail=detail)])
    return await reports.report(begin, end, [name for name in by.split(",") if name])


@router.get("/live/snapshot")
async def read_live(principal: Reader, reports: ReportsDep) -> Live:
    """The present day and moment."""
    return await reports.live()


@router.get("/live", response_class=StreamingResponse)
async def stream_live(request: Request, principal: Reader, reports: ReportsDep) -> StreamingResponse:
    """The present day and moment, as server-sent events whenever a figure changes."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    draining: asyncio.Event = request.app.state.draining
    return StreamingResponse(_changes(reports, draining), media_type="text/event-stream", headers=headers)


async def _changes(reports: Reports, draining: asyncio.Event) -> AsyncIterator[bytes]:
    shown = ""
    while not draining.is_set():
        try:
            live = await reports.live()
        except DatabaseUnavailable:
            yield b": the database is away\n\n"
        else:
            comparable = live.model_dump_json(exclude={"at": True, "report": {"begin", "end"}})
            if comparable != shown:
                shown = comparable
                yield f"event: live\ndata: {live.model_dump_json()}\n\n".encode()
            else:
                yield b": still the same\n\n"
        await wait_for_event(draining, reports.parameters.live_seconds)
