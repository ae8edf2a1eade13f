"""Asks the tracking gateway about a parcel, within a bounded time, and never pretends."""

import asyncio
import re
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from channel_voice.domain.parcel import Snapshot
from channel_voice.parameters import NumberForm
from chassis.telemetry.logs import get_logger
from contracts.parcels import ParcelStatus

log = get_logger(__name__)

_TELEPHONE = re.compile(r"\+?[0-9]{4,18}")

Bearer = Callable[[], Coroutine[Any, Any, str]]


@dataclass(frozen=True)
class Found:
    """Exactly one parcel fits. `bare` says that its number is the typed digits, without letters."""

    snapshot: Snapshot
    bare: bool


@dataclass(frozen=True)
class NotFound:
    """The gateway answered that nothing is known."""


@dataclass(frozen=True)
class Several:
    """More than one parcel fits the digits."""


@dataclass(frozen=True)
class Away:
    """The gateway did not answer in time, or not usefully."""


Result: TypeAlias = Found | NotFound | Several | Away


class TrackingAway(Exception):
    """No usable answer."""


class _Event(BaseModel):
    model_config = ConfigDict(extra="ignore")

    at: datetime | None = None
    location: str | None = None


class _Parcel(BaseModel):
    """The part of the gateway's answer that is told to callers."""

    model_config = ConfigDict(extra="ignore")

    waybill_no: str
    status: str
    direction: str = "forward"
    exceptions: list[Any] = []
    last_event: _Event | None = None

    def snapshot(self) -> Snapshot:
        event = self.last_event or _Event()
        return Snapshot(
            waybill_no=self.waybill_no,
            status=self.status,
            returning=self.direction == "return",
            problem=any(_is_open(item) for item in self.exceptions),
            last_at=event.at if event.at and event.at.tzinfo else None,
            place=(event.location or "").strip() or None,
        )


def _is_open(exception: Any) -> bool:
    """Whether a problem is one still; those that were solved are told to nobody."""
    return not isinstance(exception, dict) or exception.get("open") is not False


class Tracking:
    """The gateway's query API."""

    def __init__(
        self, http: httpx.AsyncClient, bearer: Bearer, *, seconds: float, untypeable: Sequence[NumberForm]
    ) -> None:
        """`http` has the gateway's address as base; `seconds` bounds one whole lookup."""
        self._http, self._bearer = http, bearer
        self._seconds, self._untypeable = seconds, untypeable

    async def look_up(self, digits: str, caller: str) -> Result:
        """What is known about the typed digits: as they are, else with letters that a keypad cannot type."""
        try:
            async with asyncio.timeout(self._seconds):
                if bare := await self._query(digits, caller):
                    return Found(bare, bare=True)
                forms = [form for form in self._untypeable if form.digits == len(digits)]
                tried = await asyncio.gather(*(self._query(form.letters + digits, caller) for form in forms))
        except (TrackingAway, httpx.HTTPError, TimeoutError) as error:
            log.warning("tracking could not be asked", error=repr(error))
            return Away()
        known = [snapshot for snapshot in tried if snapshot is not None]
        if len(known) > 1:
            return Several()
        return Found(known[0], bare=False) if known else NotFound()

    async def _query(self, waybill_no: str, caller: str) -> Snapshot | None:
        answer = await self._http.get(
            f"/v1/parcels/{quote(waybill_no, safe='')}",
            params={"phone": caller} if _TELEPHONE.fullmatch(caller) else {},
            headers={"Authorization": f"Bearer {await self._bearer()}"},
        )
        if answer.status_code == httpx.codes.BAD_REQUEST:
            return None  # nothing can be known under what is no waybill number
        if answer.status_code == httpx.codes.NOT_FOUND:
            if _unanswered(answer):
                raise TrackingAway("a carrier did not answer")
            return None
        if answer.status_code != httpx.codes.OK:
            raise TrackingAway(f"HTTP {answer.status_code}")
        try:
            snapshot = _Parcel.model_validate_json(answer.content).snapshot()
        except ValidationError as error:
            raise TrackingAway("unreadable answer") from error
        return None if snapshot.status == ParcelStatus.NOT_FOUND else snapshot


def _unanswered(answer: httpx.Response) -> bool:
    """Whether "not found" only means that a carrier who may know more could not be asked."""
    try:
        problem = answer.json()
    except ValueError:
        return False
    return isinstance(problem, dict) and bool(problem.get("unanswered"))
