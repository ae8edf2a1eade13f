"""Working on a case: reply, complete steps, note, close, reopen."""

from collections.abc import Sequence
from uuid import UUID

from fastapi import APIRouter, Response

from cases.actions import approving, classifying, closing, filing, opening, replying
from cases.actions.file import CaseFile
from cases.api import access
from cases.api.changing import ChangeOf
from cases.api.refusals import (
    CannotReply,
    CaseClosedAlready,
    CaseNotClosed,
    DoNotContact,
    LegalClockRuns,
    PersonErased,
    ThreadTaken,
    UnseenMessages,
    problem_of,
)
from cases.api.schemas import AddNote, CaseView, ClassifyCase, CloseCase, CompleteStep, ReopenCase, SendMessage
from cases.api.shaping import can_reply, view_of
from cases.domain.errors import BadFields
from cases.domain.model import Interaction
from cases.domain.threads import thread_key
from cases.domain.waybills import normal_waybill
from cases.store import cases as case_store
from cases.store import customers, interactions, timeline
from cases.views import EntryView, entry_view
from chassis.http.problems import BadRequest, FieldError, problems
from contracts.values import Attachment, Channel

router = APIRouter(prefix="/v1/cases/{case_id}", tags=["Cases"])

_CHANGES = problems(400, 403, 404, 409, 412, 422)


@router.post("/messages", status_code=201, response_model=EntryView, responses=_CHANGES)
async def send_message(case_id: UUID, body: SendMessage, change: ChangeOf) -> Response:
    """Reply to the customer. The channel sends it; what becomes of it shows in the entry's `status`."""

    async def effect(file: CaseFile) -> EntryView:
        require_open(file)
        await _require_welcome(file)
        interaction = await _reply_on(file, body.interaction_id)
        files = await _files(file, body.attachment_ids)
        if files and interaction.channel is not Channel.EMAIL:
            raise CannotReply(f"Files go by mail only; interaction {interaction.id} is {interaction.channel}.")
        entry = await replying.reply(
            file,
            interaction,
            text=body.text,
            subject=body.subject,
            author=change.principal.subject,
            author_name=change.principal.name,
            attachments=files,
        )
        return entry_view(entry)

    return await change.run(case_id, effect, status=201)


@router.post("/notes", status_code=201, response_model=EntryView, responses=_CHANGES)
async def add_note(case_id: UUID, body: AddNote, change: ChangeOf) -> Response:
    """Add an internal note. Everybody who may read the case may add one, also after it was closed."""

    async def effect(file: CaseFile) -> EntryView:
        principal = change.principal
        return entry_view(
            await replying.note(
                file,
                text=body.text,
                author=principal.subject,
                author_name=principal.name,
                mentions=body.mentions,
                attachments=await _files(file, body.attachment_ids),
            )
        )

    return await change.run(case_id, effect, status=201, owned=False)


@router.post("/steps", response_model=CaseView, responses=_CHANGES)
async def complete_step(case_id: UUID, body: CompleteStep, change: ChangeOf) -> Response:
    """Complete the procedure's present step, or only store fields of it.

    Out of order, or with a mandatory field missing, it is refused with 409, or recorded as a deviation if the procedure
    allows that and `deviation_reason` says why.
    """

    async def effect(file: CaseFile) -> CaseView:
        require_open(file)
        if approving.FIELD in body.fields:
            raise problem_of(BadFields({approving.FIELD: "is set by deciding an approval"}))
        run = await file.run()
        if body.complete:
            actor = access.actor(change.principal, file.case, file.engine.dictionary)
            progress = file.engine.complete(
                run,
                actor=actor,
                now=file.tx.now,
                step=body.step,
                fields=body.fields,
                outcome=body.outcome,
                reason=body.deviation_reason,
            )
            await closing.settle(file, progress, actor=actor)
        else:
            await file.apply(file.engine.record(run, fields=body.fields, now=file.tx.now))
        await _follow_waybill(file)
        await file.write()
        return await view_of(file, change.principal)

    return await change.run(case_id, effect)


@router.post("/close", response_model=CaseView, responses=_CHANGES)
async def close_case(case_id: UUID, body: CloseCase, change: ChangeOf) -> Response:
    """Close the case: what is left of its procedure is completed as far as its fields are there.

    Steps and closing fields that would be left out refuse it with 409, or are recorded as deviations if the procedure
    allows that and `deviation_reason` says why. Open interactions are ended and the agent is freed.
    """

    async def effect(file: CaseFile) -> CaseView:
        require_open(file)
        if body.seen_seq is not None and file.case.last_customer_seq > body.seen_seq:
            raise UnseenMessages(body.seen_seq, file.case.last_customer_seq)
        await closing.close(
            file,
            actor=access.actor(change.principal, file.case, file.engine.dictionary),
            resolution=body.resolution,
            fields=body.fields,
            reason=body.deviation_reason,
        )
        await file.write()
        return await view_of(file, change.principal)

    return await change.run(case_id, effect)


@router.post("/classify", response_model=CaseView, responses=_CHANGES)
async def classify_case(case_id: UUID, body: ClassifyCase, change: ChangeOf) -> Response:
    """Say what the case is really about: it begins that class's procedure with the fields it has.

    Clocks of the whole matter run from when the case was opened. Leaving a procedure with a deadline of the law takes
    a supervisor.
    """

    async def effect(file: CaseFile) -> CaseView:
        require_open(file)
        procedure = file.office.parameters.procedure_of_class.get(body.case_type)
        if procedure is None:
            known = ", ".join(sorted(file.office.parameters.procedure_of_class))
            detail = f"not a class with a procedure; one of {known}"
            raise BadRequest(
                f"{body.case_type} is {detail}.", errors=[FieldError(pointer="#/case_type", detail=detail)]
            )
        limit = file.engine.procedure.overall_limit
        if limit is not None and limit.legal_clock and not change.principal.may(access.ADMIN):
            raise LegalClockRuns(file.case.procedure)
        await classifying.classify(
            file, case_type=body.case_type, procedure=procedure, actor=change.principal.subject, reason=body.reason
        )
        await file.write()
        return await view_of(file, change.principal)

    return await change.run(case_id, effect)


@router.post("/reopen", response_model=CaseView, responses=_CHANGES)
async def reopen_case(case_id: UUID, body: ReopenCase, change: ChangeOf) -> Response:
    """Bring a closed case back, to the second level of service.

    Refused with 409 while another case is open for the same customer and matter, and for a merged case.
    """

    async def effect(file: CaseFile) -> CaseView:
        if file.case.closed_at is None:
            raise CaseNotClosed(file.case.case_no)
        customer = await customers.get(file.tx, file.case.customer_id)
        if customer is not None and customer.erased_at is not None:
            raise PersonErased(file.case.case_no)
        if file.case.merged_into is not None:
            raise CaseClosedAlready(file.case.case_no, file.case.merged_into)
        for other in await case_store.open_of_customer(file.tx, file.case.customer_id):
            if file.case.threading and other.thread_key == file.case.thread_key:
                taken = await case_store.get(file.tx, other.id)
                raise ThreadTaken(taken.case_no if taken else "?", other.id)
        await opening.reopen(file, actor=change.principal.subject, reason=body.reason)
        await file.write()
        return await view_of(file, change.principal)

    return await change.run(case_id, effect, with_customer=True)


def require_open(file: CaseFile) -> None:
    """409 if the case is closed; it names the case that this one was merged into."""
    if file.case.closed_at is not None:
        raise CaseClosedAlready(file.case.case_no, file.case.merged_into)


async def _files(file: CaseFile, ids: Sequence[UUID]) -> list[Attachment]:
    try:
        return [filing.as_attachment(stored) for stored in await filing.usable(file, ids)]
    except filing.NotUsable as error:
        place = list(ids).index(error.attachment_id)
        raise BadRequest(
            f"Attachment {error.attachment_id} cannot be sent: {error}.",
            errors=[FieldError(pointer=f"#/attachment_ids/{place}", detail=str(error))],
        ) from error


async def _require_welcome(file: CaseFile) -> None:
    if not await replying.welcome(file):
        raise DoNotContact()


async def _reply_on(file: CaseFile, interaction_id: UUID | None) -> Interaction:
    found = list(await interactions.of_case(file.tx, file.case.id))
    if interaction_id is not None:
        chosen = next((i for i in found if i.id == interaction_id), None)
        if chosen is None:
            raise BadRequest(
                "The interaction is not one of this case.",
                errors=[FieldError(pointer="#/interaction_id", detail="not an interaction of this case")],
            )
        if not can_reply(chosen):
            why = "is a call" if chosen.channel == "voice" else "has ended, and its visitor is gone"
            raise CannotReply(f"Interaction {chosen.id} {why}; choose another one.")
        return chosen
    usable = [i for i in found if can_reply(i)]
    if not usable:
        raise CannotReply("The case has no interaction on which a text can be sent.")
    return replying.newest_first(usable, await timeline.last_from_customer(file.tx, file.case.id))[0]


async def _follow_waybill(file: CaseFile) -> None:
    """A waybill entered in a step becomes the case's waybill."""
    waybill = (await file.run()).fields.get("waybill_no")
    if waybill and file.case.waybill_no is None and file.case.closed_at is None:
        number = normal_waybill(str(waybill))
        await file.adopt(thread_key(number), number)
