"""Statements on departments and on what is dispatched to them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson

from cases.domain.departments import Department, Dispatch
from chassis.db import Tx

_DEPARTMENT = "id, kind, name::text as name, email, language, areas::text as areas, acknowledge_minutes, reply_hours, "
_DEPARTMENT += "callers, active, version, updated_at"
_DISPATCH = ", ".join("fields::text as fields" if name == "fields" else name for name in Dispatch._fields)


def _department(row: Any) -> Department:
    return Department(**{**dict(row), "name": orjson.loads(row["name"]), "areas": orjson.loads(row["areas"])})


def _dispatch(row: Any) -> Dispatch:
    return Dispatch(**{**dict(row), "fields": orjson.loads(row["fields"])})


async def get(tx: Tx, department_id: str) -> Department | None:
    """A department."""
    rows = await tx.fetch(f"select {_DEPARTMENT} from department where id = $1", department_id)
    return _department(rows[0]) if rows else None


async def put(tx: Tx, department: Department) -> Department:
    """Store a department as given, under the next version. Its row is locked by this."""
    rows = await tx.fetch(
        f"""insert into department (id, kind, name, email, language, areas, acknowledge_minutes, reply_hours, callers,
                                    active, version, updated_at)
            values ($1, $2, $3::text::jsonb, $4, $5, $6::text::jsonb, $7, $8, $9, $10, 1, $11)
            on conflict (id) do update set kind = $2, name = $3::text::jsonb, email = $4, language = $5,
                areas = $6::text::jsonb, acknowledge_minutes = $7, reply_hours = $8, callers = $9, active = $10,
                version = department.version + 1, updated_at = $11
            returning {_DEPARTMENT}""",
        department.id,
        department.kind,
        orjson.dumps(department.name).decode(),
        department.email,
        department.language,
        orjson.dumps(department.areas).decode(),
        department.acknowledge_minutes,
        department.reply_hours,
        department.callers,
        department.active,
        tx.now,
    )
    return _department(rows[0])


async def lock(tx: Tx, department_id: str) -> Department | None:
    """A department, locked until COMMIT."""
    rows = await tx.fetch(f"select {_DEPARTMENT} from department where id = $1 for no key update", department_id)
    return _department(rows[0]) if rows else None


async def listed(tx: Tx, *, kind: str | None, area: str | None) -> list[Department]:
    """Departments of a kind that serve an area (`GD/深圳`), those nearest to it first; all without conditions."""
    rows = await tx.fetch(
        f"""select {_DEPARTMENT} from department
            where ($1::text is null or kind = $1)
              and ($2::text is null
                   or active and (areas = '[]' or areas @> to_jsonb($2::text) or areas @> to_jsonb($3::text)))
            order by coalesce(areas @> to_jsonb($2::text), false) desc,
                     coalesce(areas @> to_jsonb($3::text), false) desc, id limit 500""",
        kind,
        area,
        area.partition("/")[0] if area else None,
    )
    return [_department(row) for row in rows]


async def serving(tx: Tx, kind: str, area: str) -> Department | None:
    """The department of a kind that is nearest to an area; none if none names the area or its province."""
    found = await listed(tx, kind=kind, area=area)
    return found[0] if found and found[0].areas else None


async def of_caller(tx: Tx, caller: str) -> list[str]:
    """The departments that a caller may answer for."""
    rows = await tx.fetch("select id from department where active and $1 = any(callers)", caller)
    return [row["id"] for row in rows]


async def add_dispatch(tx: Tx, dispatch: Dispatch) -> Dispatch | None:
    """Store a new task; None if the department has one open for that step of the case."""
    marks = ", ".join(
        f"${at}::text::jsonb" if name == "fields" else f"${at}" for at, name in enumerate(Dispatch._fields, start=1)
    )
    values = [orjson.dumps(v).decode() if n == "fields" else v for n, v in zip(Dispatch._fields, dispatch, strict=True)]
    rows = await tx.fetch(
        f"""insert into dispatch ({", ".join(Dispatch._fields)}) values ({marks})
            on conflict do nothing returning {_DISPATCH}""",
        *values,
    )
    return _dispatch(rows[0]) if rows else None


async def count_of_case(tx: Tx, case_id: UUID) -> int:
    """How many tasks of a case were dispatched. Its row must be locked."""
    rows = await tx.fetch("select count(*) as n from dispatch where case_id = $1", case_id)
    return int(rows[0]["n"])


async def dispatch(tx: Tx, dispatch_id: UUID, *, lock: bool = False) -> Dispatch | None:
    """A task; `lock` keeps it until COMMIT. Its case is locked before it."""
    more = " for no key update" if lock else ""
    rows = await tx.fetch(f"select {_DISPATCH} from dispatch where id = $1{more}", dispatch_id)
    return _dispatch(rows[0]) if rows else None


async def home(tx: Tx, case_id: UUID) -> UUID:
    """The case that answers go to: this one, or the one it was merged into."""
    rows = await tx.fetch(
        """with recursive chain as (
               select id, merged_into from service_case where id = $1
               union all select c.id, c.merged_into from service_case c join chain on c.id = chain.merged_into)
           select id from chain where merged_into is null""",
        case_id,
    )
    return rows[0]["id"] if rows else case_id


async def dispatches_of_case(tx: Tx, case_id: UUID) -> Sequence[Dispatch]:
    """The tasks of a case and of those merged into it, oldest first."""
    rows = await tx.fetch(
        f"""select {_DISPATCH} from dispatch
            where case_id = $1 or case_id in (select id from service_case where merged_into = $1) order by id""",
        case_id,
    )
    return [_dispatch(row) for row in rows]


async def dispatches_of(
    tx: Tx, department_ids: Sequence[str], *, open_only: bool, before: UUID | None, limit: int
) -> Sequence[Dispatch]:
    """The tasks of departments, newest first."""
    rows = await tx.fetch(
        f"""select {_DISPATCH} from dispatch where department_id = any($1::text[])
              and (not $2 or ended_at is null) and ($3::uuid is null or id < $3) order by id desc limit $4""",
        list(department_ids),
        open_only,
        before,
        limit,
    )
    return [_dispatch(row) for row in rows]


async def change_dispatch(tx: Tx, dispatch_id: UUID, **changes: Any) -> Dispatch:
    """Change a locked task; its version counts up."""
    names = sorted(changes)
    sets = "".join(
        f", {name} = ${at}" + ("::text::jsonb" if name == "fields" else "") for at, name in enumerate(names, start=2)
    )
    rows = await tx.fetch(
        f"update dispatch set version = version + 1{sets} where id = $1 returning {_DISPATCH}",
        dispatch_id,
        *(orjson.dumps(changes[name]).decode() if name == "fields" else changes[name] for name in names),
    )
    return _dispatch(rows[0])
