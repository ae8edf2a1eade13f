"""What was asked of routing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from cases.domain.model import WorkItem, WorkState
from chassis.db import Tx
from chassis.ids import uuid7
from contracts.values import Channel

_COLUMNS = "id, case_id, interaction_id, channel, queue, state, agent_id, enqueued_at, callback"


def _item(row: Any) -> WorkItem:
    values = dict(row)
    values["channel"], values["state"] = Channel(values["channel"]), WorkState(values["state"])
    return WorkItem(**values)


async def request(
    tx: Tx, *, case_id: UUID, interaction_id: UUID | None, channel: Channel, queue: str, enqueued_at: datetime
) -> WorkItem | None:
    """A new item, unless the case (or the call) has a live one: then None."""
    rows = await tx.fetch(
        f"""insert into work_item (id, case_id, interaction_id, channel, queue, state, enqueued_at, requested_at)
            values ($1, $2, $3, $4, $5, 'requested', $6, $7) on conflict do nothing returning {_COLUMNS}""",
        uuid7(),
        case_id,
        interaction_id,
        channel,
        queue,
        enqueued_at,
        tx.now,
    )
    return _item(rows[0]) if rows else None


async def keep_for_callback(tx: Tx, work_item_id: UUID) -> None:
    """The customer will be called back: their leaving does not end the item."""
    await tx.fetch("update work_item set callback = true where id = $1", work_item_id)


async def live(tx: Tx, case_id: UUID) -> Sequence[WorkItem]:
    """The items of a case that have not ended, oldest first, locked."""
    rows = await tx.fetch(
        f"select {_COLUMNS} from work_item where case_id = $1 and state <> 'ended' order by id for update", case_id
    )
    return [_item(row) for row in rows]


async def get(tx: Tx, work_item_id: UUID) -> WorkItem | None:
    """An item, without a lock."""
    rows = await tx.fetch(f"select {_COLUMNS} from work_item where id = $1", work_item_id)
    return _item(rows[0]) if rows else None


async def accept(tx: Tx, work_item_id: UUID, agent_id: str, at: datetime) -> bool:
    """The agent has the item. False if it has ended here meanwhile."""
    rows = await tx.fetch(
        """update work_item set state = 'accepted', agent_id = $2, accepted_at = $3
           where id = $1 and state <> 'ended' returning 1""",
        work_item_id,
        agent_id,
        at,
    )
    return bool(rows)


async def release(tx: Tx, work_item_id: UUID, agent_id: str) -> bool:
    """The agent gave the item back; it waits again. False if the agent did not have it."""
    rows = await tx.fetch(
        """update work_item set state = 'requested', agent_id = null, accepted_at = null
           where id = $1 and state = 'accepted' and agent_id = $2 returning 1""",
        work_item_id,
        agent_id,
    )
    return bool(rows)


async def end(tx: Tx, work_item_id: UUID, reason: str) -> bool:
    """The item is over. False if it was."""
    rows = await tx.fetch(
        """update work_item set state = 'ended', ended_at = $2, end_reason = $3
           where id = $1 and state <> 'ended' returning 1""",
        work_item_id,
        tx.now,
        reason,
    )
    return bool(rows)


async def move(tx: Tx, from_case: UUID, to_case: UUID) -> None:
    """Live items of one case go on for another."""
    await tx.fetch("update work_item set case_id = $2 where case_id = $1 and state <> 'ended'", from_case, to_case)
