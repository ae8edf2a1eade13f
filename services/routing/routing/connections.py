"""Which agents' desks are connected to this replica. The engine takes agents it does not hear of for offline."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence

from chassis.db import DatabaseUnavailable
from chassis.http.problems import Unavailable
from chassis.telemetry.logs import get_logger
from routing.dispatch.dispatcher import Dispatcher
from routing.domain.commands import AgentsSeen

log = get_logger(__name__)


class Connections:
    """Counts open streams per agent and reports their agents, and those heard of otherwise, as alive."""

    def __init__(self, dispatchers: Sequence[Dispatcher], every_seconds: float) -> None:
        self._dispatchers = dispatchers
        self._every = every_seconds
        self._open: Counter[str] = Counter()
        self._heard: set[str] = set()

    def heard(self, agent_id: str) -> None:
        """The agent called the API; counts like a moment of connection."""
        self._heard.add(agent_id)

    async def watch(self, agent_id: str, frames: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The frames of an agent's stream, while noting that the agent is connected."""
        self._open[agent_id] += 1
        self._heard.add(agent_id)
        try:
            async for frame in frames:
                yield frame
        finally:
            self._open[agent_id] -= 1
            if not self._open[agent_id]:
                del self._open[agent_id]

    async def run(self) -> None:
        """Report until cancelled. A report that does not get through is made up for by the next."""
        while True:
            await asyncio.sleep(self._every)
            seen, self._heard = {*self._open, *self._heard}, set()
            if not seen:
                continue
            try:
                for dispatcher in self._dispatchers:  # each heeds its own agents
                    await dispatcher.tell(AgentsSeen(dispatcher.now(), tuple(sorted(seen))))
            except (DatabaseUnavailable, Unavailable) as error:
                self._heard |= seen
                log.warning("cannot report connected agents", error=repr(error))
