"""Which news a customer is told without asking, and when: rules as data (`data/notices.yaml`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from contracts.parcels import ParcelStatus
from contracts.values import Channel
from tracking_gateway.domain.model import ExceptionCode
from tracking_gateway.domain.state import ParcelState


@dataclass(frozen=True, slots=True)
class NoticeRule:
    """One kind of notice: the status or the exception that calls for it, its text, its channels, best first."""

    id: str
    status: ParcelStatus | None
    exception: ExceptionCode | None
    text: str
    channels: tuple[Channel, ...]
    urgent: bool

    def holds(self, state: ParcelState) -> bool:
        """Whether what the notice says is still so."""
        return state.status is self.status if self.status else self.exception in state.open_exceptions()


@dataclass(frozen=True, slots=True)
class NoticeRules:
    """All rules, the quiet hours, and how many notices are enough."""

    version: str
    zone: ZoneInfo
    quiet_from: time
    quiet_until: time
    most_per_customer: int
    most_per_parcel: int
    fresh: timedelta
    rules: Mapping[str, NoticeRule]

    @classmethod
    def load(
        cls, data: Mapping[str, Any], *, quiet_from: time | None = None, quiet_until: time | None = None
    ) -> "NoticeRules":
        """Build from the parsed data file, with other quiet hours if they are given; `ValueError` or `KeyError` if it
        makes no sense."""
        rules = [_rule(entry) for entry in data["rules"]]
        return cls(
            version=data["version"],
            zone=ZoneInfo(data["zone"]),
            quiet_from=quiet_from or time.fromisoformat(data["quiet"]["from"]),
            quiet_until=quiet_until or time.fromisoformat(data["quiet"]["until"]),
            most_per_customer=data["most"]["customer"],
            most_per_parcel=data["most"]["parcel"],
            fresh=timedelta(hours=data["fresh_hours"]),
            rules={rule.id: rule for rule in rules},
        )

    def called_for(self, *, reached: ParcelStatus | None, opened: Sequence[ExceptionCode]) -> list[NoticeRule]:
        """The rules that a change calls for: a status reached, exceptions opened."""
        return [
            rule
            for rule in self.rules.values()
            if (rule.status is not None and rule.status is reached) or (rule.exception in opened)
        ]

    def due_at(self, rule: NoticeRule, now: datetime) -> datetime:
        """When a notice may go out: now, or at the end of the quiet hours."""
        if rule.urgent or not self.is_quiet(now):
            return now
        local = now.astimezone(self.zone)
        end = local.replace(hour=self.quiet_until.hour, minute=self.quiet_until.minute, second=0, microsecond=0)
        return (end if end > local else end + timedelta(days=1)).astimezone(now.tzinfo)

    def is_quiet(self, now: datetime) -> bool:
        """Whether customers are left in peace at this moment."""
        local = now.astimezone(self.zone).time()
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= local < self.quiet_until
        return local >= self.quiet_from or local < self.quiet_until


def _rule(data: Mapping[str, Any]) -> NoticeRule:
    status, exception = data.get("status"), data.get("exception")
    if (status is None) == (exception is None):
        raise ValueError(f"the notice {data['id']} needs a status or an exception")
    return NoticeRule(
        id=data["id"],
        status=ParcelStatus(status) if status else None,
        exception=ExceptionCode(exception) if exception else None,
        text=data["text"],
        channels=tuple(Channel(name) for name in data["channels"]),
        urgent=data["urgent"],
    )
