"""The migrations make exactly the declared tables."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from channel_sms.store.tables import Base
from chassis.service import Service


async def test_migrations_match_the_tables(service: Service) -> None:
    ours = set(Base.metadata.tables)

    def difference(connection: Connection) -> list[object]:
        def only_ours(_object: object, name: str | None, kind: str, _reflected: bool, _to: object) -> bool:
            return kind != "table" or name in ours

        context = MigrationContext.configure(connection, opts={"include_object": only_ours, "compare_type": True})
        return list(compare_metadata(context, Base.metadata))

    async with service.db.engine.connect() as connection:
        assert await connection.run_sync(difference) == []
