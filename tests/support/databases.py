"""Databases for tests, used again and again: to create one costs a hundred milliseconds of the kernel's time.

A test gets a migrated database under its own name. Afterwards its rows are deleted and it waits for the next test.
"""

from collections.abc import Awaitable, Callable
from itertools import count

import asyncpg

from chassis.settings import database_of

_MOST_GROWTH = 12_000_000
"""Bytes beyond its template at which a database is dropped: rows of big tests are not worth deleting."""

_TABLES = """
select oid::regclass::text as name from pg_class
where relkind = 'r' and relnamespace = 'public'::regnamespace and relname not like 'alembic_version%'
"""

_WIPE = f"""
do $$
declare found record;
begin
    set local session_replication_role = replica;
    for found in {_TABLES}
    loop
        execute 'delete from ' || found.name;
    end loop;
    perform setval(oid::regclass, 1, false) from pg_class
        where relkind = 'S' and relnamespace = 'public'::regnamespace;
end $$
"""


class DatabasePool:
    """The databases of one PostgreSQL server that no test uses at the moment, by the template they came from."""

    def __init__(self) -> None:
        self._free: dict[str, list[str]] = {}
        self._templates: dict[str, int] = {}
        self._seeds: dict[str, dict[str, str]] = {}
        self._origin: dict[str, str] = {}
        self._numbers = count()

    async def take(self, server_url: str, template: str, name: str, fill: Callable[[str], Awaitable[None]]) -> None:
        """Give a database like `template` under this name; `fill` makes the template, given its URL, when it is new."""
        connection = await asyncpg.connect(server_url)
        try:
            if await connection.fetchval("select 1 from pg_database where datname = $1", name):
                return
            if template not in self._templates:
                await connection.execute(f"create database \"{template}\" template template0 encoding 'UTF8'")
                await fill(database_of(server_url, template))
                self._seeds[template] = await _rows(database_of(server_url, template))
                self._templates[template] = await connection.fetchval("select pg_database_size($1::name)", template)
            if waiting := self._free.get(template):
                await connection.execute(f'alter database "{waiting.pop()}" rename to "{name}"')
            else:
                await connection.execute(f'create database "{name}" template "{template}"')
            self._origin[name] = template
        finally:
            await connection.close()

    async def give_back(self, server_url: str, prefix: str) -> None:
        """Clear the databases whose names begin so and keep them; drop those that cannot be used again."""
        connection = await asyncpg.connect(server_url)
        try:
            rows = await connection.fetch(
                """select datname as name, pg_database_size(oid) as size from pg_database
                   where starts_with(datname, $1)""",
                prefix,
            )
            for row in rows:
                template = self._origin.pop(row["name"], None)
                if template is None or row["size"] > self._templates[template] + _MOST_GROWTH:
                    await connection.execute(f'drop database "{row["name"]}" with (force)')
                    continue
                await connection.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", row["name"]
                )
                await _wipe(database_of(server_url, row["name"]), self._seeds[template])
                name = f"free_{next(self._numbers)}"
                await connection.execute(f'alter database "{row["name"]}" rename to "{name}"')
                self._free.setdefault(template, []).append(name)
        finally:
            await connection.close()


async def _rows(url: str) -> dict[str, str]:
    """What migrations put into tables, as JSON, by table."""
    connection = await asyncpg.connect(url)
    try:
        tables = await connection.fetch(_TABLES)
        found = {
            table["name"]: await connection.fetchval(f"select json_agg(t)::text from {table['name']} t")
            for table in tables
        }
    finally:
        await connection.close()
    return {table: rows for table, rows in found.items() if rows is not None}


async def _wipe(url: str, seeds: dict[str, str]) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(_WIPE)
        for table, rows in seeds.items():
            await connection.execute(
                f"insert into {table} overriding system value select * from json_populate_recordset(null::{table}, $1)",
                rows,
            )
    finally:
        await connection.close()
