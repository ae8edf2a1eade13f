"""Recording a stretch of the past from the store of routing."""

from datetime import datetime

from chassis.db import Tx
from routing.domain.configuration import Configuration
from routing.simulation.recording import RecordedAgent, RecordedCall, Recording, spans
from routing.store import recording as store


async def record(tx: Tx, domain: str, begin: datetime, end: datetime) -> Recording:
    """Everything between two instants that the store still knows (ended items are kept for some weeks)."""
    presence = await store.presence(tx, domain, begin, end)
    agents = [
        RecordedAgent(available=spans(presence.get(row["id"], ()), end), **row)
        for row in await store.agents(tx, domain)
    ]
    configuration = Configuration.model_validate(await store.configuration(tx, domain, end) or {})
    return Recording(
        begin=begin,
        end=end,
        queues=configuration.queues,
        floor=configuration.floor_rules(),
        agents=tuple(agent for agent in agents if agent.available),
        calls=tuple(RecordedCall(**row) for row in await store.calls(tx, domain, begin, end)),
    )
