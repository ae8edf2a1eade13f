"""The migrations make exactly the declared tables."""

import importlib
import pkgutil

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

import cases.store
from cases.store.tables import Base
from tests.contract.cases.conftest import Bench

for module in pkgutil.iter_modules(cases.store.__path__):
    if "tables" in module.name:
        importlib.import_module(f"cases.store.{module.name}")


async def test_migrations_match_the_tables(bench: Bench) -> None:
    ours = set(Base.metadata.tables)

    def difference(connection: Connection) -> list[object]:
        def only_ours(_object: object, name: str | None, kind: str, _reflected: bool, _to: object) -> bool:
            return kind != "table" or name in ours

        context = MigrationContext.configure(connection, opts={"include_object": only_ours, "compare_type": True})
        return list(compare_metadata(context, Base.metadata))

    async with bench.service.db.engine.connect() as connection:
        assert await connection.run_sync(difference) == []
