"""What the commands do."""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from chassis import deadletters
from chassis.bus.port import Bus
from chassis.settings import ChassisSettings
from contracts.catalogue import TOPICS
from posthouse.allinone import all_in_one, local_database, users_file
from posthouse.errors import CommandError
from posthouse.issuer.users import ROLE_SCOPES, User, hash_password, load_users, save_users
from posthouse.process import Host, configure_telemetry, open_runtime, serve_pages
from posthouse.process import serve as serve_app
from posthouse.registry import BY_NAME, SERVICES, Entry, NotConfigured


async def up(host: str, port: int) -> None:
    """The all-in-one process."""
    settings = _listening(ChassisSettings(log_format="text"), port)
    configure_telemetry(settings, "posthouse")
    if settings.auth_issuer is None and not load_users(users_file(settings)):
        raise CommandError(
            "there are no users yet. Add one with: posthouse users add admin --name Admin --role admin\n"
            "           (or look around first with: posthouse demo)"
        )
    async with all_in_one(settings, demo=False) as house:
        _say(f"驿站 Posthouse  {settings.public_base_url}/desk/   (Ctrl-C stops it)")
        await serve_app(house.app, house.runtime, host=host, port=port)


async def demo(host: str, port: int, *, once: bool, as_json: bool, keep: bool) -> int:
    """The demo, for looking at or driven by script. Returns the exit status."""
    from posthouse.demo.run import run_demo

    settings = _listening(ChassisSettings(log_format="text", log_level="WARNING"), port)
    if keep:
        return await run_demo(settings, host, port, once=once, as_json=as_json)
    with tempfile.TemporaryDirectory(prefix="posthouse-demo-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL runs as another user below it
        fresh = settings.model_copy(update={"data_dir": folder})
        return await run_demo(fresh, host, port, once=once, as_json=as_json)


async def serve(names: Sequence[str], host: str, port: int) -> None:
    """Some services, on surroundings that exist already; `web` serves the built pages and needs nothing."""
    settings = ChassisSettings()
    configure_telemetry(settings, "-".join(names))
    if list(names) == ["web"]:
        await serve_pages(settings, host=host, port=port)
        return
    entries = _entries(names)
    runtime = await open_runtime(settings, server_url=_server_url(settings), migrate_on_start=settings.migrate_on_start)
    try:
        app = Host(runtime, entries).build()
    except NotConfigured as error:
        raise CommandError(str(error)) from error
    await serve_app(app, runtime, host=host, port=port)


async def migrate(names: Sequence[str]) -> None:
    """Databases, schemas, topics."""
    settings = ChassisSettings(log_format="text")
    configure_telemetry(settings, "migrate")
    runtime = await open_runtime(settings, server_url=_server_url(settings))
    for entry in _entries(names or [entry.name for entry in SERVICES]):
        service = entry.build(runtime)
        await service.migrate()
        await service.db.close()
        _say(f"{entry.name}: schema is up to date")
    await runtime.bus.stop()


async def doctor() -> int:
    """Checks, one line each. Returns 1 if something is missing."""
    from posthouse.doctor import examine

    failed = False
    for finding in await examine(ChassisSettings()):
        failed = failed or not finding.ok
        mark = "WARNING" if finding.warning else "ok     " if finding.ok else "MISSING"
        _say(f"{mark}  {finding.subject}: {finding.detail}")
    return 1 if failed else 0


def contracts_export() -> None:
    """Write the contract documents."""
    from posthouse.contract_documents import export

    for path in export():
        _say(f"written: {path}")


def contracts_check(against: Path | None) -> int:
    """Compare the contract documents with the code. Returns 1 if something is wrong."""
    from posthouse.contract_documents import check

    findings = check(against)
    for finding in findings:
        _say(finding)
    _say("contracts: " + (f"{len(findings)} problem(s)" if findings else "in order"))
    return 1 if findings else 0


def k8s_write() -> None:
    """Write the generated manifests."""
    from posthouse.k8s import write

    for path in write():
        _say(f"written: {path}")


def procedures_check() -> int:
    """Check the procedures. Returns 1 if one is wrong."""
    from cases.procedures import check

    findings = check()
    for finding in findings:
        _say(finding)
    _say("procedures: " + (f"{len(findings)} problem(s)" if findings else "in order"))
    return 1 if findings else 0


def procedures_draw(name: str) -> int:
    """Print the diagram of a procedure. Returns 1 if there is none of that name."""
    from cases.procedures import draw_mermaid

    try:
        print(draw_mermaid(name))
    except KeyError:
        _say(f"there is no procedure {name!r}")
        return 1
    return 0


async def dead_letters_list(service: str) -> None:
    """Print the dead letters of a service."""
    async with _bus_for(service) as bus:
        count = 0
        for topic in TOPICS:
            if service not in topic.consumers:
                continue
            async for letter in deadletters.list_dead(bus, topic.name, service):
                count += 1
                print(f"{letter.died_at:%Y-%m-%d %H:%M:%S}  {letter.event_type}  {letter.key}  {letter.error}")
        _say(f"{count} dead letter(s) of {service}")


async def dead_letters_replay(service: str, only: str | None) -> None:
    """Publish the dead letters of a service again."""
    async with _bus_for(service) as bus:
        for topic in TOPICS:
            if service in topic.consumers and only in (None, topic.name):
                count = await deadletters.replay(bus, topic.name, service)
                _say(f"{topic.name}: {count} replayed")


def users_add(user: str, name: str, roles: Sequence[str], password: str) -> None:
    """Add or replace a user of the local issuer."""
    unknown = set(roles) - set(ROLE_SCOPES)
    if unknown:
        raise CommandError(f"unknown role {', '.join(sorted(unknown))}; choose from {', '.join(ROLE_SCOPES)}")
    path = users_file(ChassisSettings())
    others = [known for known in load_users(path) if known.id != user]
    save_users(path, [*others, User(user, name, tuple(roles), hash_password(password))])
    _say(f"user {user} can sign in after the next start")


class _bus_for:  # noqa: N801 - reads as a statement: `async with _bus_for(service) as bus`
    """The configured bus, for tools that look at one service's events."""

    def __init__(self, service: str) -> None:
        _entries([service])
        self._settings = ChassisSettings()
        self._database = local_database(self._settings)
        self._bus: Bus | None = None

    async def __aenter__(self) -> Bus:
        runtime = await open_runtime(self._settings, server_url=self._database.__enter__())
        self._bus = runtime.bus
        return runtime.bus

    async def __aexit__(self, *error: object) -> None:
        if self._bus:
            await self._bus.stop()
        self._database.__exit__(*error)


def _entries(names: Sequence[str]) -> list[Entry]:
    unknown = [name for name in names if name not in BY_NAME]
    if unknown:
        raise CommandError(f"there is no service {unknown[0]!r}; choose from {', '.join(BY_NAME)}")
    return [BY_NAME[name] for name in names]


def _server_url(settings: ChassisSettings) -> str:
    if settings.database_url is None:
        raise CommandError(
            "set POSTHOUSE_DATABASE_URL to the PostgreSQL server (postgresql://user:password@host/postgres)"
        )
    return settings.database_url.get_secret_value()


def _listening(settings: ChassisSettings, port: int) -> ChassisSettings:
    """Unless told otherwise, the public address is the one we listen on."""
    if "public_base_url" in settings.model_fields_set:
        return settings
    return settings.model_copy(update={"public_base_url": f"http://localhost:{port}"})


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
