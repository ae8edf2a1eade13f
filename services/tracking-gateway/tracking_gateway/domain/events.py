"""Building tracking events: what makes two reports the same event, and how ties of one instant are ordered."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from uuid import UUID

from tracking_gateway.domain.codes import CodeMap
from tracking_gateway.domain.interpret import Interpreter
from tracking_gateway.domain.model import PROMISE_CODES, Carried, ExceptionCode, Meaning, SourceTime, TrackingEvent
from tracking_gateway.domain.text.normalise import place, plain

CLOCK = "clock"
"""The source of exceptions that no carrier reported but passing time proved."""


@dataclass(frozen=True, slots=True)
class Report:
    """One event as a provider told it, parsed but not interpreted. `unique` is the source's own id, if there is one."""

    time: SourceTime
    code: str
    text: str
    location: str | None = None
    node: str | None = None
    sequence: int = 0
    unique: str | None = None
    carried: Carried | None = None


def build_event(
    report: Report, *, carrier: str, waybill_no: str, source: str, codes: CodeMap, interpreter: Interpreter
) -> TrackingEvent:
    """Interpret a report and give it its key (rule 7): the source's own id, or all that identifies the fact."""
    text, location = report.text.strip(), place(report.location)
    instant = report.time.instant
    if report.unique:
        key = _key(source, carrier, waybill_no, report.unique)
    else:
        key = _key(carrier, waybill_no, instant.isoformat(), plain(report.code), plain(text), plain(location or ""))
    return TrackingEvent(
        key=key,
        time=report.time,
        source=source,
        code=report.code,
        text=text,
        location=location,
        node=place(report.node),
        sequence=report.sequence,
        meaning=interpreter.interpret(codes, report.code, text),
        carried=report.carried,
    )


def clock_event(
    *, carrier: str, waybill_no: str, code: ExceptionCode, anchor: datetime, due: SourceTime, seconds: int, text: str
) -> TrackingEvent:
    """The event "nothing happened for `seconds` after `anchor`", or "the promise passed". Each gives one event, whoever
    notices it; a promise that was changed is another one."""
    promise = (str(seconds),) if code in PROMISE_CODES else ()
    return TrackingEvent(
        key=_key(CLOCK, carrier, waybill_no, code.value, anchor.isoformat(), *promise),
        time=due,
        source=CLOCK,
        code=f"{code.value}/{seconds}",
        text=text,
        location=None,
        node=None,
        sequence=0,
        meaning=clock_meaning(f"{code.value}/{seconds}"),
    )


def clock_meaning(code: str) -> Meaning:
    """The meaning of a clock event from its stored code `<exception>/<seconds>`."""
    name, _, seconds = code.partition("/")
    return Meaning(exceptions=(ExceptionCode(name),), basis=f"clock rule {name}", clock_seconds=int(seconds))


def in_sequence(reports: Iterable[Report]) -> list[Report]:
    """Reports of one list, oldest first, numbered within each instant: a longer list later numbers them the same."""
    numbered: list[Report] = []
    counts: dict[datetime, int] = {}
    for report in reports:
        index = counts.get(report.time.instant, 0)
        counts[report.time.instant] = index + 1
        numbered.append(report if report.sequence == index else replace(report, sequence=index))
    return numbered


def _key(*parts: str) -> UUID:
    return UUID(bytes=blake2b("\x1f".join(parts).encode(), digest_size=16).digest())
