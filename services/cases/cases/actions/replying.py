"""Writing to the customer, and notes that the customer never sees."""

import re
from collections.abc import Sequence
from uuid import UUID

from cases.actions.file import CaseFile, agent_channel
from cases.domain.model import Entry, EntryKind, Interaction, NewEntry
from cases.store import cases as case_store
from cases.store import customers, notices
from chassis.ids import uuid7
from contracts.sends import MessageSendRequested, OutboundPersonal
from contracts.values import Attachment, MessageStatus


async def welcome(file: CaseFile) -> bool:
    """Whether the customer may be written to: an answer to what they wrote always is welcome; anything else needs a
    customer who may be contacted."""
    customer = await customers.get(file.tx, file.case.customer_id)
    if customer is None:
        return True
    refused = customer.do_not_contact or await notices.refused_contact(file.tx, customer.id)
    return not refused or await notices.asked_for_contact(file.tx, file.case.id)


async def reply(
    file: CaseFile,
    interaction: Interaction,
    *,
    text: str,
    subject: str | None,
    author: str,
    author_name: str | None,
    attachments: Sequence[Attachment] = (),
) -> Entry:
    """Put a message on the timeline and have the interaction's channel send it, once."""
    message_id = add_reply(
        file,
        interaction,
        text=text,
        subject=subject,
        author=author,
        author_name=author_name,
        attachments=attachments,
    )
    written = await file.write()
    return next(entry for entry in written if entry.message_id == message_id)


def add_reply(
    file: CaseFile,
    interaction: Interaction,
    *,
    text: str,
    subject: str | None,
    author: str,
    author_name: str | None,
    attachments: Sequence[Attachment] = (),
) -> UUID:
    """The same, with the next `write`. Returns the message's id."""
    message_id = uuid7()
    data: dict[str, object] = {"text": text, "author_name": author_name, **({"subject": subject} if subject else {})}
    file.add(
        NewEntry(
            kind=EntryKind.MESSAGE_OUT,
            actor=author,
            occurred_at=file.tx.now,
            data={**data, **with_files(attachments)},
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
            personal=OutboundPersonal(text=text, subject=subject, attachments=tuple(attachments)),
        )
    )
    return message_id


async def note(
    file: CaseFile,
    *,
    text: str,
    author: str,
    author_name: str | None,
    mentions: Sequence[str] = (),
    attachments: Sequence[Attachment] = (),
) -> Entry:
    """Put an internal note on the timeline and tell the agents it mentions."""
    named = mentioned(text, mentions)
    add_note(file, text=text, author=author, author_name=author_name, mentions=named, attachments=attachments)
    await tell_mentioned(file, named, text=text, author=author, author_name=author_name)
    return (await file.write())[-1]


def add_note(
    file: CaseFile,
    *,
    text: str,
    author: str,
    author_name: str | None,
    mentions: Sequence[str] = (),
    attachments: Sequence[Attachment] = (),
) -> None:
    """An internal note, with the next `write`."""
    data: dict[str, object] = {"text": text, "author_name": author_name}
    data |= {"mentions": list(mentions)} if mentions else {}
    data |= with_files(attachments)
    file.add(NewEntry(kind=EntryKind.NOTE, actor=author, occurred_at=file.tx.now, data=data))


def with_files(attachments: Sequence[Attachment]) -> dict[str, object]:
    """The part of an entry's data that names its files."""
    return {"attachments": [one.model_dump(mode="json") for one in attachments]} if attachments else {}


_MENTION = re.compile(r"(?<![\w.@])@([A-Za-z0-9][A-Za-z0-9._-]{0,98}[A-Za-z0-9])(?![\w@])")
MOST_MENTIONS = 20


def mentioned(text: str, named: Sequence[str]) -> list[str]:
    """The agents a note mentions: those named beside it, and each `@agent.id` in its text."""
    return list(dict.fromkeys([*named, *_MENTION.findall(text)]))[:MOST_MENTIONS]


async def tell_mentioned(
    file: CaseFile, agents: Sequence[str], *, text: str, author: str, author_name: str | None
) -> None:
    """Show the note to the agents it mentions; from now on they may read the case."""
    for agent_id in agents:
        if agent_id == author:
            continue
        await case_store.add_agent(file.tx, file.case.id, agent_id)
        file.tx.append_stream(
            agent_channel(agent_id),
            "case.mentioned",
            {
                "case_id": str(file.case.id),
                "case_no": file.case.case_no,
                "by": author,
                "by_name": author_name,
                "text": text,
            },
        )


def newest_first(interactions: list[Interaction], wrote_last: UUID | None) -> list[Interaction]:
    """The interactions in the order in which a reply should try them: where the customer wrote last, then open ones,
    then by age."""
    return sorted(interactions, key=lambda i: (i.id == wrote_last, i.ended_at is None, i.started_at), reverse=True)
