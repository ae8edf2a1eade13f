"""Departments answer by API, with a key that the registry names among their callers."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field

from cases.actions import dispatching
from cases.actions.file import CaseFile
from cases.api.changing import TheOffice
from cases.api.departments import DispatchView, Task, view
from cases.api.refusals import problem_of
from cases.api.schemas import Body, Fields, Reason
from cases.api.versions import etag_of
from cases.domain.departments import Department, Dispatch
from cases.domain.errors import ProcedureRefusal
from cases.store import cases as case_store
from cases.store import departments as store
from chassis.auth.principal import Principal
from chassis.db import Tx
from chassis.http.deps import DB, require
from chassis.http.etag import check_if_match, etag
from chassis.http.idempotency import OnceOnly
from chassis.http.paging import Cursor, Limit, Page, decode_cursor, encode_cursor
from chassis.http.problems import BadRequest, NotFound, problems

router = APIRouter(prefix="/v1/dispatches", tags=["Departments"])

REPLY = "dispatch:reply"
Responder = Annotated[Principal, Depends(require(REPLY))]

_CHANGES = problems(400, 403, 404, 409, 412, 422)
Effect = Callable[[CaseFile, Dispatch, Department], Awaitable[Dispatch]]


class AnswerDispatch(Body):
    """What the department found out or did."""

    text: Task = Field(examples=["外箱受压破损，分拨中心装车不当，照片已存档"])
    fields: Fields = Field(
        default={}, description="of those `asked`", examples=[{"cause_code": "loading", "cause_side": "subjective"}]
    )


class RefuseDispatch(Body):
    """Why it is not the department's."""

    reason: Reason


@router.get("", responses=problems(400))
async def list_my_dispatches(
    principal: Responder,
    db: DB,
    state: Annotated[Literal["open", "all"], Query()] = "open",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[DispatchView]:
    """The tasks of the departments you may answer for, newest first."""
    async with db.read() as tx:
        mine = await store.of_caller(tx, principal.subject)
        found = await store.dispatches_of(tx, mine, open_only=state == "open", before=_before(cursor), limit=limit + 1)
    items = [view(item) for item in found[:limit]]
    return Page(items=items, next=encode_cursor(found[limit - 1].id) if len(found) > limit else None)


@router.get("/{dispatch_id}", responses=problems(404))
async def read_dispatch(dispatch_id: UUID, principal: Responder, db: DB, response: Response) -> DispatchView:
    """A task of a department you may answer for."""
    async with db.transaction() as tx:
        dispatch, _ = await _mine(tx, principal, dispatch_id)
        tx.audit(principal.subject, "dispatch.read", f"dispatch/{dispatch_id}")
    response.headers["ETag"] = etag(dispatch.version)
    return view(dispatch)


class Reply:
    """One reply of a department: once, under the case's lock, with the version the caller saw."""

    def __init__(self, request: Request, office: TheOffice, principal: Responder, once: OnceOnly) -> None:
        self.request = request
        self.principal = principal
        self._office = office
        self._once = once

    async def run(self, dispatch_id: UUID, effect: Effect) -> Response:
        """Run `effect` and answer with the task."""

        async def attempt(tx: Tx) -> DispatchView:
            seen, _ = await _mine(tx, self.principal, dispatch_id)
            case = await case_store.lock_one(tx, await store.home(tx, seen.case_id))
            if case is None:
                raise NotFound("dispatch", dispatch_id)
            dispatch, department = await _mine(tx, self.principal, dispatch_id, lock=True)
            check_if_match(self.request, dispatch.version)
            try:
                return view(await effect(CaseFile(tx, self._office, case), dispatch, department))
            except ProcedureRefusal as refusal:
                raise problem_of(refusal) from refusal

        return await self._once.run(attempt, headers=etag_of)


ReplyOf = Annotated[Reply, Depends(Reply)]


@router.post("/{dispatch_id}/acknowledge", response_model=DispatchView, responses=_CHANGES)
async def acknowledge_dispatch(dispatch_id: UUID, reply: ReplyOf) -> Response:
    """Say that the task was seen; the acknowledgement clock stops."""
    by = reply.principal.subject
    return await reply.run(dispatch_id, lambda f, d, dep: dispatching.acknowledge(f, d, dep, by=by))


@router.post("/{dispatch_id}/answer", response_model=DispatchView, responses=_CHANGES)
async def answer_dispatch(dispatch_id: UUID, body: AnswerDispatch, reply: ReplyOf) -> Response:
    """Answer. With all fields the step asks for, the step is completed in the department's name."""
    by, fields = reply.principal.subject, dict[str, Any](body.fields)
    return await reply.run(
        dispatch_id, lambda f, d, dep: dispatching.answer(f, d, dep, text=body.text, fields=fields, by=by)
    )


@router.post("/{dispatch_id}/refuse", response_model=DispatchView, responses=_CHANGES)
async def refuse_dispatch(dispatch_id: UUID, body: RefuseDispatch, reply: ReplyOf) -> Response:
    """Say that it is not the department's, and why; the agent finds another."""
    by = reply.principal.subject
    return await reply.run(dispatch_id, lambda f, d, dep: dispatching.refuse(f, d, dep, reason=body.reason, by=by))


async def _mine(tx: Tx, principal: Principal, dispatch_id: UUID, *, lock: bool = False) -> tuple[Dispatch, Department]:
    dispatch = await store.dispatch(tx, dispatch_id, lock=lock)
    department = await store.get(tx, dispatch.department_id) if dispatch else None
    if dispatch is None or department is None or principal.subject not in department.callers:
        raise NotFound("dispatch", dispatch_id)
    return dispatch, department


def _before(cursor: str | None) -> UUID | None:
    if cursor is None:
        return None
    try:
        return UUID(str(decode_cursor(cursor, 1)[0]))
    except ValueError as error:
        raise BadRequest("The cursor is not one that a page of this list returned.") from error
