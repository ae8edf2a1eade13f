"""Which thread a mail belongs to. The rules are here; the store only answers the look-ups.

In order: a signed reply address, then our own signed message ids, then message ids the mailbox has seen, then a case
number in the subject. The first two prove that the sender holds a mail of ours: whoever it is may continue the case.
The last two prove nothing, because ids and numbers are quoted by anybody: they count only for the thread's own
correspondent.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from channel_email.domain.addresses import details_for
from channel_email.domain.mail import Mail
from channel_email.domain.tokens import Keyring, OwnMessage

_SUBJECT_TOKEN = re.compile(r"\[#([A-Za-z0-9][A-Za-z0-9._-]{1,60})\]")
_SUBJECT_PREFIX = re.compile(
    r"\s*(?:(?:re|aw|sv|antw|fwd?|wg|回复|答复|回覆|答覆|转发|轉寄)\s?(?:\[\d{1,3}\]|\(\d{1,3}\))?\s?[:：]"
    r"|\[#[^\]]{1,62}\]|\[(?:external|ext|spam|外部)[^\]]{0,20}\])\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ThreadKeys:
    """What a mail says about where it belongs; only verified tokens are in `replied_to`, `own` and `bounced`."""

    replied_to: tuple[UUID, ...]
    own: tuple[OwnMessage, ...]
    bounced: tuple[UUID, ...]
    mail_ids: tuple[str, ...]
    case_nos: tuple[str, ...]


def keys_of(mail: Mail, mailbox: str, recipients: Sequence[str], keyring: Keyring) -> ThreadKeys:
    """The thread keys of a mail to `mailbox`; `recipients` are the envelope's, where they are known."""
    details = details_for(mailbox, (*recipients, *mail.recipients))
    ids = tuple(dict.fromkeys((*mail.in_reply_to, *reversed(mail.references))))
    enclosed = mail.report.message_ids if mail.report else ()
    own_ids = (*ids, *enclosed, mail.full_text) if mail.automatic else ids
    return ThreadKeys(
        replied_to=keyring.replied_to(details),
        own=keyring.own_messages(own_ids),
        bounced=keyring.bounced(details),
        mail_ids=ids,
        case_nos=tuple(dict.fromkeys(_SUBJECT_TOKEN.findall(mail.subject))),
    )


@dataclass(frozen=True, slots=True)
class Thread:
    """An interaction as far as threading cares. `thread_id` is the first interaction of the same exchange."""

    id: UUID
    thread_id: UUID
    address: str
    subject: str
    case_id: UUID | None
    is_open: bool


class Placement(StrEnum):
    """What to do with a mail."""

    APPEND = "append"
    CONTINUE = "continue"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Place:
    """`thread` is what to append to or continue; a continuation is a new interaction that carries the case."""

    placement: Placement
    thread: Thread | None = None


NEW = Place(Placement.NEW)


def place(
    *,
    proven: Iterable[Thread],
    hinted: Iterable[Thread],
    sender: str | None,
    subject: str,
    automatic: bool,
    siblings: Mapping[UUID, Thread],
) -> Place:
    """Where the mail goes.

    `proven` threads were named by signed tokens, `hinted` ones by ids or numbers anybody could know, best first.
    `siblings` holds, by thread id, the sender's open interaction in each of these exchanges. An automatic mail is
    filed with the interaction it answers, open or not: it is no customer's reply and starts nothing.
    """
    hinted = [thread for thread in hinted if thread.address == sender]
    for thread in (*proven, *hinted):
        if automatic:
            return Place(Placement.APPEND, thread)
        if sibling := siblings.get(thread.thread_id):
            return Place(Placement.APPEND, sibling)
        if same_subject(thread.subject, subject):
            return Place(Placement.CONTINUE, thread)
        return NEW  # an old mail of ours, taken up again to write about something else
    return NEW


def same_subject(earlier: str, later: str) -> bool:
    """Whether a reply still has its thread's subject, whatever clients put before it or cut off it."""
    a, b = bare_subject(earlier), bare_subject(later)
    return not a or not b or a in b or b in a


def bare_subject(subject: str) -> str:
    """The subject without reply prefixes and our own case number, in one case and without spaces."""
    while match := _SUBJECT_PREFIX.match(subject):
        subject = subject[match.end() :]
    return re.sub(r"\s+", "", _SUBJECT_TOKEN.sub("", subject)).casefold()
