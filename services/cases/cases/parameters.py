"""Thresholds and mappings of the case service."""

from collections.abc import Mapping

from pydantic import Field

from cases.domain.calendar import BusinessCalendar
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
