"""The migrations make exactly the declared tables."""

import importlib
import pkgutil

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from cases import store
from cases.store.tables import Base
from tests.contract.cases.conftest import Bench


async def test_migrations_match_the_tables(bench: Bench) -> None:
    for module in pkgutil.iter_modules(store.__path__):
        if module.name.startswith("tables"):
            importlib.import_module(f"{store.__name__}.{module.name}")
    ours = set(Base.metadata.tables)

    def difference(connection: Connection) -> list[object]:
        def only_ours(_object: object, name: str | None, kind: str, _reflected: bool, _to: object) -> bool:
            return kind != "table" or name in ours

        context = MigrationContext.configure(connection, opts={"include_object": only_ours, "compare_type": True})
        return list(compare_metadata(context, Base.metadata))

    async with bench.service.db.engine.connect() as connection:
        assert await connection.run_sync(difference) == []
