"""Reading a service's audit log. Entries are written with `tx.audit(…)`, in the transaction of what they record."""

from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from chassis.auth.principal import Principal
from chassis.http.deps import DB, require
from chassis.http.paging import Cursor, Limit, Page, decode_cursor, encode_cursor
from chassis.http.problems import BadRequest

Auditor = Annotated[Principal, Depends(require("audit:read"))]


class AuditEntry(BaseModel):
    """Who did or saw what, and when."""

    id: int
    at: datetime
    actor: str
    action: str
    resource: str
    detail: dict[str, Any]
    trace_id: str | None


router = APIRouter(prefix="/v1/audit", tags=["Audit"])


@router.get("")
async def read_audit(
    principal: Auditor,
    db: DB,
    resource: Annotated[str | None, Query(max_length=200, examples=["customer/42"])] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[AuditEntry]:
    """The audit log, newest first."""
    before = decode_cursor(cursor, 1)[0] if cursor else 2**62
    if not isinstance(before, int) or not 0 <= before <= 2**62:
        raise BadRequest("The cursor is not one that a page of this list returned.")
    async with db.read() as tx:
        rows = await tx.fetch(
            """select id, at, actor, action, resource, detail::text as detail, trace_id from audit
               where id < $1 and ($2::text is null or resource = $2) order by id desc limit $3""",
            before,
            resource,
            limit + 1,
        )
    items = [AuditEntry(**{**dict(row), "detail": orjson.loads(row["detail"])}) for row in rows[:limit]]
    return Page(items=items, next=encode_cursor(items[-1].id) if len(rows) > limit else None)
