"""A parcel's state as it is told to a caller: only what the tracking snapshot says, with its time and place."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from channel_voice.domain.dialogue import spell
from channel_voice.domain.speech import Line, language_of
from contracts.parcels import ParcelStatus
from contracts.values import Language


@dataclass(frozen=True)
class Snapshot:
    """What the tracking gateway knows of a parcel. `place` is the carrier's own wording."""

    waybill_no: str
    status: str
    returning: bool
    problem: bool
    last_at: datetime | None
    place: str | None


def tell(snapshot: Snapshot, language: Language, zone: ZoneInfo, *, name_number: bool) -> tuple[Line, ...]:
    """The lines that tell a parcel's state. `name_number` says the full number first (its letters were not typed)."""
    known = snapshot.status in set(ParcelStatus)
    lines = [Line(language, f"status.{snapshot.status}" if known else "status.unknown")]
    if name_number:
        lines.insert(0, Line(language, "tracking.number", {"number": spell(snapshot.waybill_no)}))
    if snapshot.returning and snapshot.status not in (ParcelStatus.RETURNING, ParcelStatus.RETURNED):
        lines.append(Line(language, "tracking.on_its_way_back"))
    if snapshot.last_at is not None:
        lines.append(Line(language, "tracking.last_at", _instant(snapshot.last_at.astimezone(zone), language)))
    if snapshot.place:
        reader = language_of(snapshot.place, language)
        if reader is language:
            lines.append(Line(language, "tracking.place", {"place": snapshot.place}))
        else:
            lines += [Line(language, "tracking.place_follows"), Line(reader, "name", {"name": snapshot.place})]
    if snapshot.problem:
        lines.append(Line(language, "tracking.problem"))
    return tuple(lines)


def not_found(language: Language) -> tuple[Line, ...]:
    """Nothing is known under the number."""
    return (Line(language, "tracking.not_found"),)


def unavailable(language: Language) -> tuple[Line, ...]:
    """The gateway could not be asked; nothing is claimed."""
    return (Line(language, "tracking.unavailable"),)


def _instant(at: datetime, language: Language) -> dict[str, str]:
    month = _MONTHS[at.month - 1] if language is Language.EN else str(at.month)
    return {"month": month, "day": str(at.day), "hour": str(at.hour), "minute": f"{at.minute:02d}"}


_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
