"""Putting right what a case is about: it goes over to another procedure with what is known."""

from cases.actions.file import CaseFile
from cases.domain.errors import WaitingForSubProcedure
from cases.domain.facts import FIRST_WORDS
from cases.domain.model import EntryKind
from cases.domain.run import DeadlineDropped, Progress
from cases.store import timeline, work
from contracts.cases import CaseClassified
from contracts.work import WorkChanged


async def classify(file: CaseFile, *, case_type: str, procedure: str, actor: str, reason: str) -> None:
    """Begin `procedure` on the case, with the fields it has. What was done so far stays on the timeline."""
    old = await file.run()
    if old.waiting_for is not None:
        raise WaitingForSubProcedure(old.waiting_for)
    engine = file.office.library.engine(procedure)
    used = engine.field_names()
    known = {name: value for name, value in old.fields.items() if name in used}
    words = await timeline.first_words(file.tx, file.case.id)
    known |= {name: words for name in FIRST_WORDS if words and name in used and name not in known}
    known |= {"contact_class": case_type} if "contact_class" in used else {}
    started = engine.start(now=file.tx.now, fields=known, received_at=file.case.opened_at)
    dropped = tuple(DeadlineDropped(key) for key in old.deadlines)
    parameters = file.office.parameters
    label = engine.procedure.label
    file.note(
        EntryKind.STATUS,
        "case.reclassified",
        actor=actor,
        reason=reason,
        before=file.case.procedure,
        procedure=procedure,
        procedure_label={"zh-CN": label.zh, "en": label.en},
    )
    file.tx.emit(
        CaseClassified(
            case_id=file.case.id,
            case_type=case_type,
            procedure=procedure,
            procedure_version=engine.procedure.version,
            previous_case_type=file.case.case_type,
            previous_procedure=file.case.procedure,
            actor=actor,
            reason=reason,
            occurred_at=file.tx.now,
        )
    )
    changes = {"case_type": case_type, "procedure": procedure, "procedure_version": engine.procedure.version}
    await file.change(
        **changes, queue=parameters.queue(case_type), priority=parameters.priority(case_type), step=started.run.step
    )
    for item in await work.live(file.tx, file.case.id):
        file.tx.emit(
            WorkChanged(work_item_id=item.id, change="priority", priority=file.case.priority, occurred_at=file.tx.now)
        )
    await file.apply(Progress(started.run, (*dropped, *started.effects)))
