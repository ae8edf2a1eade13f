"""Putting a report together: counters from the store, ratios from the domain."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from chassis.clock import Clock
from chassis.db import Database
from insights.api.schemas import KpiReport, KpiRow, Live, Rate, Times
from insights.domain import kpi
from insights.domain.kpi import Counters
from insights.parameters import KpiParameters
from insights.store import queries
from insights.store.queries import Responses

Group = tuple[str | None, str | None]


class Reports:
    """KPI reports over any range, and the live one."""

    def __init__(self, db: Database, clock: Clock, parameters: KpiParameters) -> None:
        self._db = db
        self._clock = clock
        self.parameters = parameters
        self._live: Live | None = None
        self._lock = asyncio.Lock()

    async def report(self, begin: datetime, end: datetime, by: Sequence[str]) -> KpiReport:
        """Figures of the work that arrived in [begin, end), grouped by `queue`, `channel`, both or neither."""
        targets = self.parameters.service_level_seconds
        async with self._db.read() as tx:
            counted = await queries.counters(
                tx,
                begin,
                end,
                targets=targets,
                default_target=max(targets.values()),
                short_abandon_seconds=self.parameters.short_abandon_seconds,
            )
            answered = await queries.responses(tx, begin, end)
        groups: dict[Group, Counters] = {}
        for (queue, channel), counters in counted.items():
            group = (queue if "queue" in by else None, channel if "channel" in by else None)
            groups[group] = groups.get(group, Counters()) + counters
        total = sum(counted.values(), Counters())
        return KpiReport(
            begin=begin,
            end=end,
            by=list(by),
            parameters_version=self.parameters.version,
            rows=[_row(group, counters, answered) for group, counters in groups.items()],
            total=_row((None, None), total, {}),
        )

    async def live(self) -> Live:
        """The present day, at most `live_seconds` old; concurrent readers share one computation."""
        async with self._lock:
            now = self._clock.now()
            if self._live and (now - self._live.at).total_seconds() < self.parameters.live_seconds / 2:
                return self._live
            midnight = now.astimezone(ZoneInfo(self.parameters.timezone)).replace(
                hour=0, minute=0, second=0, microsecond=0
            )
            report = await self.report(midnight, now + timedelta(seconds=1), ("queue", "channel"))
            async with self._db.read() as tx:
                agents = await queries.presence(tx)
            self._live = Live(at=now, agents=agents, report=report)
            return self._live


def _row(group: Group, counters: Counters, answered: dict[tuple[str, str], Responses]) -> KpiRow:
    queue, channel = group
    times = answered.get((queue, channel)) if queue and channel else None
    return KpiRow(
        queue=queue,
        channel=channel,
        offered=counters.offered,
        answered=counters.answered,
        in_target=counters.in_target,
        abandoned=counters.abandoned,
        short_abandoned=counters.short_abandoned,
        waiting=counters.waiting,
        longest_wait_seconds=counters.longest_wait,
        service_level=Rate(value=kpi.service_level(counters), variant="SL"),
        abandonment=Rate(value=kpi.abandonment_rate(counters), variant="AR2"),
        asa_seconds=kpi.average_speed_of_answer(counters),
        time_to_abandon_seconds=kpi.average_time_to_abandon(counters),
        response=Times(n=times.n, median=times.median, p90=times.p90) if times else None,
    )
