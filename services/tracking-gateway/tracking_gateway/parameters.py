"""Thresholds of the tracking gateway."""

from datetime import time, timedelta

from pydantic import Field

from chassis.parameters import ParameterSet
from contracts.parcels import ParcelStatus
from tracking_gateway.domain.incidents import IncidentRules, Scope
from tracking_gateway.domain.model import ExceptionCode
from tracking_gateway.domain.silence import SilenceRules


class TrackingParameters(ParameterSet):
    """What operators may tune. "Proposed" marks a default that no source gives."""

    version: int = 1

    number_reuse_days: int = Field(
        default=180, description="events further apart belong to different parcels of a recycled number; proposed"
    )
    future_tolerance_minutes: int = Field(
        default=60, description="an event dated further ahead is a wrong clock and is set aside; proposed"
    )
    attempt_gap_minutes: int = Field(
        default=30, description="failed attempts closer together are one attempt told twice; proposed"
    )
    silence_hours: dict[ExceptionCode, float] = Field(
        default={
            ExceptionCode.UNSIGNED: 36,
            ExceptionCode.STALLED: 120,
            ExceptionCode.PICKUP_OVERDUE: 18,
            ExceptionCode.NO_INFO: 48,
        },
        description="hours without an event after which a parcel has the exception. The first three are Kdniao's "
        "published limits (402, 403, 412); the last is proposed",
    )
    silence_hours_by_carrier: dict[str, dict[ExceptionCode, float]] = Field(
        default={}, description="other hours for a carrier, by its code"
    )
    silence_batch: int = Field(default=200, description="parcels looked at in one transaction; proposed")
    silence_poll_seconds: float = Field(
        default=1, description="how late a silence may be noticed; looking costs one index probe; proposed"
    )

    ingest_batch: int = Field(default=500, description="parcels that share one transaction; measured: flat above 300")
    max_scans_per_request: int = Field(default=1000, description="scans in one API request; proposed")

    not_a_waybill: float = Field(default=0.3, description="belief that a number in a text is no waybill; proposed")
    own_share: float = Field(default=0.5, description="share of the courier's own numbers in its mails; proposed")
    mentioned_factor: float = Field(default=50, description="a carrier named beside the number; proposed")
    asked_factor: float = Field(default=100, description="the carrier the caller asked for; proposed")
    history_factor: float = Field(default=1, description="each earlier shipment with the carrier; proposed")
    known_factor: float = Field(default=1e6, description="a parcel with this number and carrier is stored; proposed")
    confidence_floor: float = Field(default=0.01, description="candidates below are not listed; proposed")
    home_country: str = Field(default="CN", description="market assumed when nothing says otherwise")

    fresh_minutes: int = Field(
        default=30, description="a third-party answer younger than this is not asked for again; Kuaidi100's own limit"
    )
    phone_retry_seconds: int = Field(
        default=60, description="another phone number may be tried after this; slows down guessing; proposed"
    )
    query_timeout_seconds: float = Field(default=4, description="how long a customer may wait for a provider; proposed")
    query_total_seconds: float = Field(
        default=6, description="how long a customer may wait for several providers asked in turn; proposed"
    )
    breaker_failures: int = Field(default=5, description="failures in a row that stop asking a provider; proposed")
    breaker_pause_seconds: float = Field(default=30, description="how long, before one trial; proposed")
    candidates_asked: int = Field(default=3, description="carriers tried for an unknown number; proposed")
    poll_minutes: dict[ParcelStatus, int] = Field(
        default={
            ParcelStatus.OUT_FOR_DELIVERY: 30,
            ParcelStatus.DELIVERY_FAILED: 60,
            ParcelStatus.EXCEPTION: 60,
            ParcelStatus.ARRIVED_DEST: 60,
            ParcelStatus.IN_TRANSIT: 120,
            ParcelStatus.AVAILABLE_FOR_PICKUP: 180,
            ParcelStatus.CUSTOMS: 240,
        },
        description="minutes between questions about a followed parcel, by status; not below Kuaidi100's 30; proposed",
    )
    poll_minutes_pushed: int = Field(
        default=720, description="the same, at least, while a provider pushes the parcel's news; proposed"
    )
    poll_minutes_else: int = Field(default=360, ge=30, description="the same for every other status; proposed")
    poll_quiet_days: float = Field(default=7, description="a parcel without news for longer is asked rarer; proposed")
    poll_quiet_factor: float = Field(default=4, description="how much rarer; proposed")
    watch_poll_seconds: float = Field(default=20, description="how late a due question may be asked; proposed")
    requests_per_minute: dict[str, int] = Field(
        default={"kuaidi100": 600, "kdniao": 600, "17track": 150, "aftership": 250},
        description="questions to a provider from this process; half of the published limits where there are any",
    )

    subscriptions_per_month: dict[str, int] = Field(
        default={"kuaidi100": 4},
        description="how often a provider takes a subscription to one parcel in 30 days, as Kuaidi100 documents",
    )
    subscriptions_per_minute: dict[str, int] = Field(
        default={"kuaidi100": 300, "kdniao": 300, "17track": 30, "aftership": 300, "easypost": 150},
        description="subscriptions asked of a provider by this process; with `requests_per_minute` within what is "
        "published: 17TRACK 3 and AfterShip 20 a second; others proposed",
    )
    subscribe_retry_minutes: int = Field(
        default=60, description="pause before a provider that took no subscription is asked for it again; proposed"
    )

    webhook_retention_days: int = Field(default=7, description="finished messages are kept; proposed")
    subscriptions_per_owner: int = Field(default=10_000, description="running subscriptions of one caller; proposed")
    subscription_days: int = Field(default=90, description="longest life of a subscription; proposed")
    bulk_limit: int = Field(default=100, description="numbers in one bulk query; proposed")

    lane_least_samples: int = Field(
        default=20, description="parcels of a lane that an estimate from its history needs at least; proposed"
    )
    incident_least: dict[Scope, int] = Field(
        default={Scope.BAG: 3, Scope.VEHICLE: 5, Scope.BRANCH: 8, Scope.HUB: 20},
        description="parcels with one kind of problem that make an incident of a bag, vehicle, branch, hub; proposed",
    )
    incident_window_hours: float = Field(
        default=24, description="within which they must have begun to count together; proposed"
    )
    incident_share: float = Field(
        default=0.8, description="share of its parcels that makes a narrower place the incident's place; proposed"
    )
    incident_pool: int = Field(default=50_000, description="troubles of one kind compared at a time; proposed")
    incident_poll_seconds: float = Field(default=2, description="how late an incident may be noticed; proposed")

    follow_days: int = Field(
        default=30, description="a customer who had a case about a parcel is told of it for so long; proposed"
    )
    poll_minutes_open_case: int = Field(
        default=30, ge=30, description="minutes between questions about a parcel with an open case; Kuaidi100's least"
    )
    quote_poll_seconds: float = Field(default=2, description="how late a case may get its snapshot; proposed")
    notice_quiet_from: time | None = Field(
        default=None, description="nobody is told of parcels from this hour; unset: as in `data/notices.yaml`"
    )
    notice_quiet_until: time | None = Field(
        default=None, description="until this one; the same hour twice: at any hour; unset: as in `data/notices.yaml`"
    )
    notice_retention_days: int = Field(default=365, description="notices are kept; query window of a year; example")
    party_retention_days: int = Field(
        default=365, description="names, phones and addresses of senders and recipients are kept so long; example"
    )
    notice_poll_seconds: float = Field(default=1, description="how late a notice may go out; proposed")

    delivery_retention_days: int = Field(default=30, description="raw bodies of pushes and answers are kept; proposed")

    def silence(self) -> SilenceRules:
        """The clock rules."""
        return SilenceRules(self.silence_hours, self.silence_hours_by_carrier)

    def incidents(self) -> IncidentRules:
        """What makes an incident."""
        return IncidentRules(self.incident_least, timedelta(hours=self.incident_window_hours), self.incident_share)
