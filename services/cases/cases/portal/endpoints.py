"""The portal's endpoints. The link is the only right: it opens one task, until it expires or a newer one is sent.

Opening it changes nothing, because mail scanners open links too. Forms carry a token bound to the link and to the state
that was shown, so nothing on another page can send them and nothing stale is taken; browsers that say where a request
comes from must say that it comes from here.
"""

import secrets
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from cases.actions import dispatching, filing
from cases.actions.dispatch_mail import Dispatcher
from cases.actions.file import CaseFile
from cases.actions.filing import Checked, FileRoom, NotAllowed
from cases.domain.departments import OPEN, BadLink, Department, Dispatch, DispatchState
from cases.domain.dictionary import FieldType
from cases.domain.errors import BadFields
from cases.portal.forms import Form, Upload, read_form
from cases.portal.page import Input, TaskPage, Text, message_page, task_page
from cases.store import cases as case_store
from cases.store import departments as store
from cases.store.attachments import QUARANTINED
from chassis.db import Database, Tx
from chassis.files.blobs import BlobsUnavailable
from chassis.files.scan import ScannerUnavailable
from chassis.http.deps import DB
from contracts.values import Language

router = APIRouter(prefix="/portal", include_in_schema=False)

Spoken = Annotated[Language | None, Query(alias="lang")]
_INPUT_TYPES = (FieldType.TEXT, FieldType.LONG_TEXT, FieldType.CHOICE, FieldType.LIST)
_OWN_FIELD, _EVIDENCE = "ops_reply", "evidence"
_LONGEST_ANSWER, _LONGEST_REASON = 5000, 500
_SAME_SITE = frozenset({"same-origin", "none"})


def dispatcher_of(request: Request) -> Dispatcher:
    """What dispatching decides with."""
    dispatcher: Dispatcher = request.app.state.dispatcher
    return dispatcher


TheDispatcher = Annotated[Dispatcher, Depends(dispatcher_of)]


class _Closed(Exception):
    """The link opens nothing; `code` says why."""

    def __init__(self, code: str, status: int) -> None:
        super().__init__(code)
        self.code, self.status = code, status


class _Refused(Exception):
    """The form is not taken, and nothing changes; its text is the key of the reason."""


@router.get("/{token}")
async def show(token: str, db: DB, dispatcher: TheDispatcher, lang: Spoken = None) -> Response:
    """The task and its forms."""
    async with db.transaction() as tx:
        try:
            dispatch, department = await _opened(tx, dispatcher, token)
        except _Closed as closed:
            return _closed(dispatcher, closed, lang)
        file = await _file(tx, dispatcher, dispatch, lock=False)
        tx.audit(f"department:{department.id}", "dispatch.read", f"dispatch/{dispatch.id}")
        return await _page(tx, dispatcher, token, dispatch, department, file, lang)


@router.post("/{token}")
async def submit(request: Request, token: str, db: DB, dispatcher: TheDispatcher, lang: Spoken = None) -> Response:
    """What the department says; then the page again, as it is now."""
    form, uploads = await read_form(request)
    try:
        checked = await _take_in(request, db, dispatcher, token, form, uploads) if uploads else []
        async with db.transaction() as tx:
            dispatch, department = await _opened(tx, dispatcher, token)
            file = await _file(tx, dispatcher, dispatch, lock=True)
            dispatch = await store.dispatch(tx, dispatch.id, lock=True) or dispatch
            problem = _objection(request, dispatcher, token, dispatch, form)
            problem = problem or await _take(file, dispatch, department, form, checked)
            if problem is not None:
                raise _Refused(problem)
    except _Closed as closed:
        return _closed(dispatcher, closed, lang)
    except _Refused as refused:
        return await _again(db, dispatcher, token, lang, problem=str(refused), form=form)
    query = f"?lang={lang}" if lang else ""
    return RedirectResponse(f"{request.url.path.rpartition('/')[2]}{query}", status_code=303, headers=_headers(""))


async def _again(
    db: Database, dispatcher: Dispatcher, token: str, lang: Language | None, *, problem: str, form: Mapping[str, str]
) -> Response:
    """The page as it is, with what was entered and why it was not taken; nothing was changed."""
    async with db.read() as tx:
        try:
            dispatch, department = await _opened(tx, dispatcher, token)
        except _Closed as closed:
            return _closed(dispatcher, closed, lang)
        file = await _file(tx, dispatcher, dispatch, lock=False)
        return await _page(tx, dispatcher, token, dispatch, department, file, lang, problem=problem, form=form)


async def _opened(tx: Tx, dispatcher: Dispatcher, token: str) -> tuple[Dispatch, Department]:
    try:
        link = dispatcher.signer.read(token)
    except BadLink as error:
        raise _Closed("wrong", 404) from error
    dispatch = await store.dispatch(tx, link.dispatch_id)
    department = await store.get(tx, dispatch.department_id) if dispatch else None
    if dispatch is None or department is None:
        raise _Closed("wrong", 404)
    if link.number != dispatch.link:
        raise _Closed("replaced", 410)
    if link.until <= tx.now:
        raise _Closed("expired", 410)
    return dispatch, department


async def _file(tx: Tx, dispatcher: Dispatcher, dispatch: Dispatch, *, lock: bool) -> CaseFile:
    case_id = await store.home(tx, dispatch.case_id)
    found = await (case_store.lock_one if lock else case_store.get)(tx, case_id)
    if found is None:
        raise LookupError(f"the case of dispatch {dispatch.id} is gone")
    return CaseFile(tx, dispatcher.office, found)


def _objection(request: Request, dispatcher: Dispatcher, token: str, dispatch: Dispatch, form: Form) -> str | None:
    """Why the form is not taken, as a text key."""
    if request.headers.get("sec-fetch-site", "none") not in _SAME_SITE:
        return "portal.problem.stale"
    if dispatch.state not in OPEN:
        return "portal.problem.settled"
    if not dispatcher.signer.is_form_token(token, dispatch.version, form.get("form", "")):
        return "portal.problem.stale"
    return None


async def _take_in(
    request: Request, db: Database, dispatcher: Dispatcher, token: str, form: Form, uploads: Sequence[Upload]
) -> list[Checked]:
    """The files, looked at and kept; only what comes through a good link and its form gets that far."""
    async with db.read() as tx:
        dispatch, _ = await _opened(tx, dispatcher, token)
    problem = _objection(request, dispatcher, token, dispatch, form)
    if problem is not None:
        raise _Refused(problem)
    room: FileRoom = request.app.state.files
    longest = dispatcher.office.parameters.attachment_max_bytes
    if any(len(upload.content) > longest for upload in uploads):
        raise _Refused("portal.problem.file")
    try:
        return [await room.take_in(upload.content, upload.name) for upload in uploads]
    except NotAllowed as error:
        raise _Refused("portal.problem.file") from error
    except (ScannerUnavailable, BlobsUnavailable) as error:
        raise _Refused("portal.problem.later") from error


async def _take(
    file: CaseFile, dispatch: Dispatch, department: Department, form: Form, checked: Sequence[Checked]
) -> str | None:
    by = f"department:{department.id}"
    match form.get("action"):
        case "acknowledge":
            await dispatching.acknowledge(file, dispatch, department, by=by)
        case "answer":
            text = form.get("answer", "").strip()
            if not text or "\0" in text or len(text) > _LONGEST_ANSWER:
                return "portal.problem.answer"
            names = [name for name in _inputs_of(file, dispatch) if form.get(f"f.{name}", "").strip()]
            fields = {name: _read(file, name, form[f"f.{name}"]) for name in names}
            stored = [await filing.put_on_case(file, item, actor=by) for item in checked]
            if stored and _EVIDENCE in dispatch.asked:
                named = [item.name for item in stored if item.state != QUARANTINED]
                fields[_EVIDENCE] = [*fields.get(_EVIDENCE, ()), *named] or None
            try:
                await dispatching.answer(file, dispatch, department, text=text, fields=_given(fields), by=by)
            except BadFields:
                return "portal.problem.fields"
        case "refuse":
            reason = form.get("reason", "").strip()
            if not reason or "\0" in reason or len(reason) > _LONGEST_REASON:
                return "portal.problem.reason"
            await dispatching.refuse(file, dispatch, department, reason=reason, by=by)
        case _:
            return "portal.problem.stale"
    return None


def _inputs_of(file: CaseFile, dispatch: Dispatch) -> list[str]:
    """The fields a person can fill in on the page; the answer itself is one of them."""
    specs = file.office.library.dictionary.fields
    return [name for name in dispatch.asked if name != _OWN_FIELD and specs[name].type in _INPUT_TYPES]


def _read(file: CaseFile, name: str, value: str) -> Any:
    """What was entered, as the field takes it: a list has an item on each line."""
    if file.office.library.dictionary.fields[name].type is FieldType.LIST:
        return [line.strip() for line in value.splitlines() if line.strip()]
    return value.strip()


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _option(text: Text, option: str) -> str:
    """The name of a choice; the choice itself if nobody named it."""
    try:
        return text(f"portal.option.{option}")
    except KeyError:
        return option


async def _page(
    tx: Tx,
    dispatcher: Dispatcher,
    token: str,
    dispatch: Dispatch,
    department: Department,
    file: CaseFile,
    lang: Language | None,
    *,
    problem: str | None = None,
    form: Mapping[str, str] | None = None,
) -> Response:
    language = lang or Language(department.language)
    text = _texts(dispatcher, language)
    given = form or {}
    specs = file.office.library.dictionary.fields
    words = file.office.words
    procedure = file.engine.procedure
    step = procedure.step(dispatch.step).label if procedure.has_step(dispatch.step) else procedure.label
    is_open = dispatch.state in OPEN and file.case.closed_at is None
    late = is_open and (
        dispatch.reply_by < tx.now or (dispatch.state == DispatchState.SENT and dispatch.acknowledge_by < tx.now)
    )
    facts = [(text("portal.case"), f"{file.case.case_no} · {procedure.label.text(language)}")]
    facts += [(text("portal.waybill"), file.case.waybill_no)] if file.case.waybill_no else []
    facts.append((text("portal.acknowledge_by"), words.moment(language, dispatch.acknowledge_by)))
    facts.append((text("portal.reply_by"), words.moment(language, dispatch.reply_by)))
    page = TaskPage(
        department=department.name[language],
        ref=dispatch.ref,
        step=step.text(language),
        task=dispatch.task,
        state=text("portal.state.late" if late else f"portal.state.{dispatch.state}"),
        facts=facts,
        late=late,
        open=is_open,
        acknowledged=dispatch.state != DispatchState.SENT,
        form_token=dispatcher.signer.form_token(token, dispatch.version),
        inputs=[
            Input(
                name=name,
                label=specs[name].label.text(language),
                long=specs[name].type in (FieldType.LONG_TEXT, FieldType.LIST),
                lines=specs[name].type is FieldType.LIST,
                options=[(option, _option(text, option)) for option in specs[name].options],
                value=given.get(f"f.{name}", ""),
            )
            for name in _inputs_of(file, dispatch)
        ],
        answer=dispatch.answer or "",
        problem=text(problem) if problem else None,
        given=given,
    )
    nonce = secrets.token_urlsafe(16)
    document = task_page(page, text, language, nonce)
    return HTMLResponse(document, status_code=409 if problem else 200, headers=_headers(nonce))


def _closed(dispatcher: Dispatcher, closed: _Closed, lang: Language | None) -> Response:
    language = lang or Language.ZH_CN
    text = _texts(dispatcher, language)
    nonce = secrets.token_urlsafe(16)
    title, words = text(f"portal.{closed.code}.title"), text(f"portal.{closed.code}.words")
    document = message_page(title, words, text, language, nonce)
    return HTMLResponse(document, status_code=closed.status, headers=_headers(nonce))


def _texts(dispatcher: Dispatcher, language: Language) -> Text:
    def text(key: str, **values: object) -> str:
        return dispatcher.office.texts.text(language, key, **values)

    return text


def _headers(nonce: str) -> dict[str, str]:
    """Nothing of the page is kept, framed or sent on: the address is a secret."""
    style = f" style-src 'nonce-{nonce}';" if nonce else ""
    policy = f"default-src 'none';{style} form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    return {
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": policy,
    }
