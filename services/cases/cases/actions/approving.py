"""Asking for decisions, and taking them: by somebody else than the handler, within their authority."""

from typing import Any

from cases.actions import closing, paying
from cases.actions.file import CaseFile
from cases.domain.errors import ProcedureEnded, SegregationOfDuties
from cases.domain.model import Approval, EntryKind
from cases.domain.procedure import Step
from cases.domain.run import Actor
from cases.store import approvals
from contracts.cases import CaseApprovalDecided, CaseApprovalRequested

FIELD = "approval_id"
"""The field by which a step of a procedure shows that it is decided here."""


def decided_step(file: CaseFile, step_id: str) -> Step | None:
    """The case's step, if it is one that waits for a decision."""
    step = file.engine.procedure.step(step_id)
    return step if FIELD in step.fields else None


async def request(
    file: CaseFile, *, kind: str, amount: tuple[int, str] | None, summary: str, actor: Actor
) -> Approval | None:
    """Ask for a decision; None if one is pending. What is within the asker's own authority is decided at once."""
    run = await file.run()
    authority = file.office.compensation.authority
    needed = authority.level(*amount) if amount else authority.levels[-1].role
    step = decided_step(file, run.step) if run.ended_at is None else None
    made = await approvals.request(
        file.tx,
        case_id=file.case.id,
        kind=kind,
        step=step.id if step else None,
        amount=amount,
        summary=summary,
        authority=needed,
        requested_by=actor.id,
    )
    if made is None:
        return None
    file.note(
        EntryKind.STEP,
        "approval.requested",
        actor=actor.id,
        approval_id=made.id,
        amount=shown_amount(amount),
        kind_label=file.office.both(f"approval.kind.{kind}"),
        authority_label=file.role_label(needed),
    )
    file.tx.emit(
        CaseApprovalRequested(
            case_id=file.case.id,
            approval_id=made.id,
            kind=kind,
            step=made.step,
            amount_minor=made.amount_minor,
            currency=made.currency,
            authority=needed,
            requested_by=actor.id,
            occurred_at=file.tx.now,
        )
    )
    if kind == "goodwill" and step is None and amount and authority.may("front_desk", *amount):
        return await _take(file, made, state="approved", actor=actor, reason="own authority")
    return made


async def decide(file: CaseFile, approval: Approval, *, state: str, reason: str, actor: Actor) -> Approval | None:
    """Take the decision; None if it was taken already. The procedure's step that waited for it is completed."""
    if actor.id == approval.requested_by or actor.is_owner:
        raise SegregationOfDuties("approval", "who asked for it or handles the case")
    return await _take(file, approval, state=state, actor=actor, reason=reason)


async def _take(file: CaseFile, approval: Approval, *, state: str, actor: Actor, reason: str) -> Approval | None:
    taken = await approvals.decide(file.tx, approval.id, state=state, decided_by=actor.id, reason=reason)
    if taken is None:
        return None
    file.note(EntryKind.STEP, f"approval.{state}", actor=actor.id, approval_id=approval.id, reason=reason)
    file.tx.emit(
        CaseApprovalDecided(
            case_id=file.case.id,
            approval_id=taken.id,
            kind=taken.kind,
            decision=state,
            amount_minor=taken.amount_minor,
            currency=taken.currency,
            requested_by=taken.requested_by,
            decided_by=actor.id,
            reason=reason,
            occurred_at=file.tx.now,
        )
    )
    await paying.owe(file, taken)
    if approval.step is not None:
        await _complete_step(file, taken, actor)
    return taken


async def _complete_step(file: CaseFile, approval: Approval, actor: Actor) -> None:
    run = await file.run()
    if run.ended_at is not None:
        raise ProcedureEnded(run.step)
    step = decided_step(file, run.step)
    if step is None or step.id != approval.step:
        return
    amount = {"minor": approval.amount_minor or 0, "currency": approval.currency or "CNY"}
    known: dict[str, Any] = {
        FIELD: str(approval.id),
        "approval_decision": approval.state,
        "amount": amount,
        "appeal_reply": approval.summary,
    }
    fields = {name: known[name] for name in step.fields if name in known}
    outcome = approval.state if step.has_outcome(approval.state) else None
    progress = file.engine.complete(run, actor=actor, now=file.tx.now, fields=fields, outcome=outcome)
    await closing.settle(file, progress, actor=actor)


def shown_amount(amount: tuple[int, str] | None) -> str:
    """An amount as people read it: 123.45 CNY; a dash for none."""
    return f"{amount[0] // 100}.{amount[0] % 100:02d} {amount[1]}" if amount else "—"
