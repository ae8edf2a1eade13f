"""Lists of cases by filter: pages by key in any order, counts up to a bound, and the ids for bulk commands."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from cases.domain.filters import CaseFilter, Sort
from cases.domain.model import Case
from cases.store.cases import COLUMNS, from_row
from chassis.db import Tx

_ORDERS: dict[Sort, tuple[str | None, str]] = {
    Sort.NEWEST: (None, "desc"),
    Sort.OLDEST: (None, "asc"),
    Sort.DUE: ("c.next_due_at", "asc"),
    Sort.PRIORITY: ("c.priority", "asc"),
}
"""Sort → (column before the id, direction)."""


def key_of(case: Case, sort: Sort) -> list[Any]:
    """The place of a case in this order, for a cursor."""
    match sort:
        case Sort.DUE:
            return [case.next_due_at.isoformat() if case.next_due_at else None, str(case.id)]
        case Sort.PRIORITY:
            return [case.priority, str(case.id)]
        case _:
            return [str(case.id)]


def key_from(values: Sequence[Any], sort: Sort) -> tuple[Any, ...]:
    """The place that `key_of` named. Raises `ValueError` or `TypeError` for what it never names."""
    match sort:
        case Sort.DUE:
            due = None if values[0] is None else datetime.fromisoformat(values[0])
            if due is not None and due.tzinfo is None:
                raise ValueError("no time zone")
            return due, UUID(str(values[1]))
        case Sort.PRIORITY:
            if not isinstance(values[0], int) or not 0 <= values[0] < 1000:
                raise ValueError("not a priority")
            return values[0], UUID(str(values[1]))
        case _:
            return (UUID(str(values[0])),)


async def page(
    tx: Tx, wanted: CaseFilter, sort: Sort, *, me: str, sees_all: bool, after: tuple[Any, ...] | None, limit: int
) -> list[Case]:
    """Cases after the place `after`, in order. Who does not see all gets what they own, had, watch or could be given.

    Cases without a due time stand last in the order of due times.
    """
    arguments: list[Any] = []
    where = _where(wanted, me, tx.now, arguments)
    order = _order(sort)
    beyond = _beyond(sort, after, arguments)
    bounded = f"{where} and {beyond}" if beyond else where
    if sees_all:
        sql = f"select {COLUMNS} from service_case c where {bounded} order by {order} limit {limit}"
    else:
        union = " union ".join(
            f"(select c.id from {branch} {bounded} order by {order} limit {limit})"
            for branch in _branches(me, arguments)
        )
        sql = f"select {COLUMNS} from service_case c where c.id in ({union}) order by {order} limit {limit}"
    found = [from_row(row) for row in await tx.fetch(sql, *arguments)]
    if sort is Sort.DUE and after is not None and after[0] is not None and len(found) < limit:
        rest, start = limit - len(found), (None, UUID(int=0))
        found += await page(tx, wanted, sort, me=me, sees_all=sees_all, after=start, limit=rest)
    return found


async def count(tx: Tx, wanted: CaseFilter, *, me: str, sees_all: bool, bound: int) -> int:
    """How many cases the filter finds; `bound + 1` stands for more than `bound`."""
    sql, arguments = _all_ids(wanted, me, sees_all, tx.now, bound + 1)
    rows = await tx.fetch(f"select count(*) as n from ({sql}) found", *arguments)
    return int(rows[0]["n"])


async def ids(tx: Tx, wanted: CaseFilter, *, me: str, sees_all: bool, bound: int) -> list[UUID]:
    """The cases that the filter finds, at most `bound + 1`, oldest first."""
    sql, arguments = _all_ids(wanted, me, sees_all, tx.now, bound + 1)
    return [row["id"] for row in await tx.fetch(f"select id from ({sql}) found order by id", *arguments)]


async def visible(tx: Tx, case_ids: Sequence[UUID], *, me: str, sees_all: bool) -> list[UUID]:
    """Those of the cases that exist and may be read, in order of id."""
    arguments: list[Any] = [list(case_ids)]
    allowed = "true" if sees_all else _may_read(me, arguments)
    rows = await tx.fetch(
        f"select c.id from service_case c where c.id = any($1::uuid[]) and {allowed} order by c.id", *arguments
    )
    return [row["id"] for row in rows]


def _all_ids(wanted: CaseFilter, me: str, sees_all: bool, now: datetime, limit: int) -> tuple[str, list[Any]]:
    arguments: list[Any] = []
    where = _where(wanted, me, now, arguments)
    allowed = "true" if sees_all else _may_read(me, arguments)
    return f"select c.id from service_case c where {where} and {allowed} limit {limit}", arguments


def _may_read(me: str, arguments: list[Any]) -> str:
    arguments.append(me)
    mine = f"${len(arguments)}"
    return f"""(c.owner = {mine} or (c.owner is null and c.closed_at is null) or c.watchers @> array[{mine}]
        or exists (select 1 from case_agent a where a.case_id = c.id and a.agent_id = {mine}))"""


def _branches(me: str, arguments: list[Any]) -> tuple[str, ...]:
    """Where an agent's cases are found; each branch reads an index of its own and stops at the page's end."""
    arguments.append(me)
    mine = f"${len(arguments)}"
    return (
        f"service_case c where c.owner = {mine} and c.closed_at is null and",
        "service_case c where c.owner is null and c.closed_at is null and",
        f"service_case c where c.watchers @> array[{mine}] and",
        f"service_case c join case_agent a on a.case_id = c.id and a.agent_id = {mine} where",
    )


def _where(wanted: CaseFilter, me: str, now: datetime, arguments: list[Any]) -> str:
    parts = []
    for sql, value in wanted.conditions(me=me, now=now):
        if value is None:
            parts.append(sql)
        else:
            arguments.append(value)
            parts.append(sql.format(f"${len(arguments)}"))
    return " and ".join(parts)


def _order(sort: Sort) -> str:
    column, direction = _ORDERS[sort]
    return f"{column} {direction} nulls last, c.id {direction}" if column else f"c.id {direction}"


def _beyond(sort: Sort, after: tuple[Any, ...] | None, arguments: list[Any]) -> str | None:
    if after is None:
        return None
    column, direction = _ORDERS[sort]
    sign = ">" if direction == "asc" else "<"
    if column is None:
        arguments.append(after[0])
        return f"c.id {sign} ${len(arguments)}"
    arguments.append(after[-1])
    place = f"${len(arguments)}::uuid"
    if after[0] is None:
        return f"({column} is null and c.id {sign} {place})"
    arguments.append(after[0])
    value = f"${len(arguments)}{'::timestamptz' if sort is Sort.DUE else '::int'}"
    return f"({column}, c.id) {sign} ({value}, {place})"


async def names(tx: Tx, customer_ids: Collection[UUID]) -> Mapping[UUID, str | None]:
    """The names of these customers."""
    rows = await tx.fetch("select id, name from customer where id = any($1::uuid[])", list(customer_ids))
    return {row["id"]: row["name"] for row in rows}
