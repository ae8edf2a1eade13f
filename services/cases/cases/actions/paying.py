"""Payments: they follow from decisions, are instructed by somebody else than asked for them, and show on the case."""

from cases.actions import closing
from cases.actions.file import CaseFile
from cases.domain.errors import ProcedureRefusal, SegregationOfDuties
from cases.domain.model import Approval, EntryKind
from cases.domain.payout import PayoutState
from cases.domain.run import Actor
from cases.store import payouts
from cases.store.payouts import Payout

PAYS = frozenset({"compensation", "goodwill"})
_FIELD = "payment_ref"


async def owe(file: CaseFile, approval: Approval) -> None:
    """An approved amount is due."""
    if approval.kind not in PAYS or approval.state != "approved" or not approval.amount_minor or not approval.currency:
        return
    made = await payouts.owe(
        file.tx,
        case_id=file.case.id,
        approval_id=approval.id,
        kind=approval.kind,
        amount_minor=approval.amount_minor,
        currency=approval.currency,
        requested_by=approval.requested_by,
        approved_by=approval.decided_by or "",
    )
    if made is not None:
        _show(file, made, approval.decided_by or "")


async def move(
    file: CaseFile, payout: Payout, state: PayoutState, *, reference: str | None, reason: str | None, actor: Actor
) -> Payout:
    """The payment goes on. Who asked for the decision, and who handles the case, does not instruct its payment. A paid
    one completes the step of the procedure that waits for it."""
    if state is PayoutState.INSTRUCTED and (actor.id == payout.requested_by or actor.is_owner):
        raise SegregationOfDuties("payment", "who asked for the amount or handles the case")
    moved = await payouts.move(file.tx, payout, state, reference=reference, reason=reason, actor=actor.id)
    _show(file, moved, actor.id)
    if state is PayoutState.PAID:
        await _paid(file, moved, actor)
    return moved


async def _paid(file: CaseFile, payout: Payout, actor: Actor) -> None:
    run = await file.run()
    if run.ended_at is not None or run.waiting_for is not None:
        return
    if _FIELD not in file.engine.procedure.step(run.step).fields:
        return
    fields = {_FIELD: payout.reference or str(payout.id)}
    try:
        progress = file.engine.complete(run, actor=actor, now=file.tx.now, fields=fields)
    except ProcedureRefusal:  # the step wants more than the payment: its agent completes it
        progress = file.engine.record(run, fields=fields, now=file.tx.now)
    await closing.settle(file, progress, actor=actor)


def _show(file: CaseFile, payout: Payout, actor: str) -> None:
    file.note(
        EntryKind.STEP,
        f"payout.{payout.state}",
        actor=actor,
        payout_id=payout.id,
        amount=f"{payout.amount_minor // 100}.{payout.amount_minor % 100:02d} {payout.currency}",
        reference=payout.reference,
        reason=payout.reason,
    )
