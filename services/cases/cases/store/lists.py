"""Lists of cases, page by page. Every branch reads an index backwards and stops at the page's end."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from cases.domain.model import Case
from cases.store.cases import COLUMNS, from_row
from chassis.db import Tx


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases, and how many. `before` is the id of the last case of the page before."""

    state: Literal["open", "closed", "all"]
    owner: str | None
    customer_id: UUID | None
    waybill_no: str | None
    case_type: str | None
    before: UUID | None
    limit: int


async def cases(tx: Tx, wanted: Wanted, *, agent_id: str | None) -> list[Case]:
    """The page, newest first. `agent_id` limits it to what that agent has, had, watches, or could be given."""
    arguments: list[object] = []
    where = _conditions(wanted, arguments)
    own = wanted.owner == agent_id and wanted.state == "open"  # who has a case may read it: no need to look further
    if agent_id is None or own:
        sql = f"select {COLUMNS} from service_case c where {where} order by id desc limit {wanted.limit}"
    else:
        arguments.append(agent_id)
        me = f"${len(arguments)}"
        branches = (
            f"service_case c where owner = {me} and closed_at is null and {where}",
            f"service_case c where owner is null and closed_at is null and {where}",
            f"service_case c where c.watchers @> array[{me}] and {where}",
            f"service_case c join case_agent a on a.case_id = c.id and a.agent_id = {me} where {where}",
        )
        union = " union ".join(f"(select c.id from {b} order by c.id desc limit {wanted.limit})" for b in branches)
        sql = f"""select {COLUMNS} from service_case where id in ({union}) order by id desc limit {wanted.limit}"""
    return [from_row(row) for row in await tx.fetch(sql, *arguments)]


def _conditions(wanted: Wanted, arguments: list[object]) -> str:
    parts = {"open": ["c.closed_at is null"], "closed": ["c.closed_at is not null"], "all": ["true"]}[wanted.state]
    for column, value in (
        ("c.owner =", wanted.owner),
        ("c.customer_id =", wanted.customer_id),
        ("c.waybill_no =", wanted.waybill_no),
        ("c.case_type =", wanted.case_type),
        ("c.id <", wanted.before),
    ):
        if value is not None:
            arguments.append(value)
            parts.append(f"{column} ${len(arguments)}")
    return " and ".join(parts)
