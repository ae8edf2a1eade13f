"""Templates and macros: texts and actions to use again."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from cases.actions import commanding
from cases.actions.file import CaseFile
from cases.api import access, shelves
from cases.api.changing import ChangeOf, Reader, TheOffice, Writer
from cases.api.refusals import problem_of
from cases.api.refusals_desk import ActionRefused, VariablesMissing
from cases.api.schemas import CaseView
from cases.api.schemas_desk import (
    MacroView,
    PutMacro,
    PutTemplate,
    RenderedView,
    TemplateView,
    UseMacro,
    UseTemplate,
)
from cases.api.shaping import view_of
from cases.domain import templates
from cases.domain.errors import ProcedureRefusal
from cases.domain.model import EntryKind
from cases.domain.templates import MissingVariables
from cases.store import cases as case_store
from cases.store import texts
from cases.store.texts import Kept
from chassis.db import Tx
from chassis.http.deps import DB
from chassis.http.etag import etag
from chassis.http.idempotency import OnceOnly
from chassis.http.problems import NotFound, problems

router = APIRouter(prefix="/v1", tags=["Templates and macros"])

_CHANGES = problems(400, 403, 404, 409, 412, 422)

CaseType = Annotated[str | None, Query(max_length=60, description="only those for this case type")]


@router.get("/templates")
async def list_templates(principal: Reader, db: DB, case_type: CaseType = None) -> list[TemplateView]:
    """Shared templates and the caller's own, by name."""
    async with db.read() as tx:
        return [_template(one) for one in await texts.listed(tx, "template", me=principal.subject, case_type=case_type)]


@router.post("/templates", status_code=201, response_model=TemplateView, responses=_CHANGES)
async def add_template(body: PutTemplate, principal: Writer, once: OnceOnly) -> Response:
    """Keep a text in both languages. Shared ones take a supervisor."""

    async def effect(tx: Tx) -> TemplateView:
        kept = await shelves.add(tx, "template", principal, name=body.name, shared=body.shared, content=_content(body))
        return _template(kept)

    return await once.run(effect, status=201, headers=lambda view: {"ETag": etag(view.version)})


@router.get("/templates/{template_id}", responses=problems(404))
async def read_template(template_id: UUID, principal: Reader, db: DB, response: Response) -> TemplateView:
    """A template. The ETag is its version."""
    async with db.read() as tx:
        kept = await shelves.find(tx, "template", template_id, principal)
    response.headers["ETag"] = etag(kept.version)
    return _template(kept)


@router.put("/templates/{template_id}", responses=problems(403, 404, 409, 412))
async def change_template(
    template_id: UUID, body: PutTemplate, principal: Writer, db: DB, request: Request, response: Response
) -> TemplateView:
    """Replace a template."""
    async with db.transaction() as tx:
        kept = await shelves.change(
            tx,
            "template",
            template_id,
            principal,
            request,
            name=body.name,
            shared=body.shared,
            content=_content(body),
        )
    response.headers["ETag"] = etag(kept.version)
    return _template(kept)


@router.delete("/templates/{template_id}", status_code=204, responses=problems(403, 404, 412))
async def remove_template(template_id: UUID, principal: Writer, db: DB, request: Request) -> None:
    """Forget a template. What was sent with it stays."""
    async with db.transaction() as tx:
        await shelves.remove(tx, "template", template_id, principal, request)


@router.post("/templates/{template_id}/render", responses=problems(403, 404, 422))
async def render_template(
    template_id: UUID, body: UseTemplate, principal: Reader, db: DB, office: TheOffice
) -> RenderedView:
    """The text for a case, with its variables filled. A variable without a value is 422 naming it: nothing with a hole
    in it ever goes to a customer."""
    async with db.transaction() as tx:
        kept = await shelves.find(tx, "template", template_id, principal)
        case = await case_store.get(tx, body.case_id)
        if case is None:
            raise NotFound("case", body.case_id)
        await access.require_readable(tx, case, principal)
        tx.audit(principal.subject, "template.render", f"case/{case.id}", {"template": str(template_id)})
        file = CaseFile(tx, office, case)
        facts = await commanding.facts(file, commanding.By(principal, dict(body.values)))
        language = body.language or case.language or "zh-CN"
        try:
            text = templates.render(templates.Wordings.model_validate(kept.content["texts"]), language, facts)
        except MissingVariables as error:
            raise VariablesMissing(error.names) from error
    return RenderedView(language=language, text=text)


@router.get("/macros")
async def list_macros(principal: Reader, db: DB, case_type: CaseType = None) -> list[MacroView]:
    """Shared macros and the caller's own, by name."""
    async with db.read() as tx:
        kept = await texts.listed(tx, "macro", me=principal.subject, case_type=case_type)
    return [shelves.view(MacroView, one) for one in kept]


@router.post("/macros", status_code=201, response_model=MacroView, responses=_CHANGES)
async def add_macro(body: PutMacro, principal: Writer, once: OnceOnly) -> Response:
    """Keep several actions under one name. Shared ones take a supervisor."""

    async def effect(tx: Tx) -> MacroView:
        content = _macro_content(body)
        kept = await shelves.add(tx, "macro", principal, name=body.name, shared=body.shared, content=content)
        return shelves.view(MacroView, kept)

    return await once.run(effect, status=201, headers=lambda view: {"ETag": etag(view.version)})


@router.get("/macros/{macro_id}", responses=problems(404))
async def read_macro(macro_id: UUID, principal: Reader, db: DB, response: Response) -> MacroView:
    """A macro. The ETag is its version."""
    async with db.read() as tx:
        kept = await shelves.find(tx, "macro", macro_id, principal)
    response.headers["ETag"] = etag(kept.version)
    return shelves.view(MacroView, kept)


@router.put("/macros/{macro_id}", responses=problems(403, 404, 409, 412))
async def change_macro(
    macro_id: UUID, body: PutMacro, principal: Writer, db: DB, request: Request, response: Response
) -> MacroView:
    """Replace a macro."""
    async with db.transaction() as tx:
        content = _macro_content(body)
        kept = await shelves.change(
            tx, "macro", macro_id, principal, request, name=body.name, shared=body.shared, content=content
        )
    response.headers["ETag"] = etag(kept.version)
    return shelves.view(MacroView, kept)


@router.delete("/macros/{macro_id}", status_code=204, responses=problems(403, 404, 412))
async def remove_macro(macro_id: UUID, principal: Writer, db: DB, request: Request) -> None:
    """Forget a macro."""
    async with db.transaction() as tx:
        await shelves.remove(tx, "macro", macro_id, principal, request)


@router.post("/cases/{case_id}/macros/{macro_id}", response_model=CaseView, responses=_CHANGES)
async def apply_macro(case_id: UUID, macro_id: UUID, body: UseMacro, change: ChangeOf) -> Response:
    """Do the macro's actions on a case, all in one transaction: if one is not possible, none is done, and the problem
    names it (`action`, counted from 0)."""

    async def effect(file: CaseFile) -> CaseView:
        kept = await shelves.find(file.tx, "macro", macro_id, change.principal)
        by = commanding.By(change.principal, dict(body.values))
        file.note(EntryKind.STATUS, "case.macro_applied", actor=change.principal.subject, macro=kept.name)
        macro = PutMacro(name=kept.name, actions=kept.content["actions"])
        for position, action in enumerate(macro.actions):
            try:
                await commanding.carry_out(file, action, by)
            except MissingVariables as error:
                raise VariablesMissing(error.names) from error
            except commanding.CannotDo as error:
                raise ActionRefused(position, action.do, str(error)) from error
            except ProcedureRefusal as error:
                problem = problem_of(error)
                problem.extra["action"] = position
                raise problem from error
        file.tx.audit(change.principal.subject, "macro.apply", f"case/{case_id}", {"macro": str(macro_id)})
        await file.write()
        return await view_of(file, change.principal)

    return await change.run(case_id, effect)


def _content(body: PutTemplate) -> dict[str, object]:
    return {"case_types": list(body.case_types), "purpose": body.purpose, "texts": body.texts.model_dump()}


def _template(kept: Kept) -> TemplateView:
    return shelves.view(TemplateView, kept, variables=list(templates.variables(kept.content["texts"]["zh"])))


def _macro_content(body: PutMacro) -> dict[str, object]:
    actions = [action.model_dump(mode="json", exclude_defaults=False) for action in body.actions]
    return {"case_types": list(body.case_types), "actions": actions}
