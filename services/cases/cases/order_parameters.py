"""Thresholds of order taking."""

from datetime import time

from pydantic import Field

from cases.domain.ordering.windows import PickupRules, Slot
from chassis.parameters import ParameterSet


class OrderParameters(ParameterSet):
    """What a company may tune about orders. Prices and goods are data of their own (`cases/data`)."""

    version: int = 1
    pickup: PickupRules = Field(
        default=PickupRules(
            slots=(
                Slot(start=time(9), end=time(11)),
                Slot(start=time(11), end=time(13)),
                Slot(start=time(13), end=time(15)),
                Slot(start=time(15), end=time(17)),
                Slot(start=time(17), end=time(19)),
            ),
            cut_off_minutes=60,
            days_ahead=5,
            rest_on="holidays",
            capacity=40,
        ),
        description="pickup windows in local time, cut-off, days of rest, pickups per window and city; proposed",
    )
    draft_days: int = Field(default=7, ge=1, description="days after which an order nobody confirmed expires; proposed")
    supervisor_after_missed: int = Field(
        default=2, ge=1, description="missed pickups after which a supervisor is told; seed S1 by the procedure"
    )
    delivery_days: int = Field(
        default=7,
        ge=1,
        description="days that settled webhook messages, with their personal data, are kept; proposed",
    )
    subscriptions_per_owner: int = Field(default=20, ge=1, description="webhook subscriptions of one caller; proposed")
