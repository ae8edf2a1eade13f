"""Departments and contractors: the registry, and giving them tasks of cases."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field, StringConstraints

from cases.actions import dispatching
from cases.actions.file import CaseFile
from cases.actions.ordering.shop import Shop
from cases.api import access
from cases.api.access import ADMIN
from cases.api.changing import ChangeOf, Reader, Writer
from cases.api.order_access import TheShop
from cases.api.schemas import Body, Reason
from cases.domain.departments import Department, Dispatch, DispatchState
from cases.domain.ordering.tariff import PlaceUnknown, city_key
from cases.portal.endpoints import TheDispatcher
from cases.store import cases as case_store
from cases.store import departments as store
from cases.views import LabelView
from chassis.db import Tx
from chassis.http.deps import DB
from chassis.http.etag import check_if_match, etag
from chassis.http.problems import BadRequest, FieldError, Forbidden, NotFound, problems
from contracts.values import Language

router = APIRouter(prefix="/v1", tags=["Departments"])

_CHANGES = problems(400, 403, 404, 409, 412, 422)
DepartmentId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$", max_length=60)]
Kind = Literal["operations", "branch", "third_party", "security", "finance"]
Task = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=5000)]


class Area(Body):
    """A province, or a city in it."""

    province: Annotated[str, StringConstraints(min_length=1, max_length=60)] = Field(examples=["广东"])
    city: Annotated[str, StringConstraints(min_length=1, max_length=60)] | None = Field(default=None, examples=["深圳"])


class PutDepartment(Body):
    """A department, branch or contractor, and what it agreed to."""

    kind: Kind = Field(description="the role it has in procedures")
    name: LabelView
    email: Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=254)] | None = Field(
        default=None, examples=["ops-south@courier.example"]
    )
    language: Language = Language.ZH_CN
    areas: list[Area] = Field(default=[], max_length=400, description="none: everywhere")
    acknowledge_minutes: int = Field(ge=1, le=14_400, description="until it has said that it saw a task", examples=[30])
    reply_hours: int = Field(ge=1, le=2_000, description="until it has answered a task", examples=[24])
    callers: list[Annotated[str, StringConstraints(min_length=1, max_length=200)]] = Field(
        default=[], max_length=20, description="API callers who may answer for it, such as `key:<id>`"
    )
    active: bool = True


class DepartmentView(BaseModel):
    """A department as stored."""

    id: str
    kind: str
    name: LabelView
    email: str | None
    language: Language
    areas: list[str] = Field(description="codes such as GD or GD/深圳")
    acknowledge_minutes: int
    reply_hours: int
    callers: list[str]
    active: bool
    version: int
    updated_at: datetime


class SendDispatch(Body):
    """A task for a department."""

    department_id: DepartmentId = Field(examples=["ops-south"])
    task: Task = Field(
        description="what it must find out or do; the page and mail show it", examples=["请核实破损责任并附照片说明"]
    )


class WithdrawDispatch(Body):
    """Why a task is taken back."""

    reason: Reason


class DispatchView(BaseModel):
    """A task given to a department, and what came back."""

    id: UUID
    ref: str = Field(examples=["C26-000123-5/1"])
    case_id: UUID
    department_id: str
    step: str
    task: str
    asked: list[str] = Field(description="fields of the step that the answer may carry")
    state: DispatchState
    created_by: str
    created_at: datetime
    acknowledge_by: datetime
    reply_by: datetime
    acknowledged_at: datetime | None
    ended_at: datetime | None
    answered_by: str | None
    answer: str | None
    fields: dict[str, Any]
    link_until: datetime
    version: int


@router.get("/departments", responses=problems(400))
async def list_departments(
    principal: Reader,
    db: DB,
    shop: TheShop,
    kind: Kind | None = None,
    province: Annotated[str | None, Query(max_length=60)] = None,
    city: Annotated[str | None, Query(max_length=60)] = None,
) -> list[DepartmentView]:
    """Departments, those of a kind, or those that serve a place, the nearest first."""
    area = _area(shop, db, Area(province=province, city=city), "query/province") if province else None
    async with db.read() as tx:
        return [_view(item) for item in await store.listed(tx, kind=kind, area=area)]


@router.get("/departments/{department_id}", responses=problems(404))
async def read_department(department_id: DepartmentId, principal: Reader, db: DB, response: Response) -> DepartmentView:
    """A department."""
    async with db.read() as tx:
        found = await store.get(tx, department_id)
    if found is None:
        raise NotFound("department", department_id)
    response.headers["ETag"] = etag(found.version)
    return _view(found)


@router.put("/departments/{department_id}", responses=problems(400, 403, 412))
async def put_department(
    department_id: DepartmentId,
    body: PutDepartment,
    principal: Writer,
    db: DB,
    shop: TheShop,
    request: Request,
    response: Response,
) -> DepartmentView:
    """Add or change a department. Tasks that run keep the clocks they began with. Supervisors only."""
    if not principal.may(ADMIN):
        raise Forbidden(f"This needs the scope {ADMIN}.", extra={"missing_scopes": [ADMIN]})
    areas = [_area(shop, db, area, f"#/areas/{at}") for at, area in enumerate(body.areas)]
    async with db.transaction() as tx:
        present = await store.lock(tx, department_id)
        check_if_match(request, present.version if present else 0)
        wanted = Department(
            id=department_id,
            kind=body.kind,
            name={"zh-CN": body.name.zh, "en": body.name.en},
            email=body.email,
            language=body.language,
            areas=areas,
            acknowledge_minutes=body.acknowledge_minutes,
            reply_hours=body.reply_hours,
            callers=body.callers,
            active=body.active,
            version=0,
            updated_at=tx.now,
        )
        stored = await store.put(tx, wanted)
        tx.audit(principal.subject, "department.put", f"department/{department_id}", {"version": stored.version})
    response.headers["ETag"] = etag(stored.version)
    return _view(stored)


@router.post("/cases/{case_id}/dispatches", status_code=201, response_model=DispatchView, responses=_CHANGES)
async def send_dispatch(case_id: UUID, body: SendDispatch, change: ChangeOf, dispatcher: TheDispatcher) -> Response:
    """Give the present step's task to a department. It is told by mail with a link to answer by; its clocks begin."""

    async def effect(file: CaseFile) -> DispatchView:
        department = await store.get(file.tx, body.department_id)
        if department is None or not department.active:
            detail = "no such department, or not active"
            raise BadRequest(f"{detail}.", errors=[FieldError(pointer="#/department_id", detail=detail)])
        return view(await dispatching.send(file, dispatcher, department, task=body.task, by=change.principal.subject))

    return await change.run(case_id, effect, status=201)


@router.get("/cases/{case_id}/dispatches", responses=problems(403, 404))
async def list_dispatches(case_id: UUID, principal: Reader, db: DB) -> list[DispatchView]:
    """What was asked of departments on the case, oldest first."""
    async with db.read() as tx:
        case = await case_store.get(tx, case_id)
        if case is None:
            raise NotFound("case", case_id)
        await access.require_readable(tx, case, principal)
        return [view(item) for item in await store.dispatches_of_case(tx, case_id)]


@router.post("/cases/{case_id}/dispatches/{dispatch_id}/remind", response_model=DispatchView, responses=_CHANGES)
async def remind_department(case_id: UUID, dispatch_id: UUID, change: ChangeOf, dispatcher: TheDispatcher) -> Response:
    """Mail a fresh link; the one sent before is no longer good."""

    async def effect(file: CaseFile) -> DispatchView:
        dispatch, department = await of_case(file.tx, file.case.id, dispatch_id)
        return view(await dispatching.renew(file, dispatcher, dispatch, department, by=change.principal.subject))

    return await change.run(case_id, effect)


@router.post("/cases/{case_id}/dispatches/{dispatch_id}/withdraw", response_model=DispatchView, responses=_CHANGES)
async def withdraw_dispatch(case_id: UUID, dispatch_id: UUID, body: WithdrawDispatch, change: ChangeOf) -> Response:
    """Take the task back; its link then says so."""

    async def effect(file: CaseFile) -> DispatchView:
        dispatch, department = await of_case(file.tx, file.case.id, dispatch_id)
        by = change.principal.subject
        return view(await dispatching.withdraw(file, dispatch, department, reason=body.reason, by=by))

    return await change.run(case_id, effect)


async def of_case(tx: Tx, case_id: UUID, dispatch_id: UUID) -> tuple[Dispatch, Department]:
    """A task of a locked case, locked too, with its department; 404 if it is not one of the case."""
    dispatch = await store.dispatch(tx, dispatch_id, lock=True)
    department = await store.get(tx, dispatch.department_id) if dispatch else None
    if dispatch is None or department is None or dispatch.case_id != case_id:
        raise NotFound("dispatch", dispatch_id)
    return dispatch, department


def view(dispatch: Dispatch) -> DispatchView:
    """A task as callers see it."""
    return DispatchView.model_validate(dispatch._asdict())


def _view(department: Department) -> DepartmentView:
    name = LabelView(zh=department.name["zh-CN"], en=department.name["en"])
    return DepartmentView.model_validate({**department._asdict(), "name": name})


def _area(shop: Shop, db: DB, area: Area, pointer: str) -> str:
    try:
        province = shop.tariff(db.clock.now()).province(area.province)
    except PlaceUnknown as error:
        raise BadRequest(f"{error}.", errors=[FieldError(pointer=pointer, detail=str(error))]) from error
    return f"{province.code}/{city_key(area.city)}" if area.city and not province.city else province.code
