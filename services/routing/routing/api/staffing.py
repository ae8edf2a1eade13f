"""How many agents a load needs."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from chassis.http.problems import BadRequest, FieldError, problems
from routing.api.deps import AReader
from routing.staffing.required import Target, required

router = APIRouter(prefix="/v1/staffing", tags=["Staffing"])

_MOST_ERLANGS = 10_000
"""more than any centre; keeps one request from taking long"""


class StaffingView(BaseModel):
    """One interval. `positions` are agents to schedule so that `agents` take calls; figures are long-run means."""

    calls: float
    agents: int
    positions: int
    service_level: float = Field(description="share of all calls answered in time")
    mean_wait_seconds: float
    delayed: float = Field(description="share of calls that wait at all")
    abandonment: float
    occupancy: float


@router.get("", responses=problems(400, 401, 403))
async def read_staffing(
    principal: AReader,
    calls: Annotated[
        list[Annotated[float, Field(ge=0)]],
        Query(min_length=1, max_length=1000, description="calls in each interval; repeat the parameter"),
    ],
    handle_seconds: Annotated[float, Query(gt=0, le=24 * 3600, description="mean, wrap-up included")],
    interval_seconds: Annotated[float, Query(ge=60, le=24 * 3600)] = 1800,
    patience_seconds: Annotated[
        float | None, Query(gt=0, le=24 * 3600, description="mean patience (Erlang A); none: Erlang C")
    ] = None,
    service_level: Annotated[float, Query(gt=0, le=0.999)] = 0.8,
    within_seconds: Annotated[float, Query(ge=0, le=24 * 3600)] = 20,
    most_occupied: Annotated[float, Query(ge=0.1, le=1)] = 1.0,
    shrinkage: Annotated[
        float, Query(ge=0, le=0.95, description="share of paid time in which a scheduled agent takes no calls")
    ] = 0.0,
) -> list[StaffingView]:
    """The fewest agents for a service level, interval by interval, by Erlang C or, with patience, Erlang A."""
    for index, number in enumerate(calls):
        if number * handle_seconds / interval_seconds > _MOST_ERLANGS:
            detail = f"More than {_MOST_ERLANGS:,} erlangs; a shorter handling time or a longer interval was meant?"
            raise BadRequest(detail, errors=[FieldError(pointer=f"#/calls/{index}", detail=detail)])
    found = required(
        calls,
        interval_seconds=interval_seconds,
        handle_seconds=handle_seconds,
        target=Target(service_level, within_seconds, most_occupied),
        patience_seconds=patience_seconds,
        shrinkage=shrinkage,
    )
    return [
        StaffingView(
            calls=one.calls,
            agents=one.agents,
            positions=one.positions,
            service_level=round(one.wait.answered_within, 6),
            mean_wait_seconds=round(one.wait.mean_wait, 3),
            delayed=round(one.wait.waits, 6),
            abandonment=round(one.wait.abandons, 6),
            occupancy=round(one.wait.occupancy, 6),
        )
        for one in found
    ]
