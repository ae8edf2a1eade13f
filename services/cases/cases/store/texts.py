"""What agents keep for later use: templates, macros and views. One form: a name, an owner, shared or not, a version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import orjson
from asyncpg import UniqueViolationError

from chassis.db import Tx
from chassis.ids import uuid7

Shelf = Literal["template", "macro", "saved_view"]

_OWN: dict[Shelf, tuple[str, ...]] = {
    "template": ("case_types", "purpose", "texts"),
    "macro": ("case_types", "actions"),
    "saved_view": ("filters", "sort"),
}
_JSON = frozenset({"texts", "actions", "filters"})


class NameTaken(Exception):
    """The owner has one of that name, or a shared one has it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A thing as stored; `content` holds what only its kind has."""

    id: UUID
    owner: str
    shared: bool
    name: str
    version: int
    created_at: datetime
    updated_at: datetime
    content: Mapping[str, Any]


def _columns(shelf: Shelf) -> str:
    own = [f"{name}::text as {name}" if name in _JSON else name for name in _OWN[shelf]]
    return ", ".join(("id", "owner", "shared", "name", "version", "created_at", "updated_at", *own))


def _kept(shelf: Shelf, row: Any) -> Kept:
    content = {name: orjson.loads(row[name]) if name in _JSON else row[name] for name in _OWN[shelf]}
    common = {name: row[name] for name in Kept.__dataclass_fields__ if name != "content"}
    return Kept(**common, content=content)


def _stored(shelf: Shelf, content: Mapping[str, Any]) -> list[Any]:
    return [orjson.dumps(content[name]).decode() if name in _JSON else content[name] for name in _OWN[shelf]]


def _places(shelf: Shelf, first: int) -> list[str]:
    return [
        f"${number}::text::jsonb" if name in _JSON else f"${number}"
        for number, name in enumerate(_OWN[shelf], start=first)
    ]


async def add(tx: Tx, shelf: Shelf, *, owner: str, shared: bool, name: str, content: Mapping[str, Any]) -> Kept:
    """Keep a new thing. Raises `NameTaken`."""
    try:
        rows = await tx.fetch(
            f"""insert into {shelf} (id, owner, shared, name, version, created_at, updated_at, {", ".join(_OWN[shelf])})
                values ($1, $2, $3, $4, 1, $5, $5, {", ".join(_places(shelf, 6))}) returning {_columns(shelf)}""",
            uuid7(),
            owner,
            shared,
            name,
            tx.now,
            *_stored(shelf, content),
        )
    except UniqueViolationError as error:
        raise NameTaken(name) from error
    return _kept(shelf, rows[0])


async def get(tx: Tx, shelf: Shelf, thing_id: UUID, *, me: str, lock: bool = False) -> Kept | None:
    """A thing that is shared or one's own; None for anything else."""
    rows = await tx.fetch(
        f"""select {_columns(shelf)} from {shelf} where id = $1 and (shared or owner = $2)
            {"for update" if lock else ""}""",
        thing_id,
        me,
    )
    return _kept(shelf, rows[0]) if rows else None


async def listed(tx: Tx, shelf: Shelf, *, me: str, case_type: str | None = None) -> Sequence[Kept]:
    """All that are shared or one's own, by name; of templates and macros those for a case type."""
    where = "" if case_type is None else "and (cardinality(case_types) = 0 or $2 = any(case_types))"
    arguments = [me] if case_type is None else [me, case_type]
    rows = await tx.fetch(
        f"select {_columns(shelf)} from {shelf} where (shared or owner = $1) {where} order by name, id limit 500",
        *arguments,
    )
    return [_kept(shelf, row) for row in rows]


async def change(tx: Tx, shelf: Shelf, thing_id: UUID, *, shared: bool, name: str, content: Mapping[str, Any]) -> Kept:
    """Replace a locked thing; its version counts up. Raises `NameTaken`."""
    own = ", ".join(f"{name} = {place}" for name, place in zip(_OWN[shelf], _places(shelf, 5), strict=True))
    try:
        rows = await tx.fetch(
            f"""update {shelf} set shared = $2, name = $3, version = version + 1, updated_at = $4, {own}
                where id = $1 returning {_columns(shelf)}""",
            thing_id,
            shared,
            name,
            tx.now,
            *_stored(shelf, content),
        )
    except UniqueViolationError as error:
        raise NameTaken(name) from error
    return _kept(shelf, rows[0])


async def remove(tx: Tx, shelf: Shelf, thing_id: UUID) -> None:
    """Forget a thing."""
    await tx.fetch(f"delete from {shelf} where id = $1", thing_id)
