"""Who waits: one lazy heap per requirement, channel, queue and slope.

Items leave a heap lazily: taking one out only clears its ticket, and the dead entry is dropped when it reaches the
head. Since keys are constant, nothing is ever re-sorted.
"""

from collections.abc import Iterator
from heapq import heapify, heappop, heappush

from routing.domain.entities import Agent, AgentGroup, Bucket, Entry, Work
from routing.domain.skills import Requirement

_SLACK = 64


def first(bucket: Bucket, agent_id: str) -> Entry | None:
    """The first item of a bucket that this agent is not barred from."""
    heap = bucket.heap
    while heap:
        entry = heap[0]
        work = entry[3]
        if work.ticket != entry[2]:
            heappop(heap)
        elif agent_id in work.barred:
            return _first_behind(bucket, agent_id)
        else:
            return entry
    return None


def _first_behind(bucket: Bucket, agent_id: str) -> Entry | None:
    aside: list[Entry] = []
    found: Entry | None = None
    heap = bucket.heap
    while heap:
        entry = heap[0]
        if entry[3].ticket == entry[2]:
            if agent_id not in entry[3].barred:
                found = entry
                break
            aside.append(entry)
        heappop(heap)
    for entry in aside:
        heappush(heap, entry)
    return found


class WaitingIndex:
    """All buckets of a domain, and which agent signatures may serve which."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[int, str, str, int], tuple[Requirement, Bucket]] = {}
        self._ticket = 0
        self.insistent = 0
        """how many items wait whose queues may take offers back or interrupt; the matcher looks for that only then"""

    def insert(self, work: Work, requirement: Requirement) -> None:
        """Lets an item wait for anybody who meets the requirement."""
        channel, queue, slope = work.request.channel, work.queue, work.slope
        known = self._buckets.get((id(requirement), channel, queue, slope))
        if known is None:
            known = requirement, Bucket(channel, queue, slope)
            self._buckets[(id(requirement), channel, queue, slope)] = known
            for group in requirement.groups:
                group.buckets.setdefault(channel, []).append(known[1])
        self._push(work, known[1])

    def keep_for(self, work: Work, agent: Agent) -> None:
        """Lets an item wait for one agent only."""
        channel, slope = work.request.channel, work.slope
        bucket = agent.own.get((channel, slope))
        if bucket is None:
            bucket = agent.own[(channel, slope)] = Bucket(channel, "", slope)
        self._push(work, bucket)

    def remove(self, work: Work) -> None:
        """Takes an item out, if it is in. The heap is rebuilt when dead entries prevail."""
        bucket = work.bucket
        if bucket is None:
            return
        work.ticket, work.bucket = 0, None
        bucket.live -= 1
        if len(bucket.heap) > 2 * bucket.live + _SLACK:
            bucket.heap = [entry for entry in bucket.heap if entry[3].ticket == entry[2]]
            heapify(bucket.heap)

    def adopt(self, group: AgentGroup) -> None:
        """Lists the buckets that a new agent signature may serve."""
        for requirement, bucket in self._buckets.values():
            if requirement.fits(group.mask):
                group.buckets.setdefault(bucket.channel, []).append(bucket)

    def items(self) -> Iterator[Work]:
        """Every item that waits for more than one agent, in no order."""
        for _, bucket in self._buckets.values():
            for entry in bucket.heap:
                if entry[3].ticket == entry[2]:
                    yield entry[3]

    def _push(self, work: Work, bucket: Bucket) -> None:
        self._ticket += 1
        work.ticket = self._ticket
        work.bucket = bucket
        bucket.live += 1
        heappush(bucket.heap, (work.key, work.seq, self._ticket, work))
