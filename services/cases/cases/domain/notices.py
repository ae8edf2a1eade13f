"""Whether, when and where a notice goes out: one policy for everything the procedures tell customers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts.values import Channel

DISTURBING = frozenset({Channel.SMS, Channel.TELEGRAM})
"""Channels that ring in a pocket. Mail waits until it is read, and an open chat is a conversation under way."""

Reason = Literal["no_channel", "do_not_contact", "no_consent", "quiet_hours"]


@dataclass(frozen=True, slots=True)
class Route:
    """A way to the customer: an exchange that takes a text, or (without `interaction_id`) an address to begin one."""

    channel: Channel
    interaction_id: UUID | None
    contact_point_id: UUID | None = None
    of_case: bool = False
    open: bool = False
    wrote_at: datetime | None = None
    started_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class QuietHours:
    """The hours of the night, on the company's clock, in which nobody is disturbed."""

    zone: str
    begins: time
    ends: time
    recent: timedelta
    """Somebody who wrote this recently is awake."""

    def until(self, now: datetime) -> datetime | None:
        """When the quiet hours end in which `now` lies; None outside them."""
        zone = ZoneInfo(self.zone)
        local = now.astimezone(zone)
        clock = local.time()
        over_midnight = self.begins > self.ends
        quiet = (clock >= self.begins or clock < self.ends) if over_midnight else (self.begins <= clock < self.ends)
        if not quiet:
            return None
        day = local.date() + timedelta(days=1) if over_midnight and clock >= self.begins else local.date()
        return datetime.combine(day, self.ends, tzinfo=zone)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a notice now: it goes out by `route`, waits `until`, is withheld, or cannot be sent."""

    action: Literal["send", "wait", "withhold", "fail"]
    reason: Reason | None = None
    route: Route | None = None
    until: datetime | None = None


def decide(
    routes: Sequence[Route], *, now: datetime, quiet: QuietHours, do_not_contact: bool, refused: bool
) -> Verdict:
    """What the customer asked comes first, then whether there is a way at all, then the hour.

    `do_not_contact` is the customer's mark, `refused` the newest statement about being contacted. The way is where the
    customer wrote last: of this case before others, an open exchange before one that ended, any exchange before an
    address that never wrote to us.
    """
    if do_not_contact:
        return Verdict("withhold", "do_not_contact")
    if refused:
        return Verdict("withhold", "no_consent")
    if not routes:
        return Verdict("fail", "no_channel")
    route = max(routes, key=_rank)
    if route.channel in DISTURBING and not _awake(route, now, quiet.recent):
        until = quiet.until(now)
        if until is not None:
            return Verdict("wait", "quiet_hours", route, until)
    return Verdict("send", route=route)


def _rank(route: Route) -> tuple[bool, bool, float, bool, float]:
    wrote = route.wrote_at.timestamp() if route.wrote_at else 0.0
    started = route.started_at.timestamp() if route.started_at else 0.0
    return (route.interaction_id is not None, route.of_case, wrote, route.open, started)


def _awake(route: Route, now: datetime, recent: timedelta) -> bool:
    return route.wrote_at is not None and now - route.wrote_at < recent
