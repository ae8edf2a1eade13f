"""Configurations: those that were in force, and drafts that people work on. Drafts are written by any replica."""

from typing import Any
from uuid import UUID

import orjson

from chassis.db import Tx

Row = dict[str, Any]

_DRAFT = """draft_id, domain, base_version, version, body::text as body, note, state, activated_version, created_at,
    created_by, changed_at, changed_by"""


async def in_force(tx: Tx, domain: str) -> Row | None:
    """The configuration in force."""
    rows = await tx.fetch(_versions("order by version desc limit 1"), domain)
    return _loaded(rows[0]) if rows else None


async def version(tx: Tx, domain: str, number: int) -> Row | None:
    """A configuration that is or was in force."""
    rows = await tx.fetch(_versions("and version = $2"), domain, number)
    return _loaded(rows[0]) if rows else None


async def history(tx: Tx, domain: str, before: int, limit: int) -> list[Row]:
    """What was in force, newest first, without the documents."""
    rows = await tx.fetch(
        """select domain, version, note, activated_at, activated_by from configuration
           where domain = $1 and version < $2 order by version desc limit $3""",
        domain,
        before,
        limit,
    )
    return [dict(row) for row in rows]


def _versions(which: str) -> str:
    return f"""select domain, version, body::text as body, note, activated_at, activated_by from configuration
               where domain = $1 {which}"""


async def add(tx: Tx, draft_id: UUID, domain: str, base: int, body: Row, note: str | None, by: str) -> Row:
    """A new draft."""
    rows = await tx.fetch(
        f"""insert into configuration_draft (draft_id, domain, base_version, version, body, note, state, created_at,
                created_by, changed_at, changed_by)
            values ($1, $2, $3, 1, $4::text::jsonb, $5, 'open', $6, $7, $6, $7) returning {_DRAFT}""",
        draft_id,
        domain,
        base,
        orjson.dumps(body).decode(),
        note,
        tx.now,
        by,
    )
    return _loaded(rows[0])


async def draft(tx: Tx, draft_id: UUID, *, lock: bool = False) -> Row | None:
    """A draft, locked against other writers if asked."""
    sql = f"select {_DRAFT} from configuration_draft where draft_id = $1" + (" for update" if lock else "")
    rows = await tx.fetch(sql, draft_id)
    return _loaded(rows[0]) if rows else None


async def drafts(tx: Tx, domain: str, limit: int) -> list[Row]:
    """The drafts of a domain, the one changed last first."""
    rows = await tx.fetch(
        f"select {_DRAFT} from configuration_draft where domain = $1 order by changed_at desc, draft_id limit $2",
        domain,
        limit,
    )
    return [_loaded(row) for row in rows]


async def change(tx: Tx, draft_id: UUID, base: int, body: Row, note: str | None, by: str) -> Row:
    """Replace what a draft says."""
    rows = await tx.fetch(
        f"""update configuration_draft set base_version = $2, version = version + 1, body = $3::text::jsonb, note = $4,
                changed_at = $5, changed_by = $6
            where draft_id = $1 returning {_DRAFT}""",
        draft_id,
        base,
        orjson.dumps(body).decode(),
        note,
        tx.now,
        by,
    )
    return _loaded(rows[0])


async def close(tx: Tx, draft_id: UUID, state: str, by: str, activated: int | None = None) -> None:
    """End a draft: `activated` or `discarded`."""
    await tx.fetch(
        """update configuration_draft set state = $2, activated_version = $3, version = version + 1, changed_at = $4,
               changed_by = $5
           where draft_id = $1""",
        draft_id,
        state,
        activated,
        tx.now,
        by,
    )


def _loaded(row: Any) -> Row:
    return {**dict(row), "body": orjson.loads(row["body"])}
