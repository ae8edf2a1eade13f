"""Saved views: lists of cases by filter, own or shared, with counts, and their export."""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import StreamingResponse

from cases.actions.office import Office
from cases.api import access, shelves
from cases.api.changing import Reader, TheOffice, Writer
from cases.api.schemas_desk import CountView, Export, PutView, ViewView
from cases.domain import spreadsheet
from cases.domain.contact import masked_name
from cases.domain.filters import CaseFilter, Sort
from cases.domain.model import Case
from cases.store import filtered, texts
from cases.views import CaseSummary, summary
from chassis.auth.principal import Principal
from chassis.db import Database, Tx
from chassis.http.deps import DB
from chassis.http.etag import etag
from chassis.http.idempotency import OnceOnly
from chassis.http.paging import Cursor, Limit, Page, decode_cursor, encode_cursor
from chassis.http.problems import BadRequest, FieldError, problems

router = APIRouter(prefix="/v1", tags=["Views"])

_CHANGES = problems(400, 403, 404, 409, 412, 422)
_EXPORT_PAGE = 500


@router.get("/views")
async def list_views(principal: Reader, db: DB) -> list[ViewView]:
    """Shared views and the caller's own, by name."""
    async with db.read() as tx:
        return [shelves.view(ViewView, one) for one in await texts.listed(tx, "saved_view", me=principal.subject)]


@router.post("/views", status_code=201, response_model=ViewView, responses=_CHANGES)
async def add_view(body: PutView, principal: Writer, once: OnceOnly) -> Response:
    """Keep a filter and an order under a name. `me` in a shared view is whoever looks; sharing takes a supervisor."""

    async def effect(tx: Tx) -> ViewView:
        kept = await shelves.add(
            tx, "saved_view", principal, name=body.name, shared=body.shared, content=_content(body)
        )
        return shelves.view(ViewView, kept)

    return await once.run(effect, status=201, headers=lambda view: {"ETag": etag(view.version)})


@router.get("/views/{view_id}", responses=problems(404))
async def read_view(view_id: UUID, principal: Reader, db: DB, response: Response) -> ViewView:
    """A view. The ETag is its version."""
    async with db.read() as tx:
        kept = await shelves.find(tx, "saved_view", view_id, principal)
    response.headers["ETag"] = etag(kept.version)
    return shelves.view(ViewView, kept)


@router.put("/views/{view_id}", responses=problems(403, 404, 409, 412))
async def change_view(
    view_id: UUID, body: PutView, principal: Writer, db: DB, request: Request, response: Response
) -> ViewView:
    """Replace a view."""
    async with db.transaction() as tx:
        kept = await shelves.change(
            tx,
            "saved_view",
            view_id,
            principal,
            request,
            name=body.name,
            shared=body.shared,
            content=_content(body),
        )
    response.headers["ETag"] = etag(kept.version)
    return shelves.view(ViewView, kept)


@router.delete("/views/{view_id}", status_code=204, responses=problems(403, 404, 412))
async def remove_view(view_id: UUID, principal: Writer, db: DB, request: Request) -> None:
    """Forget a view."""
    async with db.transaction() as tx:
        await shelves.remove(tx, "saved_view", view_id, principal, request)


@router.get("/views/{view_id}/cases", responses=problems(400, 404))
async def cases_of_view(
    view_id: UUID, principal: Reader, db: DB, office: TheOffice, cursor: Cursor = None, limit: Limit = 50
) -> Page[CaseSummary]:
    """The view's cases, page by page. Pages neither skip nor repeat a case that stays in its place."""
    async with db.read() as tx:
        kept = await shelves.find(tx, "saved_view", view_id, principal)
        wanted, sort = CaseFilter.model_validate(kept.content["filters"]), Sort(kept.content["sort"])
        return await _page(tx, office, wanted, sort, principal, cursor, limit)


@router.get("/views/{view_id}/count", responses=problems(404))
async def count_of_view(view_id: UUID, principal: Reader, db: DB, office: TheOffice) -> CountView:
    """How many cases the view finds, up to the bound that the company set."""
    async with db.read() as tx:
        kept = await shelves.find(tx, "saved_view", view_id, principal)
        return await _count(tx, office, CaseFilter.model_validate(kept.content["filters"]), principal)


@router.post("/cases/find", responses=problems(400))
async def find_cases(
    body: CaseFilter,
    principal: Reader,
    db: DB,
    office: TheOffice,
    sort: Annotated[Sort, Query()] = Sort.NEWEST,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[CaseSummary]:
    """Cases by filter, without saving a view."""
    async with db.read() as tx:
        return await _page(tx, office, body, sort, principal, cursor, limit)


@router.post("/cases/count", responses=problems(400))
async def count_cases(body: CaseFilter, principal: Reader, db: DB, office: TheOffice) -> CountView:
    """How many cases a filter finds, up to the bound that the company set."""
    async with db.read() as tx:
        return await _count(tx, office, body, principal)


@router.post(
    "/cases/export",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}, **problems(400)},
)
async def export_cases(body: Export, principal: Reader, db: DB, office: TheOffice) -> StreamingResponse:
    """Cases as CSV for spreadsheets (UTF-8 with byte order mark), streamed. Who exported what is audited.

    Callers get what they may read; names are masked without `personal:read`. Cells that a spreadsheet would run as a
    formula begin with an apostrophe.
    """
    async with db.transaction() as tx:
        detail = {"filters": body.filters.model_dump(mode="json", exclude_defaults=True), "columns": body.columns}
        tx.audit(principal.subject, "cases.export", "cases", detail)
    headers = {"Content-Disposition": 'attachment; filename="cases.csv"', "Cache-Control": "no-store"}
    rows = _rows(db, office, body, principal)
    return StreamingResponse(rows, media_type="text/csv; charset=utf-8", headers=headers)


async def _rows(db: Database, office: Office, body: Export, principal: Principal) -> AsyncIterator[bytes]:
    yield (spreadsheet.BYTE_ORDER_MARK + spreadsheet.lines([body.columns])).encode()
    after: tuple[Any, ...] | None = None
    left = office.parameters.export_rows
    while left > 0:
        async with db.read() as tx:
            found = await filtered.page(
                tx,
                body.filters,
                body.sort,
                me=principal.subject,
                sees_all=access.sees_all(principal),
                after=after,
                limit=min(_EXPORT_PAGE, left),
            )
            names = await filtered.names(tx, {case.customer_id for case in found})
        if not found:
            return
        shown = [_cells(case, office, names.get(case.customer_id), body.columns, principal) for case in found]
        yield spreadsheet.lines(shown).encode()
        left -= len(found)
        after = filtered.key_from(filtered.key_of(found[-1], body.sort), body.sort)


def _cells(case: Case, office: Office, name: str | None, columns: list[Any], principal: Principal) -> list[object]:
    shown = summary(case, office)
    special: dict[str, object] = {
        "customer_name": name if name is None or access.sees_addresses(principal) else masked_name(name),
        "tags": " ".join(case.tags),
        "waits_for": shown.next_action.waits_for if shown.next_action else None,
        "next_due_at": shown.next_action.due_at if shown.next_action else None,
    }
    return [special[column] if column in special else getattr(shown, column) for column in columns]


async def _page(
    tx: Tx,
    office: Office,
    wanted: CaseFilter,
    sort: Sort,
    principal: Principal,
    cursor: str | None,
    limit: int,
) -> Page[CaseSummary]:
    found = await filtered.page(
        tx,
        wanted,
        sort,
        me=principal.subject,
        sees_all=access.sees_all(principal),
        after=_after(cursor, sort),
        limit=limit + 1,
    )
    more = len(found) > limit
    return Page(
        items=[summary(case, office) for case in found[:limit]],
        next=encode_cursor(sort, *filtered.key_of(found[limit - 1], sort)) if more else None,
    )


def _after(cursor: str | None, sort: Sort) -> tuple[Any, ...] | None:
    if cursor is None:
        return None
    length = 2 if sort in (Sort.NEWEST, Sort.OLDEST) else 3
    values = decode_cursor(cursor, length)
    try:
        if values[0] != sort:
            raise ValueError("a cursor of another order")
        return filtered.key_from(values[1:], sort)
    except (ValueError, TypeError) as error:
        detail = "not a cursor of this list in this order"
        raise BadRequest(
            f"The cursor is {detail}.", errors=[FieldError(pointer="query/cursor", detail=detail)]
        ) from error


async def _count(tx: Tx, office: Office, wanted: CaseFilter, principal: Principal) -> CountView:
    bound = office.parameters.count_to
    found = await filtered.count(tx, wanted, me=principal.subject, sees_all=access.sees_all(principal), bound=bound)
    return CountView(count=min(found, bound), more=found > bound)


def _content(body: PutView) -> dict[str, object]:
    return {"filters": body.filters.model_dump(mode="json", exclude_defaults=True), "sort": body.sort.value}
