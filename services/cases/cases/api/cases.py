"""Reading cases and their timelines."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response

from cases.api import access
from cases.api.changing import Reader, TheOffice
from cases.api.language import Spoken
from cases.api.schemas import CaseView, TimelinePage
from cases.api.shaping import case_view
from cases.domain.waybills import normal_waybill
from cases.store import cases as case_store
from cases.store import lists, timeline
from cases.views import CaseSummary, entry_view, summary
from chassis.http.deps import DB
from chassis.http.etag import etag
from chassis.http.paging import Cursor, Limit, Page, decode_cursor, encode_cursor
from chassis.http.problems import BadRequest, FieldError, NotFound, problems

router = APIRouter(prefix="/v1/cases", tags=["Cases"])


@router.get("", responses=problems(400))
async def list_cases(
    principal: Reader,
    db: DB,
    office: TheOffice,
    state: Annotated[Literal["open", "closed", "all"], Query()] = "open",
    mine: Annotated[bool, Query(description="only the caller's own")] = False,
    owner: Annotated[str | None, Query(max_length=200, description="only this agent's")] = None,
    customer_id: UUID | None = None,
    waybill_no: Annotated[str | None, Query(min_length=5, max_length=40)] = None,
    case_type: Annotated[str | None, Query(max_length=60)] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[CaseSummary]:
    """Cases, newest first. Agents see those they have or had and those that wait for somebody; supervisors see all."""
    wanted = lists.Wanted(
        state=state,
        owner=principal.subject if mine else owner,
        customer_id=customer_id,
        waybill_no=normal_waybill(waybill_no) if waybill_no else None,
        case_type=case_type,
        before=_before(cursor),
        limit=limit + 1,
    )
    async with db.read() as tx:
        found = await lists.cases(tx, wanted, agent_id=None if access.sees_all(principal) else principal.subject)
    more = len(found) > limit
    return Page(
        items=[summary(case, office) for case in found[:limit]],
        next=encode_cursor(found[limit - 1].id) if more else None,
    )


def _before(cursor: str | None) -> UUID | None:
    if cursor is None:
        return None
    try:
        return UUID(str(decode_cursor(cursor, 1)[0]))
    except ValueError as error:
        raise BadRequest(
            "The cursor is not one that a page of this list returned.",
            errors=[FieldError(pointer="query/cursor", detail="not a cursor of this list")],
        ) from error


@router.get("/{case_id}", responses=problems(403, 404))
async def read_case(case_id: UUID, principal: Reader, db: DB, office: TheOffice, response: Response) -> CaseView:
    """A case with its procedure's state: what is asked for now, which ways lead on, which limits run.

    The ETag is the case's version; send it as If-Match with changes. Reading is audited.
    """
    async with db.transaction() as tx:
        case = await case_store.get(tx, case_id)
        if case is None:
            raise NotFound("case", case_id)
        await access.require_readable(tx, case, principal)
        tx.audit(principal.subject, "case.read", f"case/{case_id}", {"customer_id": str(case.customer_id)})
        view = await case_view(tx, office, case, principal)
    response.headers["ETag"] = etag(case.version)
    return view


@router.get("/{case_id}/timeline", responses=problems(403, 404))
async def read_timeline(
    case_id: UUID,
    principal: Reader,
    db: DB,
    office: TheOffice,
    language: Spoken,
    after: Annotated[int, Query(ge=0, le=2**62, description="entries with a higher number than this")] = 0,
    limit: Limit = 100,
) -> TimelinePage:
    """What happened on the case, in order: messages of all channels, calls, notes, steps. Reading is audited.

    Entries of the system carry a code with its details, their words in every language, and as `text` those of the
    language asked for with Accept-Language.
    """
    async with db.transaction() as tx:
        case = await case_store.get(tx, case_id)
        if case is None:
            raise NotFound("case", case_id)
        await access.require_readable(tx, case, principal)
        tx.audit(principal.subject, "timeline.read", f"case/{case_id}", {"after": after})
        entries = await timeline.page(tx, case_id, after, limit)
    items = [entry_view(entry, words=office.words, language=language) for entry in entries]
    return TimelinePage(items=items, last_seq=case.last_seq)
