"""The migrations make the tables that the code declares."""

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from channel_voice.parameters import VoiceParameters
from channel_voice.store import calls as store
from channel_voice.store import erasure
from channel_voice.store.tables import Base
from channel_voice.trim import Trim
from chassis.db import Database
from tests.contract.channel_voice.loopback import Flow


async def test_the_schema_is_the_declared_one(calls: Flow) -> None:
    db: Database = calls.service.db

    def differences(connection: Connection) -> list[Any]:
        ours = set(Base.metadata.tables)
        context = MigrationContext.configure(
            connection, opts={"include_name": lambda name, kind, _: kind != "table" or name in ours}
        )
        return list(compare_metadata(context, Base.metadata))

    async with db.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_what_nobody_can_repeat_is_forgotten(calls: Flow) -> None:
    sid = await calls.dial()
    await calls.control("POST", f"/calls/{sid}/hangup")
    await calls.over(sid)
    running = await calls.dial()
    trim = Trim(calls.service.db, VoiceParameters())

    async def kept() -> tuple[int, int]:
        async with calls.service.db.read() as tx:
            [row] = await tx.fetch("select (select count(*) from answer) as a, (select count(*) from callback) as c")
        return row["a"], row["c"]

    await trim.once()
    assert await kept() == (2, 1)
    await calls.control("POST", f"/calls/{running}/hangup")
    await calls.over(running)
    await calls.clock.advance(8 * 86_400)
    await trim.once()
    assert await kept() == (0, 0)


async def test_what_is_stored_of_a_caller_goes(calls: Flow) -> None:
    sid = await calls.dial()
    await calls.control("POST", f"/calls/{sid}/hangup")
    await calls.over(sid)
    async with calls.service.db.read() as tx:
        [row] = await tx.fetch("select id, caller from call")
    async with calls.service.db.transaction() as tx:
        await erasure.erase(tx, [row["id"]])
        [erased] = await tx.fetch("select caller, fields::text as fields from call")
        [answer] = await tx.fetch("select string_agg(twiml, '') as twiml from answer")
        assert (await store.by_id(tx, row["id"])) is not None  # the rest can still be read
    assert row["caller"] and (erased["caller"], erased["fields"], answer["twiml"]) == ("", "{}", "")
