"""Thresholds of the routing service: those of the engine, and those of the process around it."""

from pydantic import Field, model_validator

from chassis.parameters import ParameterSet
from routing.domain.parameters import Parameters as EngineParameters


class RoutingParameters(ParameterSet):
    """What operators may tune. Queue rules are not here: they are data, changed through the API."""

    version: int = 1
    engine: EngineParameters = EngineParameters()
    batch_size: int = Field(
        default=500, ge=1, le=5000, description="commands decided and committed together at most; proposed"
    )
    poll_seconds: float = Field(
        default=1.0, gt=0, le=60, description="safety look for commands of other replicas, beside the wake-ups"
    )
    takeover_seconds: float = Field(
        default=0.5, gt=0, le=60, description="how often a standby tries to take a domain over; the aim is within 5 s"
    )
    handover_seconds: float = Field(
        default=8, gt=0, le=60, description="longest wait for the owner's answer before a caller gets 503; a take-over "
        "fits in, so that agents do not notice it"
    )  # fmt: skip
    seen_every_seconds: float = Field(
        default=5, gt=0, le=600, description="how often connected desks are reported as alive to the engine"
    )
    failures_in_a_row: int = Field(
        default=5, ge=0, description="commands set aside one after the other before the fault is taken to be ours"
    )
    keep_ended_days: int = Field(
        default=30, ge=1, le=3650, description="how long ended work and the decision log are kept; proposed"
    )

    @model_validator(mode="after")
    def _seen_often_enough(self) -> "RoutingParameters":
        if self.seen_every_seconds * 2 > self.engine.presence_grace_seconds:
            raise ValueError("seen_every_seconds: must be at most half of engine.presence_grace_seconds")
        return self
