"""What procedures owe the customer to be told, and what became of it."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from cases.actions import notifying
from cases.actions.file import CaseFile
from cases.actions.office import Office
from cases.api import access
from cases.api.changing import ChangeOf, Reader, TheOffice
from cases.api.refusals import NoticeSettled
from cases.api.schemas import Body, Reason
from cases.store import cases as case_store
from cases.store import notices
from cases.store.notices import UNTOLD, Notice
from cases.views import LabelView
from chassis.http.deps import DB
from chassis.http.problems import NotFound, problems

router = APIRouter(prefix="/v1/cases/{case_id}/notices", tags=["Notices"])

_CHANGES = problems(400, 403, 404, 409, 412, 422)


class NoticeView(BaseModel):
    """A notice that a step of the procedure owes the customer, once for each visit of the step."""

    id: UUID
    notice: str
    label: LabelView
    step: str
    state: str = Field(description="waiting (for the end of quiet hours), sent, withheld, failed, told (by a person)")
    reason: str | None = Field(
        description="why it was not sent: no_channel, do_not_contact, no_consent, failed, undelivered, unknown; "
        "how a person told the customer"
    )
    interaction_id: UUID | None
    message_id: UUID | None
    owed_at: datetime
    due_at: datetime | None
    settled_at: datetime | None
    settled_by: str | None


class NoticeList(BaseModel):
    """The notices of a case, oldest first."""

    items: list[NoticeView]
    untold: int = Field(description="how many the customer does not know of; while there are any, that is next")


class TellNotice(Body):
    """How the customer was told."""

    how: Reason = Field(examples=["called back at 10:40, reached in person"])


@router.get("", responses=problems(403, 404))
async def list_notices(case_id: UUID, principal: Reader, db: DB, office: TheOffice) -> NoticeList:
    """What the customer was told by the procedure, and what not."""
    async with db.transaction() as tx:
        case = await case_store.get(tx, case_id)
        if case is None:
            raise NotFound("case", case_id)
        await access.require_readable(tx, case, principal)
        found = await notices.of_case(tx, case_id)
    return NoticeList(items=[_view(office, notice) for notice in found], untold=case.untold)


@router.post("/{notice_id}/send", response_model=NoticeView, responses=_CHANGES)
async def send_notice(case_id: UUID, notice_id: UUID, change: ChangeOf) -> Response:
    """Send a notice that waits, failed or was withheld, now. What the customer wishes is respected here too."""

    async def effect(file: CaseFile) -> NoticeView:
        notice = await _open_notice(file, notice_id)
        await notifying.attempt(file, notice, by=change.principal.subject, at_once=True)
        return await _written(file, notice_id)

    return await change.run(case_id, effect)


@router.post("/{notice_id}/told", response_model=NoticeView, responses=_CHANGES)
async def tell_notice(case_id: UUID, notice_id: UUID, body: TellNotice, change: ChangeOf) -> Response:
    """Record that a person told the customer in another way."""

    async def effect(file: CaseFile) -> NoticeView:
        notice = await _open_notice(file, notice_id)
        await notifying.told(file, notice, by=change.principal.subject, how=body.how)
        return await _written(file, notice_id)

    return await change.run(case_id, effect)


async def _open_notice(file: CaseFile, notice_id: UUID) -> Notice:
    notice = await notices.get(file.tx, notice_id)
    if notice is None or notice.case_id != file.case.id:
        raise NotFound("notice", notice_id)
    if notice.state not in (*UNTOLD, "waiting"):
        raise NoticeSettled(notice.state)
    return notice


async def _written(file: CaseFile, notice_id: UUID) -> NoticeView:
    await file.write()
    notice = await notices.get(file.tx, notice_id)
    if notice is None:
        raise NotFound("notice", notice_id)
    return _view(file.office, notice)


def _view(office: Office, notice: Notice) -> NoticeView:
    names = [name for name in NoticeView.model_fields if name != "label"]
    label = LabelView.of(office.library.dictionary.notices[notice.notice].label)
    return NoticeView(label=label, **{name: getattr(notice, name) for name in names})
