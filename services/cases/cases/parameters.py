"""Thresholds and mappings of the case service."""

from collections.abc import Mapping
from datetime import time

from pydantic import Field

from cases.domain.calendar import BusinessCalendar
from cases.domain.categories import Categories
from cases.domain.compensation import Rules
from chassis.parameters import ParameterSet
from contracts.work import SkillNeed


class CaseParameters(ParameterSet):
    """What a company may tune. Limits of procedures are not here but in the procedures, with their sources."""

    version: int = 1
    phone_region: str = Field(default="CN", description="country of phone numbers without country code (ISO 3166)")
    reopen_days: int = Field(
        default=7, ge=0, description="days in which a contact brings its closed case back; 0 never does; proposed"
    )
    default_class: str = Field(default="inquiry", description="contact class when no word hints at another; proposed")
    procedure_of_class: Mapping[str, str] = Field(
        default={
            "emergency": "emergency",
            "complaint": "complaint",
            "fault": "fault",
            "order": "order_taking",
            "cancel": "cancellation",
            "tracking": "tracking_query",
            "inquiry": "inquiry",
            "consultation": "consultation",
            "suggestion": "suggestion",
        },
        description="which procedure a contact class begins; domain package, flows",
    )
    queue_of_class: Mapping[str, str] = Field(
        default={"tracking": "tracking"}, description="routing queue of a contact class; any other: `default_queue`"
    )
    default_queue: str = Field(default="general", description="routing queue of all other classes")
    priority_of_class: Mapping[str, int] = Field(
        default={
            "emergency": 1,
            "complaint": 3,
            "fault": 4,
            "order": 4,
            "cancel": 4,
            "tracking": 5,
            "inquiry": 6,
            "consultation": 6,
            "suggestion": 8,
        },
        description="priority of work, 1 first; domain package section 4, proposed",
    )
    skills_of_class: Mapping[str, tuple[SkillNeed, ...]] = Field(
        default={}, description="skills an agent must have for a class; none unless the company says so"
    )
    calendar: BusinessCalendar | None = Field(
        default=None, description="holidays and working days; unset: the packaged calendar of statutory holidays"
    )
    compensation: Rules | None = Field(
        default=None, description="compensation rules and authority levels; unset: the packaged ones"
    )
    exception_case_severity: int = Field(
        default=3,
        ge=0,
        le=4,
        description="a parcel's problem at least this severe (1 is the most) opens a case for "
        "whoever asked about the parcel lately; 0 never does; proposed",
    )
    exception_case_days: int = Field(default=30, ge=1, description="how lately, days; proposed")
    feed_days: float = Field(
        default=14, gt=0, description="how long the event feed keeps events; as long as the bus keeps its topics"
    )
    categories: Categories | None = Field(default=None, description="category tree; unset: the packaged one")
    second_level_queue: str = Field(
        default="second_level", description="where reopened cases go; domain package rule (h), name proposed"
    )
    awaiting_days: int = Field(
        default=3, ge=1, le=90, description="days after which a case that awaits its customer comes up again; proposed"
    )
    job_chunk: int = Field(default=100, ge=1, le=1000, description="cases a transaction of a bulk command; proposed")
    job_cases: int = Field(default=10_000, ge=1, description="most cases of one bulk command; proposed")
    count_to: int = Field(default=1000, ge=1, description="how far saved views count; beyond it is `more`; proposed")
    export_rows: int = Field(default=100_000, ge=1, description="most rows of one CSV export; proposed")
    company_name: Mapping[str, str] = Field(
        default={"zh-CN": "驿站快递", "en": "Posthouse Express"}, description="how notices name the company"
    )
    appeal_contact: Mapping[str, str] = Field(
        default={
            "zh-CN": "所在地邮政管理部门，或拨打 12345 转邮政业用户申诉",
            "en": "the postal authority of your area, or 12345 and ask for postal appeals",
        },
        description="where customers appeal; the former line 12305 is reported merged into 12345, confirm before use",
    )
    quiet_from: time = Field(default=time(21), description="nobody is disturbed by notices from this hour; proposed")
    quiet_until: time = Field(default=time(9), description="…until this one, on the calendar's clock; proposed")
    awake_minutes: int = Field(
        default=30, ge=0, description="who wrote this recently may be written to at any hour; proposed"
    )
    attachment_max_bytes: int = Field(default=10 * 2**20, ge=1, description="largest file of a case; proposed")
    attachment_types: frozenset[str] = Field(
        default=frozenset(
            {
                *("image/png", "image/jpeg", "image/gif", "image/webp", "image/heic", "application/pdf", "text/plain"),
                *("audio/mpeg", "audio/wav", "audio/ogg", "audio/amr", "video/mp4", "video/webm"),
                *(
                    f"application/vnd.openxmlformats-officedocument.{kind}"
                    for kind in (
                        "wordprocessingml.document",
                        "spreadsheetml.sheet",
                        "presentationml.presentation",
                    )
                ),
            }
        ),
        description="what the content of a file may be; proposed",
    )
    code_minutes: int = Field(default=10, ge=1, description="how long a code that proves an address holds; proposed")
    code_attempts: int = Field(default=5, ge=1, description="wrong answers after which a code is void; proposed")
    code_pause_seconds: int = Field(default=60, ge=0, description="between two codes to one address; proposed")
    preview_characters: int = Field(default=120, description="how much of a message an offer shows; proposed")
    assignment_wait_seconds: float = Field(
        default=2.0,
        description="how long a change by an agent waits for the news that the agent has the case; the offer is "
        "accepted at routing, which tells us by event; proposed",
    )

    def queue(self, contact_class: str) -> str:
        """The queue for a class."""
        return self.queue_of_class.get(contact_class, self.default_queue)

    def priority(self, contact_class: str) -> int:
        """The priority for a class; the middle one for a class without."""
        return self.priority_of_class.get(contact_class, 5)
