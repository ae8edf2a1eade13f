"""What the endpoints answer with."""

from datetime import datetime

from pydantic import BaseModel, Field


class Rate(BaseModel):
    """A ratio with the name of its formula."""

    value: float | None = Field(description="0 to 1; null while nothing counts")
    variant: str


class Times(BaseModel):
    """A distribution of seconds, percentiles by nearest rank."""

    n: int
    median: float | None
    p90: float | None


class KpiRow(BaseModel):
    """The figures of one group. Every rate can be recomputed from the counters beside it."""

    queue: str | None = Field(description="null if not grouped by queue")
    channel: str | None = Field(description="null if not grouped by channel")
    offered: int
    answered: int
    in_target: int = Field(description="answered within the channel's target")
    abandoned: int
    short_abandoned: int
    waiting: int
    longest_wait_seconds: float
    service_level: Rate
    abandonment: Rate
    asa_seconds: float | None
    time_to_abandon_seconds: float | None
    response: Times | None = Field(description="per answered message; absent for groups that mix queues or channels")


class KpiReport(BaseModel):
    """Figures of the work that arrived in a range."""

    begin: datetime
    end: datetime
    by: list[str]
    parameters_version: int
    rows: list[KpiRow]
    total: KpiRow


class Live(BaseModel):
    """The present day and moment."""

    at: datetime
    agents: dict[str, int] = Field(description="agents by presence")
    report: KpiReport
