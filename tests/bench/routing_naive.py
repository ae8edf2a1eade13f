"""The baseline of the routing benchmark: a matcher that scans all that wait, or all that are free, for each choice."""

import time
from dataclasses import dataclass

from routing.domain.decisions import WorkAccepted
from routing.domain.entities import Agent, Work
from routing.domain.values import Presence
from tests.bench.routing_floor import Floor

Standing = tuple[int, int, str, dict[str, int]]
"""a free agent: idle since, sequence number, name, skills"""


def _standing(agent: Agent) -> Standing:
    return agent.idle_since, agent.seq, agent.id, agent.profile.skills


@dataclass
class Naive:
    """Chooses from plain lists that mirror the floor, before the floor itself does; both must choose alike."""

    floor: Floor

    def __post_init__(self) -> None:
        inside = self.floor.engine.floor
        self.waiting: list[Work] = [work for work in inside.work.values() if work.held is None]
        self.free = [
            _standing(agent)
            for agent in inside.agents.values()
            if agent.presence is Presence.AVAILABLE and not agent.held
        ]

    def timed(self, decisions: int) -> float:
        """Decisions per second of processor time, scanning."""
        spent = 0.0
        for _ in range(decisions):
            spent += self._freed()
            spent += self._arrived()
        return decisions / spent

    def _freed(self) -> float:
        """The agent whom the floor is about to free gets the first item of those they may have."""
        floor = self.floor
        state = floor.chance.getstate()
        agent = floor.engine.floor.agents[floor.busy[floor.chance.randrange(len(floor.busy))]]
        floor.chance.setstate(state)
        began = time.process_time()
        best: Work | None = None
        for work in self.waiting:
            better = best is None or (work.key, work.seq) < (best.key, best.seq)
            if better and all(agent.profile.skills.get(need.skill, 0) >= need.level for need in work.request.needs):
                best = work
        spent = time.process_time() - began
        floor.free()
        took = next(iter(agent.held.values()), None)
        if took is not best:
            raise RuntimeError("scan and engine choose differently for a freed agent")
        if best is None:
            self.free.append(_standing(agent))
        else:
            self.waiting.remove(best)
        return spent

    def _arrived(self) -> float:
        """The item that arrives gets the longest idle of those who may have it."""
        floor = self.floor
        decisions = floor.arrive()
        arrived = floor.engine.floor.work[decisions[0].work.id]  # type: ignore[attr-defined]
        began = time.process_time()
        best: Standing | None = None
        for one in self.free:
            skills = one[3]
            better = best is None or one[:2] < best[:2]
            if better and all(skills.get(need.skill, 0) >= need.level for need in arrived.request.needs):
                best = one
        spent = time.process_time() - began
        taken = next((one.agent_id for one in decisions if isinstance(one, WorkAccepted)), None)
        if taken != (best[2] if best else None):
            raise RuntimeError("scan and engine choose differently for an item")
        if best is None:
            self.waiting.append(arrived)
        else:
            self.free.remove(best)
        return spent
