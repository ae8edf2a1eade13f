"""What one delivery of a source (a push, a query's answer, a batch of scans) says about one parcel."""

from dataclasses import dataclass
from datetime import datetime

from tracking_gateway.domain.codes import CodeMap
from tracking_gateway.domain.events import Report, build_event
from tracking_gateway.domain.interpret import Interpreter
from tracking_gateway.domain.model import TrackingEvent, TrackingState, Verdict


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An item that could not be read; it is kept and counted, and invents nothing."""

    reason: str
    raw: str


@dataclass(frozen=True, slots=True)
class Observation:
    """Events of one parcel from one source, as one delivery brought them.

    `snapshot` says that the source gave all it knows, so that its silence is knowledge too. `tracking` is set when the
    source says that it watches on, stopped, or gave up. `raw` holds each event's item as it came, in JSON text.
    """

    carrier: str
    waybill_no: str
    source: str
    events: tuple[TrackingEvent, ...]
    raw: tuple[str | None, ...]
    received_at: datetime
    snapshot: bool = False
    tracking: TrackingState | None = None
    unreadable: tuple[Unreadable, ...] = ()
    body: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What a provider's payload says of one parcel, parsed but not interpreted: reports oldest first.

    `envelope` is the provider's code for the parcel as a whole. It speaks for the newest event where that event itself
    says nothing we know; it is never carried to older ones.
    """

    carrier: str
    waybill_no: str
    reports: tuple[Report, ...]
    raw: tuple[str | None, ...]
    unreadable: tuple[Unreadable, ...] = ()
    envelope: str = ""
    tracking: TrackingState | None = None


def observe(
    told: Told,
    *,
    source: str,
    codes: CodeMap,
    interpreter: Interpreter,
    received_at: datetime,
    snapshot: bool,
    body: str | None = None,
) -> Observation:
    """Interpret what was told."""

    def build(report: Report) -> TrackingEvent:
        return build_event(
            report,
            carrier=told.carrier,
            waybill_no=told.waybill_no,
            source=source,
            codes=codes,
            interpreter=interpreter,
        )

    events = [build(report) for report in told.reports]
    raw = list(told.raw)
    if hint := _envelope_report(told, events, codes):
        events.append(build(hint))
        raw.append(None)
    return Observation(
        carrier=told.carrier,
        waybill_no=told.waybill_no,
        source=source,
        events=tuple(events),
        raw=tuple(raw),
        received_at=received_at,
        snapshot=snapshot,
        tracking=told.tracking,
        unreadable=told.unreadable,
        body=body,
    )


def _envelope_report(told: Told, events: list[TrackingEvent], codes: CodeMap) -> Report | None:
    if not events or not told.envelope:
        return None
    newest = max(events, key=lambda event: event.order)
    entry = codes.get(told.envelope)
    if newest.meaning.verdict is not Verdict.UNMAPPED or entry is None or entry.status is None:
        return None
    return Report(newest.time, told.envelope, "", newest.location, newest.node, newest.sequence + 1)
