"""Writing to the customer, and notes that the customer never sees."""

from uuid import UUID

from cases.actions.file import CaseFile
from cases.domain.model import Entry, EntryKind, Interaction, NewEntry
from chassis.ids import uuid7
from contracts.sends import MessageSendRequested, OutboundPersonal
from contracts.values import MessageStatus


async def reply(
    file: CaseFile, interaction: Interaction, *, text: str, subject: str | None, author: str, author_name: str | None
) -> Entry:
    """Put a message on the timeline and have the interaction's channel send it, once."""
    message_id = uuid7()
    file.add(
        NewEntry(
            kind=EntryKind.MESSAGE_OUT,
            actor=author,
            occurred_at=file.tx.now,
            data={"text": text, "author_name": author_name, **({"subject": subject} if subject else {})},
            interaction_id=interaction.id,
            channel=interaction.channel,
            message_id=message_id,
            status=MessageStatus.PENDING,
        )
    )
    file.tx.emit(
        MessageSendRequested(
            interaction_id=interaction.id,
            message_id=message_id,
            case_id=file.case.id,
            case_no=file.case.case_no,
            channel=interaction.channel,
            author=author,
            author_name=author_name,
            requested_at=file.tx.now,
            personal=OutboundPersonal(text=text, subject=subject),
        )
    )
    written = await file.write()
    return next(entry for entry in written if entry.message_id == message_id)


async def note(file: CaseFile, *, text: str, author: str, author_name: str | None) -> Entry:
    """Put an internal note on the timeline."""
    data = {"text": text, "author_name": author_name}
    file.add(NewEntry(kind=EntryKind.NOTE, actor=author, occurred_at=file.tx.now, data=data))
    return (await file.write())[-1]


def newest_first(interactions: list[Interaction], wrote_last: UUID | None) -> list[Interaction]:
    """The interactions in the order in which a reply should try them: where the customer wrote last, then open ones,
    then by age."""
    return sorted(interactions, key=lambda i: (i.id == wrote_last, i.ended_at is None, i.started_at), reverse=True)
