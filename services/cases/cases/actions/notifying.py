"""Telling the customer what the procedure says they must be told: once per step, on a channel they use, at a fit hour.

A notice that cannot be sent, must not be, or was not delivered, is the case's next action until somebody has told the
customer in another way or sent it again.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from cases.domain.model import EntryKind, NewEntry
from cases.domain.notices import QuietHours, Route, Verdict, decide
from cases.domain.run import SYSTEM
from cases.notices import Occasion
from cases.store import customers, interactions, notices
from cases.store.notices import Notice
from chassis.ids import uuid7
from contracts.sends import MessageSendRequested, OutboundPersonal
from contracts.values import Language, MessageStatus

if TYPE_CHECKING:
    from cases.actions.file import CaseFile

NOTICE_TIMER = "case.notice"
_LOST = frozenset({MessageStatus.FAILED, MessageStatus.UNDELIVERED, MessageStatus.UNKNOWN})


async def owe(file: CaseFile, notice: str, step: str) -> None:
    """The procedure owes the customer this notice: send it now, or see to it that it is."""
    run = await file.run()
    made = await notices.owe(file.tx, case_id=file.case.id, notice=notice, step=step, visit=run.visits.get(step, 0))
    if made is not None:
        await attempt(file, made)


async def attempt(file: CaseFile, notice: Notice, *, by: str = SYSTEM, at_once: bool = False) -> None:
    """Send a notice if the customer's wishes, the ways to them and the hour allow it. `at_once` ignores the hour."""
    verdict = await _verdict(file)
    if verdict.action == "wait" and not at_once and verdict.until is not None:
        await _wait(file, notice, verdict.until)
    elif verdict.route is not None:
        await _send(file, notice, verdict.route, by)
    else:
        state = "withheld" if verdict.action == "withhold" else "failed"
        await _untold(file, notice, state, verdict.reason or "no_channel", by)


async def due(file: CaseFile, notice_id: UUID) -> None:
    """The quiet hours are over."""
    notice = await notices.get(file.tx, notice_id)
    if notice is not None and notice.state == "waiting":
        await attempt(file, notice)


async def status_changed(file: CaseFile, message_id: UUID, status: MessageStatus) -> None:
    """What became of a message that carried a notice."""
    notice = await notices.by_message(file.tx, message_id)
    if notice is not None and notice.state == "sent" and status in _LOST:
        await _untold(file, notice, "failed", status.value, SYSTEM)


async def told(file: CaseFile, notice: Notice, *, by: str, how: str) -> None:
    """A person told the customer in another way."""
    await notices.settle(file.tx, notice.id, state="told", by=by, reason=how)
    file.note(EntryKind.STEP, "notice.told", actor=by, how=how, **_named(file, notice))
    await _count(file)


async def _verdict(file: CaseFile) -> Verdict:
    tx, customer_id = file.tx, file.case.customer_id
    customer = await customers.get(tx, customer_id)
    return decide(
        await notices.routes(tx, customer_id, file.case.id),
        now=tx.now,
        quiet=quiet_hours(file),
        do_not_contact=customer.do_not_contact if customer else False,
        refused=await notices.refused_contact(tx, customer_id),
    )


def quiet_hours(file: CaseFile) -> QuietHours:
    """The company's quiet hours."""
    parameters = file.office.parameters
    return QuietHours(
        zone=file.office.library.calendar.zone,
        begins=parameters.quiet_from,
        ends=parameters.quiet_until,
        recent=timedelta(minutes=parameters.awake_minutes),
    )


async def _wait(file: CaseFile, notice: Notice, until: datetime) -> None:
    await notices.settle(file.tx, notice.id, state="waiting", by=SYSTEM, reason="quiet_hours", due_at=until)
    payload = {"case_id": str(file.case.id), "notice_id": str(notice.id)}
    await file.tx.schedule(NOTICE_TIMER, str(notice.id), until, payload)
    file.note(EntryKind.STEP, "notice.waiting", due_at=until.isoformat(), **_named(file, notice))


async def _untold(file: CaseFile, notice: Notice, state: str, reason: str, by: str) -> None:
    await notices.settle(file.tx, notice.id, state=state, by=by, reason=reason)
    file.note(EntryKind.STEP, f"notice.{state}", notice_reason=reason, **_named(file, notice))
    await _count(file)


async def _send(file: CaseFile, notice: Notice, route: Route, by: str) -> None:
    language = await language_of(file)
    text = file.office.templates.notice(language, notice.notice, await _occasion(file, notice, language))
    message_id = await send_text(file, route, text=text.text, subject=text.subject, notice=notice)
    await notices.settle(
        file.tx, notice.id, state="sent", by=by, interaction_id=route.interaction_id, message_id=message_id
    )
    await _count(file)


async def send_text(file: CaseFile, route: Route, *, text: str, subject: str, notice: Notice | None = None) -> UUID:
    """Have the route's channel send a text of the system. Without a `notice` it leaves no trace of its words."""
    tx, case = file.tx, file.case
    interaction_id, recipient = await _exchange(file, route)
    message_id = uuid7()
    if notice is not None:
        data = {"text": text, "subject": subject, **_named(file, notice)}
        file.add(
            NewEntry(
                kind=EntryKind.MESSAGE_OUT,
                actor=SYSTEM,
                occurred_at=tx.now,
                data=data,
                interaction_id=interaction_id,
                channel=route.channel,
                message_id=message_id,
                status=MessageStatus.PENDING,
            )
        )
    tx.emit(
        MessageSendRequested(
            interaction_id=interaction_id,
            message_id=message_id,
            case_id=case.id,
            case_no=case.case_no,
            channel=route.channel,
            author=SYSTEM,
            requested_at=tx.now,
            personal=OutboundPersonal(text=text, subject=subject, recipient=recipient),
        )
    )
    return message_id


async def _exchange(file: CaseFile, route: Route) -> tuple[UUID, str | None]:
    """The exchange that carries the text; a new one, with the address to begin it at, if the route is only an
    address."""
    if route.interaction_id is not None:
        return route.interaction_id, None
    point = await customers.contact(file.tx, route.contact_point_id) if route.contact_point_id else None
    if point is None:
        raise LookupError("a route needs an exchange or an address")
    interaction_id = uuid7()
    await interactions.insert(
        file.tx,
        interaction_id=interaction_id,
        customer_id=file.case.customer_id,
        contact_point_id=point.id,
        case_id=file.case.id,
        channel=route.channel,
        direction="outbound",
        account="",
        language=file.case.language,
        started_at=file.tx.now,
    )
    return interaction_id, point.address


async def language_of(file: CaseFile) -> Language:
    """The language to write in: the case's, else the customer's, else Chinese."""
    customer = await customers.get(file.tx, file.case.customer_id)
    spoken = file.case.language or (customer.language if customer else None) or Language.ZH_CN
    return Language.EN if spoken.lower().startswith("en") else Language.ZH_CN


async def _occasion(file: CaseFile, notice: Notice, language: Language) -> Occasion:
    run = await file.run()
    label = file.engine.procedure.step(notice.step).label
    overall = run.deadlines.get("overall")
    return Occasion(
        case_no=file.case.case_no,
        waybill_no=file.case.waybill_no,
        step=label.text(language.value),
        fields=run.fields,
        due_at=overall or min(run.deadlines.values(), default=None),
    )


async def _count(file: CaseFile) -> None:
    """Keep on the case how many notices the customer does not know of: it shows as its next action."""
    untold = await notices.untold(file.tx, file.case.id)
    if untold != file.case.untold:
        await file.change(untold=untold)


def _named(file: CaseFile, notice: Notice) -> dict[str, Any]:
    label = file.office.library.dictionary.notices[notice.notice].label
    return {
        "notice": notice.notice,
        "notice_id": str(notice.id),
        "notice_label": {Language.ZH_CN.value: label.zh, Language.EN.value: label.en},
        "step": notice.step,
    }
