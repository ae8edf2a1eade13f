"""Notices that procedures owe, and what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cases.domain.model import REACHABLE_AFTER_END
from cases.domain.notices import Route
from chassis.db import Tx
from chassis.ids import uuid7
from contracts.values import Channel, ContactKind


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice as stored. `state` is owed, waiting, sent, withheld, failed or told (by a person, in another way)."""

    id: UUID
    case_id: UUID
    notice: str
    step: str
    visit: int
    state: str
    reason: str | None
    interaction_id: UUID | None
    message_id: UUID | None
    owed_at: datetime
    due_at: datetime | None
    settled_at: datetime | None
    settled_by: str | None


UNTOLD = ("failed", "withheld")
"""States in which the customer does not know, and somebody must do something about it."""

_COLUMNS = ", ".join(Notice.__dataclass_fields__)
_CHANNEL_OF = {ContactKind.PHONE: Channel.SMS, ContactKind.EMAIL: Channel.EMAIL}


async def owe(tx: Tx, *, case_id: UUID, notice: str, step: str, visit: int) -> Notice | None:
    """A new notice; None if this visit of the step owed it before."""
    rows = await tx.fetch(
        f"""insert into notice (id, case_id, notice, step, visit, state, owed_at)
            values ($1, $2, $3, $4, $5, 'owed', $6) on conflict do nothing returning {_COLUMNS}""",
        uuid7(),
        case_id,
        notice,
        step,
        visit,
        tx.now,
    )
    return Notice(**rows[0]) if rows else None


async def get(tx: Tx, notice_id: UUID) -> Notice | None:
    """A notice."""
    rows = await tx.fetch(f"select {_COLUMNS} from notice where id = $1", notice_id)
    return Notice(**rows[0]) if rows else None


async def of_case(tx: Tx, case_id: UUID) -> Sequence[Notice]:
    """All notices of a case, oldest first."""
    rows = await tx.fetch(f"select {_COLUMNS} from notice where case_id = $1 order by id", case_id)
    return [Notice(**row) for row in rows]


async def asked_for_contact(tx: Tx, case_id: UUID) -> bool:
    """Whether an answer is asked for: the customer wrote on the case since the last one, or has a chat open."""
    rows = await tx.fetch(
        """select coalesce((select max(seq) from timeline_entry where case_id = $1 and kind = 'message_in'
                    and not data ? 'automatic'), 0)
               > coalesce((select max(seq) from timeline_entry where case_id = $1 and kind = 'message_out'
                    and actor <> 'system'), 0)
               or exists (select 1 from interaction where case_id = $1 and channel = 'chat' and ended_at is null)
               as asked""",
        case_id,
    )
    return bool(rows[0]["asked"])


async def by_message(tx: Tx, message_id: UUID) -> Notice | None:
    """The notice that a message carried."""
    rows = await tx.fetch(f"select {_COLUMNS} from notice where message_id = $1", message_id)
    return Notice(**rows[0]) if rows else None


async def settle(
    tx: Tx,
    notice_id: UUID,
    *,
    state: str,
    by: str,
    reason: str | None = None,
    interaction_id: UUID | None = None,
    message_id: UUID | None = None,
    due_at: datetime | None = None,
) -> None:
    """Note what became of a notice."""
    await tx.fetch(
        """update notice set state = $2, settled_by = $3, reason = $4, due_at = $7, settled_at = $8,
               interaction_id = coalesce($5, interaction_id), message_id = coalesce($6, message_id) where id = $1""",
        notice_id,
        state,
        by,
        reason,
        interaction_id,
        message_id,
        due_at,
        tx.now,
    )


async def untold(tx: Tx, case_id: UUID) -> int:
    """How many notices of the case the customer does not know of."""
    rows = await tx.fetch(
        "select count(*) as n from notice where case_id = $1 and state = any($2::text[])", case_id, list(UNTOLD)
    )
    count: int = rows[0]["n"]
    return count


async def routes(tx: Tx, customer_id: UUID, case_id: UUID) -> list[Route]:
    """The ways to a customer, by exchange and by address. Who called a moment ago counts as who wrote then."""
    rows = await tx.fetch(
        """select i.id, i.channel, i.contact_point_id, i.case_id = $2 as of_case, i.ended_at is null as is_open,
                  i.started_at, (select e.occurred_at from timeline_entry e where e.case_id = i.case_id
                      and e.interaction_id = i.id and e.kind = 'message_in' order by e.seq desc limit 1) as wrote_at
           from interaction i where i.customer_id = $1 and i.channel <> 'voice' and i.erased_at is null
               and (i.ended_at is null or i.channel = any($3::text[]))
           order by i.id desc limit 20""",
        customer_id,
        case_id,
        sorted(REACHABLE_AFTER_END),
    )
    found = [
        Route(
            channel=Channel(row["channel"]),
            interaction_id=row["id"],
            contact_point_id=row["contact_point_id"],
            of_case=bool(row["of_case"]),
            open=row["is_open"],
            wrote_at=row["wrote_at"],
            started_at=row["started_at"],
        )
        for row in rows
    ]
    points = await tx.fetch(
        """select p.id, p.kind, (select max(coalesce(i.ended_at, $3)) from interaction i
                  where i.contact_point_id = p.id and i.channel = 'voice') as heard_at
           from contact_point p where p.customer_id = $1 and p.kind = any($2::text[])
               and (p.kind <> 'phone' or p.address like '+%') order by p.id""",
        customer_id,
        list(_CHANNEL_OF),
        tx.now,
    )
    used = {route.contact_point_id for route in found}
    found += [
        Route(
            channel=_CHANNEL_OF[ContactKind(row["kind"])],
            interaction_id=None,
            contact_point_id=row["id"],
            wrote_at=row["heard_at"],
        )
        for row in points
        if row["id"] not in used
    ]
    return found


async def refused_contact(tx: Tx, customer_id: UUID) -> bool:
    """Whether the customer's newest statement about being contacted is a refusal."""
    rows = await tx.fetch(
        """select granted from consent where customer_id = $1 and kind = 'contact' and waybill_no is null
           order by id desc limit 1""",
        customer_id,
    )
    return bool(rows) and not rows[0]["granted"]
