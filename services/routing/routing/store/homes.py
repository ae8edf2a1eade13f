"""Which routing domain a thing belongs to."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

from chassis.db import Tx

Look = Callable[[Tx, Any], Awaitable[str | None]]


async def of_agent(tx: Tx, agent_id: str) -> str | None:
    """The domain of an agent."""
    return _first(await tx.fetch("select domain from agent where agent_id = $1 order by seq limit 1", agent_id))


async def of_work(tx: Tx, work_item_id: UUID) -> str | None:
    """The domain of an item."""
    return _first(await tx.fetch("select domain from work_item where work_item_id = $1", work_item_id))


async def of_offer(tx: Tx, offer_id: UUID) -> str | None:
    """The domain of an offer."""
    return _first(await tx.fetch("select domain from offer where offer_id = $1", offer_id))


async def of_items(tx: Tx, work_item_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The domains of items; those not stored yet are missing."""
    rows = await tx.fetch(
        "select work_item_id, domain from work_item where work_item_id = any($1::uuid[])", list(work_item_ids)
    )
    return {UUID(int=row["work_item_id"].int): row["domain"] for row in rows}


def _first(rows: Sequence[Any]) -> str | None:
    return rows[0]["domain"] if rows else None
