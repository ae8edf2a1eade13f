"""Telling a department by mail, with the link by which it answers."""

from dataclasses import dataclass

from cases.actions.file import CaseFile
from cases.actions.office import Office
from cases.dispatch_settings import DispatchParameters
from cases.domain.contact import Verification
from cases.domain.departments import Department, Dispatch, Link, LinkSigner
from cases.domain.model import EntryKind, NewEntry
from cases.domain.run import SYSTEM
from cases.store import customers, interactions
from chassis.ids import uuid7
from contracts.sends import MessageSendRequested, OutboundPersonal
from contracts.values import Channel, ContactKind, Language, MessageStatus

_HEAD_CHARS = 60


@dataclass(frozen=True)
class Dispatcher:
    """What dispatching decides with."""

    office: Office
    signer: LinkSigner
    parameters: DispatchParameters
    base_url: str

    def token(self, dispatch: Dispatch) -> str:
        """The token of the dispatch's present link."""
        return self.signer.token(Link(dispatch.id, dispatch.link, dispatch.link_until))

    def address(self, dispatch: Dispatch) -> str:
        """The link a department answers by."""
        return f"{self.base_url.rstrip('/')}/cases/portal/{self.token(dispatch)}"


async def send(file: CaseFile, dispatcher: Dispatcher, dispatch: Dispatch, department: Department, *, by: str) -> None:
    """Tell the department by mail. The link in it is the department's alone, so the timeline does not show it.

    The exchange is the department's own and not the case's, so that no reply to the customer can go to it."""
    if department.email is None:
        return
    tx, texts, language = file.tx, file.office.texts, Language(department.language)
    interaction_id, message_id = uuid7(), uuid7()
    point = await customers.by_contact(
        tx,
        kind=ContactKind.EMAIL,
        address=department.email.lower(),
        display_name=department.name[language],
        verification=Verification.NONE,
        language=language,
    )
    await interactions.insert(
        tx,
        interaction_id=interaction_id,
        customer_id=point.customer_id,
        contact_point_id=point.id,
        case_id=None,
        channel=Channel.EMAIL,
        direction="outbound",
        account="",
        language=language,
        started_at=tx.now,
    )
    words = file.office.words
    body = texts.text(
        language,
        "dispatch.mail.body",
        department=department.name[language],
        ref=dispatch.ref,
        task=dispatch.task,
        acknowledge_by=words.moment(language, dispatch.acknowledge_by),
        reply_by=words.moment(language, dispatch.reply_by),
        link=dispatcher.address(dispatch),
        link_until=words.moment(language, dispatch.link_until),
    )
    subject = texts.text(language, "dispatch.mail.subject", ref=dispatch.ref, head=_head(dispatch.task))
    tx.emit(
        MessageSendRequested(
            interaction_id=interaction_id,
            message_id=message_id,
            case_id=file.case.id,
            case_no=file.case.case_no,
            channel=Channel.EMAIL,
            author=SYSTEM,
            requested_at=tx.now,
            personal=OutboundPersonal(text=body, subject=subject, recipient=department.email),
        )
    )
    data = {
        "code": "dispatch.mailed",
        "ref": dispatch.ref,
        "department": department.name,
        "dispatch_id": str(dispatch.id),
    }
    file.add(
        NewEntry(
            kind=EntryKind.STATUS,
            actor=by,
            occurred_at=tx.now,
            data=data,
            channel=Channel.EMAIL,
            message_id=message_id,
            status=MessageStatus.PENDING,
        )
    )


def _head(task: str) -> str:
    line = " ".join(task.split())
    return line if len(line) <= _HEAD_CHARS else f"{line[: _HEAD_CHARS - 1]}…"
