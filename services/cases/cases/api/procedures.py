"""Reading the procedures."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.responses import PlainTextResponse

from cases.api.changing import Reader, TheOffice
from cases.domain.draw import mermaid
from cases.domain.engine import Engine
from cases.procedures import UnknownProcedure
from cases.views import LabelView
from chassis.http.problems import NotFound, problems

router = APIRouter(prefix="/v1/procedures", tags=["Procedures"])

Version = Annotated[int | None, Query(ge=1, le=10_000, description="unset: the newest")]


class ProcedureItem(BaseModel):
    """A procedure in the list."""

    id: str
    version: int
    label: LabelView
    contact_class: str
    steps: int


class ProcedureView(ProcedureItem):
    """A procedure with its definition, as the schema of procedure files has it."""

    definition: dict[str, Any]


@router.get("")
async def list_procedures(principal: Reader, office: TheOffice) -> list[ProcedureItem]:
    """All procedures in their newest version."""
    return [_item(office.library.engine(name)) for name in office.library.ids()]


@router.get("/{procedure}", responses=problems(404))
async def read_procedure(
    procedure: str, principal: Reader, office: TheOffice, version: Version = None
) -> ProcedureView:
    """A procedure: steps, fields, ways on, limits with their sources."""
    engine = _engine(office, procedure, version)
    definition = engine.procedure.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return ProcedureView(**_item(engine).model_dump(), definition=definition)


@router.get("/{procedure}/diagram", response_class=PlainTextResponse, responses=problems(404))
async def draw_procedure(
    procedure: str,
    principal: Reader,
    office: TheOffice,
    version: Version = None,
    language: Annotated[Literal["zh-CN", "en"], Query()] = "zh-CN",
) -> PlainTextResponse:
    """A procedure as a Mermaid state diagram."""
    engine = _engine(office, procedure, version)
    return PlainTextResponse(mermaid(engine.procedure, engine.dictionary, language))


def _engine(office: TheOffice, procedure: str, version: int | None) -> Engine:
    try:
        return office.library.engine(procedure, version)
    except UnknownProcedure as error:
        raise NotFound("procedure", f"{procedure}.{version}" if version else procedure) from error


def _item(engine: Engine) -> ProcedureItem:
    procedure = engine.procedure
    return ProcedureItem(
        id=procedure.id,
        version=procedure.version,
        label=LabelView.of(procedure.label),
        contact_class=procedure.contact_class,
        steps=len(procedure.steps),
    )
