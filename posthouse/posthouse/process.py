"""One process: its surroundings, the services it hosts, and the web server in front of them."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from types import FrameType

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from chassis import memory
from chassis.auth.tokens import TokenVerifier
from chassis.bus.factory import open_bus
from chassis.bus.port import Bus, BusUnavailable
from chassis.clock import SystemClock
from chassis.db.errors import DatabaseUnavailable, is_unavailable
from chassis.db.migrate import ensure_database
from chassis.http.health import read_metrics
from chassis.runtime import Runtime
from chassis.service import Service
from chassis.settings import ChassisSettings, database_of
from chassis.telemetry import logs, traces
from chassis.telemetry.logs import get_logger
from posthouse.registry import Entry, NotConfigured
from posthouse.service_tokens import tokens_from_settings
from posthouse.static import web_app

log = get_logger(__name__)


def configure_telemetry(settings: ChassisSettings, name: str) -> None:
    """Logs and traces of the process."""
    logs.configure(settings.log_level, settings.log_format)
    traces.configure(
        name, environment=settings.environment, ratio=settings.trace_ratio, otlp_endpoint=settings.otlp_endpoint
    )


async def open_runtime(
    settings: ChassisSettings,
    *,
    server_url: str,
    identity: TokenVerifier | None = None,
    single_process: bool = False,
    migrate_on_start: bool = False,
) -> Runtime:
    """Connect to the surroundings that the settings describe. Waits for a bus that is still coming up."""
    clock = SystemClock()
    if settings.bus_url.startswith("embedded"):
        bus_database = f"{settings.database_prefix}bus"
        await _until_it_answers(lambda: ensure_database(server_url, bus_database))
        bus = open_bus(database_of(server_url, bus_database), clock)
    else:
        bus = open_bus(settings.bus_url, clock)
    verifier = identity or TokenVerifier(
        issuer=settings.issuer(), audience=settings.auth_audience, jwks_url=settings.auth_jwks_url
    )
    runtime = Runtime(
        settings=settings,
        bus=bus,
        database_server_url=server_url,
        identity=verifier,
        tokens=tokens_from_settings(settings),
        clock=clock,
        single_process=single_process,
        migrate_on_start=migrate_on_start,
    )
    if settings.instance:
        runtime.instance = settings.instance
    await _until_it_answers(lambda: _start_bus(bus, runtime))
    return runtime


async def _start_bus(bus: Bus, runtime: Runtime) -> None:
    await bus.start()
    await runtime.ensure_topics()


async def _until_it_answers(attempt: Callable[[], Awaitable[None]]) -> None:
    """Repeat while the database or the bus is away: a process that waits comes up sooner than one that dies."""
    while True:
        try:
            await attempt()
            return
        except (BusUnavailable, DatabaseUnavailable) as error:
            reason = repr(error)
        except Exception as error:
            if not is_unavailable(error):
                raise
            reason = repr(error)
        log.warning("waiting for what this process stands on", reason=reason)
        await asyncio.sleep(1)


@dataclass
class Host:
    """The services of a process behind one web server."""

    runtime: Runtime
    entries: Sequence[Entry]
    skip_unconfigured: bool = False
    services: list[Service] = field(default_factory=list)

    def build(self, routes: Sequence[BaseRoute] = (), *, fallback: ASGIApp | None = None) -> Starlette:
        """The web app: each service under its prefix, the process's own probes, and further routes."""
        mounts = []
        for entry in self.entries:
            try:
                service = entry.build(self.runtime)
            except NotConfigured as error:
                if not self.skip_unconfigured:
                    raise
                log.warning("a channel stays off", reason=str(error))
                continue
            self.services.append(service)
            mount = Mount(entry.prefix, app=service.app, name=entry.name)
            # A line break in an address must reach the service, too: it answers with a problem document.
            mount.path_regex = re.compile(mount.path_regex.pattern, re.DOTALL)
            mounts.append(mount)
        probes = [
            Route("/livez", _livez),
            Route("/readyz", self._readyz),
            Route("/startupz", self._startupz),
            Route("/metrics", _metrics),
        ]
        catch_all = [Mount("/", app=fallback)] if fallback else []
        return Starlette(routes=[*probes, *mounts, *routes, *catch_all], lifespan=self._lifespan)

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for service in self.services:  # one after the other: Alembic migrates one database at a time
                stack.push_async_callback(service.stop)
                await _until_it_answers(service.start)
            stack.enter_context(memory.settled())
            yield
        await self.runtime.bus.stop()

    async def _readyz(self, _request: Request) -> JSONResponse:
        obstacles = {service.name: found for service in self.services if (found := service.obstacles())}
        body = {"status": "unavailable" if obstacles else "ok", "obstacles": obstacles}
        return JSONResponse(body, status_code=503 if obstacles else 200)

    async def _startupz(self, _request: Request) -> JSONResponse:
        started = all(service.started for service in self.services)
        return JSONResponse({"status": "ok" if started else "starting"}, status_code=200 if started else 503)


async def _livez(_request: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})


async def _metrics(_request: Request) -> Response:
    return await read_metrics()


class DrainingServer(uvicorn.Server):
    """A web server that tells the runtime to drain before it waits for open requests to end."""

    def __init__(self, config: uvicorn.Config, draining: asyncio.Event) -> None:
        super().__init__(config)
        self._draining = draining

    async def stop_when_draining(self) -> None:
        """End the server when the process decides to drain by itself."""
        await self._draining.wait()
        self.should_exit = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first signal drains; a second one ends at once."""
        self._draining.set()
        super().handle_exit(sig, frame)


async def serve_pages(settings: ChassisSettings, *, host: str, port: int) -> None:
    """Serve the built web pages alone, with the probes that Kubernetes asks for."""
    probes = [Route(path, _livez) for path in ("/livez", "/readyz", "/startupz")]
    app = Starlette(routes=[*probes, Route("/metrics", _metrics), Mount("/", app=web_app())])
    await _run(app, asyncio.Event(), host=host, port=port, drain_seconds=settings.drain_seconds)


async def serve(app: ASGIApp, runtime: Runtime, *, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT, then drain."""
    await _run(app, runtime.draining, host=host, port=port, drain_seconds=runtime.settings.drain_seconds)


async def _run(app: ASGIApp, draining: asyncio.Event, *, host: str, port: int, drain_seconds: float) -> None:
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=int(drain_seconds),
        ws_max_size=128 * 1024,
        server_header=False,
    )
    server = DrainingServer(config, draining)
    watching = asyncio.create_task(server.stop_when_draining())
    try:
        await server.serve()
    finally:
        watching.cancel()
