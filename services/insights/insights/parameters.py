"""Thresholds of the KPIs."""

from collections.abc import Mapping

from pydantic import Field

from chassis.parameters import ParameterSet


class KpiParameters(ParameterSet):
    """What counts as answered in time. Service standards of couriers name 3 rings; all else is the company's choice."""

    version: int = 1
    service_level_seconds: Mapping[str, float] = Field(
        default={"voice": 15, "chat": 60, "telegram": 60, "sms": 300, "email": 14_400},
        description="target T of the service level by channel. Voice: 3 rings (seed standards) of 5 s each (China's "
        "ringing cadence); others proposed",
    )
    short_abandon_seconds: float = Field(
        default=5, ge=0, description="abandons with a shorter wait are not counted as lost; 0 counts all; proposed"
    )
    timezone: str = Field(default="Asia/Shanghai", description="where the live day begins at midnight")
    live_seconds: float = Field(default=2, gt=0, description="pace of the live figures; proposed")
    longest_range_days: int = Field(default=92, description="largest range of one query; proposed")
