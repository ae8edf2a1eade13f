"""Searching cases and their timelines."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from cases.api import access
from cases.api.changing import Reader, TheOffice
from cases.domain.search import LONGEST_QUERY, query_tokens, snippet
from cases.domain.waybills import normal_waybill
from cases.store import search
from cases.views import CaseSummary, summary
from chassis.http.deps import DB
from chassis.http.paging import Cursor, Limit, decode_cursor, encode_cursor
from chassis.http.problems import BadRequest, FieldError, problems

router = APIRouter(prefix="/v1/search", tags=["Search"])

_SNIPPET = 200


class HitView(BaseModel):
    """A place where the words were said."""

    case: CaseSummary
    seq: int
    kind: str
    snippet: str = Field(description="the part of what was said in which the words stand")


class SearchView(BaseModel):
    """What was found."""

    cases: list[CaseSummary] = Field(description="cases with exactly this number or waybill; on the first page only")
    entries: list[HitView]
    next: str | None = Field(default=None, description="pass as `cursor` for the next page; absent on the last")


@router.get("", responses=problems(400))
async def search_cases(
    principal: Reader,
    db: DB,
    office: TheOffice,
    q: Annotated[str, Query(min_length=1, max_length=LONGEST_QUERY, examples=["破损", "C26-000123-5"])],
    cursor: Cursor = None,
    limit: Limit = 20,
) -> SearchView:
    """Find cases by case number or waybill, and by what was written on them, in Chinese and English.

    All words must occur in one entry. Agents find what they may read; searching is audited.
    """
    words = query_tokens(q)
    if not words:
        detail = "holds no letter, digit or Chinese character to search by"
        raise BadRequest(f"The search text {detail}.", errors=[FieldError(pointer="query/q", detail=detail)])
    before = _before(cursor)
    agent_id = None if access.sees_all(principal) else principal.subject
    async with db.transaction() as tx:
        exact = [] if before else await search.by_number(tx, normal_waybill(q), agent_id=agent_id, limit=limit)
        hits = await search.entries(tx, words, agent_id=agent_id, before=before, limit=limit + 1)
        tx.audit(principal.subject, "search", "cases", {"words": len(words), "found": len(hits[:limit])})
    last = hits[limit - 1] if len(hits) > limit else None
    return SearchView(
        cases=[summary(case, office) for case in exact],
        entries=[
            HitView(
                case=summary(hit.case, office), seq=hit.seq, kind=hit.kind, snippet=snippet(hit.text, words, _SNIPPET)
            )
            for hit in hits[:limit]
        ],
        next=encode_cursor(last.case.id, last.seq) if last else None,
    )


def _before(cursor: str | None) -> tuple[UUID, int] | None:
    if cursor is None:
        return None
    case_id, seq = decode_cursor(cursor, 2)
    try:
        found = UUID(str(case_id)), int(seq)
    except (ValueError, TypeError) as error:
        raise BadRequest("The cursor is not one that a page of this search returned.") from error
    if not 0 <= found[1] < 2**62:
        raise BadRequest("The cursor is not one that a page of this search returned.")
    return found
