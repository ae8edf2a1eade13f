"""Erasing what is stored of a person: rows stay for counting, what was written and by whom goes."""

from collections.abc import Sequence
from uuid import UUID

from chassis.db import Tx


async def conversations_of(tx: Tx, interaction_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """The conversations of these interactions, locked, each with those of its interactions that are open."""
    rows = await tx.fetch(
        """select c.id from conversation c where c.id in (
               select conversation_id from interaction where id = any($1::uuid[])) order by c.id for update""",
        list(interaction_ids),
    )
    opened = await tx.fetch(
        "select id, conversation_id from interaction where id = any($1::uuid[]) and ended_at is null",
        list(interaction_ids),
    )
    return {row["id"]: [one["id"] for one in opened if one["conversation_id"] == row["id"]] for row in rows}


async def erase(tx: Tx, conversation_ids: Sequence[UUID], interaction_ids: Sequence[UUID]) -> None:
    """Erase what was said in these interactions, and who it was once nothing else of the conversation is left."""
    ids = list(interaction_ids)
    await tx.fetch("update entry set text = '', name = null where interaction_id = any($1::uuid[])", ids)
    await tx.fetch(
        """update telegram_send set text = '', chat_id = '', error_text = null,
               status = case when state = 'done' then status else 'failed' end, state = 'done'
           where interaction_id = any($1::uuid[])""",
        ids,
    )
    gone = await tx.fetch(
        """select c.id, c.channel, c.account, c.address from conversation c where c.id = any($1::uuid[])
               and not exists (select 1 from interaction i where i.conversation_id = c.id
                   and not i.id = any($2::uuid[]) and exists (
                       select 1 from entry e where e.interaction_id = i.id and e.text <> ''))""",
        list(conversation_ids),
        ids,
    )
    for row in gone:
        if row["channel"] == "telegram":
            await tx.fetch(
                """update telegram_update set payload = '{}'::jsonb
                   where bot = $1 and payload->'message'->'chat'->>'id' = $2""",
                row["account"],
                row["address"],
            )
    await tx.fetch(
        "update conversation set display_name = null, address = 'erased:' || id where id = any($1::uuid[])",
        [row["id"] for row in gone],
    )
