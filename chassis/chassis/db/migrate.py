"""Creates databases and brings their schema up to date: the chassis's tables first, then the service's migrations."""

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from chassis.telemetry.logs import get_logger

log = get_logger(__name__)

CHASSIS_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 7_262_011_833  # one migration at a time per database


async def ensure_database(server_url: str, name: str) -> None:
    """Create database `name` on the server if it does not exist. Needs the right to create databases only then."""
    connection = await asyncpg.connect(server_url, timeout=10)
    try:
        if not await connection.fetchval("select 1 from pg_database where datname = $1", name):
            try:
                await connection.execute(f"create database \"{name}\" template template0 encoding 'UTF8'")
            except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
                log.info("another process created the database first", database=name)
    finally:
        await connection.close()


async def migrate(url: str, migrations: Path | None) -> None:
    """Bring the database at `url` to the newest schema. Safe to run from several processes at once."""
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1), pool_size=1)
    try:
        async with engine.connect() as connection:
            await connection.execute(text("select pg_advisory_lock(:key)"), {"key": _LOCK})
            try:
                await connection.run_sync(_upgrade, CHASSIS_MIGRATIONS, "alembic_version_chassis")
                if migrations is not None:
                    await connection.run_sync(_upgrade, migrations, "alembic_version")
                await connection.commit()
            except BaseException:
                await connection.rollback()
                raise
            finally:
                await connection.execute(text("select pg_advisory_unlock(:key)"), {"key": _LOCK})
                await connection.commit()
    finally:
        await engine.dispose()
    log.info("schema is up to date", database=urlsplit(url).path.lstrip("/"))


def _upgrade(connection: Connection, directory: Path, version_table: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(directory))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)

    def steps(revision: object, _context: MigrationContext) -> list[RevisionStep]:
        return script._upgrade_revs("head", revision)  # type: ignore[arg-type]

    with EnvironmentContext(config, script, fn=steps) as environment:
        environment.configure(connection=connection, version_table=version_table)
        environment.run_migrations()


def migrate_now(url: str, migrations: Path | None) -> None:
    """`migrate` for callers without an event loop."""
    asyncio.run(migrate(url, migrations))
