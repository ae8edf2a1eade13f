"""Probes and metrics. `/livez`: the process works; `/readyz`: it can do its job now; `/startupz`: it came up."""

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import JSONResponse, Response

from chassis.http.deps import service_of

router = APIRouter(include_in_schema=False)


@router.get("/livez")
async def livez() -> dict[str, str]:
    """Answers while the event loop turns; needs nothing else, so a database outage does not restart pods."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(request: Request) -> JSONResponse:
    """200 if requests can be served, 503 with the obstacles otherwise."""
    obstacles = service_of(request).obstacles()
    status = {"status": "unavailable" if obstacles else "ok", "obstacles": obstacles}
    return JSONResponse(status, status_code=503 if obstacles else 200)


@router.get("/startupz")
async def startupz(request: Request) -> JSONResponse:
    """200 once the schema is up to date and all tasks run."""
    started = service_of(request).started
    return JSONResponse({"status": "ok" if started else "starting"}, status_code=200 if started else 503)


@router.get("/metrics")
async def read_metrics() -> Response:
    """All metrics of the process, in the Prometheus text format."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
