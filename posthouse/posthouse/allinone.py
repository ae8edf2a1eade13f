"""Everything in one process, on a PostgreSQL of its own: for a laptop, a trial, a small branch."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount

from chassis.auth.tokens import TokenVerifier
from chassis.db.server import PostgresServer
from chassis.runtime import Runtime
from chassis.settings import ChassisSettings
from chassis.telemetry.logs import get_logger
from posthouse.issuer import DEMO_USERS, LocalTokens, SigningKey, TokenMaker, User, build_issuer, load_users
from posthouse.process import Host, open_runtime
from posthouse.registry import SERVICES
from posthouse.static import web_app

log = get_logger(__name__)

DESK_CLIENT = "posthouse-desk"


@dataclass
class AllInOne:
    """The assembled process, ready to be served."""

    settings: ChassisSettings
    runtime: Runtime
    host: Host
    app: Starlette
    tokens: TokenMaker
    users: Sequence[User] = field(default_factory=tuple)


@asynccontextmanager
async def all_in_one(
    settings: ChassisSettings, *, demo: bool, routes: Sequence[BaseRoute] = ()
) -> AsyncIterator[AllInOne]:
    """Start the database, connect everything, build the web app. `routes` are served beside the services."""
    with local_database(settings) as server_url:
        issuer = settings.issuer()
        maker = TokenMaker(
            SigningKey.load(Path(settings.data_dir) / "issuer-key.pem"), issuer=issuer, audience=settings.auth_audience
        )
        own_issuer = settings.auth_issuer is None
        runtime = await open_runtime(
            settings,
            server_url=server_url,
            identity=TokenVerifier(issuer=issuer, audience=settings.auth_audience, keys=maker.key.public_set())
            if own_issuer
            else None,
            single_process=True,
            migrate_on_start=True,
        )
        users: Sequence[User] = ()
        own: list[BaseRoute] = []
        if own_issuer:
            runtime.tokens = LocalTokens(maker)
            users = DEMO_USERS if demo else load_users(users_file(settings))
            clients = {DESK_CLIENT: [f"{settings.public_base_url.rstrip('/')}/desk/"]}
            own.append(Mount("/auth", app=build_issuer(maker, users, clients=clients, demo=demo)))
        host = Host(runtime, SERVICES, skip_unconfigured=not demo)
        app = host.build([*own, *routes], fallback=web_app())
        yield AllInOne(settings, runtime, host, app, maker, users)


class local_database:  # noqa: N801 - reads as a statement: `with local_database(settings) as url`
    """The configured database server, or one of our own that lives as long as the block."""

    def __init__(self, settings: ChassisSettings) -> None:
        self._settings = settings
        self._server: PostgresServer | None = None

    def __enter__(self) -> str:
        if self._settings.database_url:
            return self._settings.database_url.get_secret_value()
        server = PostgresServer(Path(self._settings.data_dir) / "postgres")
        running = server.already_running()
        if running:  # a tool beside a running `posthouse up`: its server is used, and left running
            return running
        self._server = server
        return server.start()

    def __exit__(self, *_error: object) -> None:
        if self._server:
            self._server.stop()


def users_file(settings: ChassisSettings) -> Path:
    """Where the local issuer's users are kept."""
    return Path(settings.data_dir) / "users.yaml"
