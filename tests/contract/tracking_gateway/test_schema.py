"""The migrations make exactly the declared tables."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from tests.contract.tracking_gateway.conftest import Gateway
from tracking_gateway.store import tables_followers, tables_network, tables_sources
from tracking_gateway.store.tables import Base


async def test_migrations_match_the_tables(gateway: Gateway) -> None:
    ours = set(Base.metadata.tables)
    for row in (
        tables_sources.ProviderSubscriptionRow,
        tables_network.IncidentRow,
        tables_followers.FollowerRow,
    ):
        assert row.__tablename__ in ours

    def difference(connection: Connection) -> list[object]:
        def only_ours(_object: object, name: str | None, kind: str, _reflected: bool, _to: object) -> bool:
            return kind != "table" or name in ours

        context = MigrationContext.configure(connection, opts={"include_object": only_ours, "compare_type": True})
        return list(compare_metadata(context, Base.metadata))

    async with gateway.service.db.engine.connect() as connection:
        assert await connection.run_sync(difference) == []
