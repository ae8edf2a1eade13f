"""Any permutation, duplication and split of a history gives the same state, promise and place."""

import os

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.parcels import ParcelStatus as S
from tests.unit.tracking_gateway.conftest import at
from tracking_gateway.domain.events import Report, build_event, clock_event
from tracking_gateway.domain.model import PROMISE_CODES, Carried, ExceptionCode, TrackingEvent
from tracking_gateway.domain.shipment import Area, Shipment
from tracking_gateway.domain.state import ParcelState, from_json, to_json
from tracking_gateway.knowledge import COURIER, KUAIDI100, Knowledge
from tracking_gateway.parameters import TrackingParameters

EXAMPLES = 10_000 if os.environ.get("POSTHOUSE_FUZZ") == "large" else 150
KNOWLEDGE = Knowledge(TrackingParameters(), own_carrier="posthouse", own_pattern=r"PH\d{10,13}")

CODES = [(source, code) for source in (COURIER, KUAIDI100) for code in (*KNOWLEDGE.codes[source].entries, "??", "")]
TEXTS = [
    *("", "已签收", "无法签收，收件人不在家", "快件正在退回", "离开上海，发往北京", "签收作废", "退回件已签收"),
    *("Delivered", "Out for delivery", "was not delivered", "Damaged in transit", "问题已解决", "qwerty"),
]


CARRIED = [None, Carried(bag="B1"), Carried(vehicle="V1"), Carried("B2", "V2"), Carried(node_kind="hub")]
AGREED = Shipment("standard", Area(city="上海"), Area(city="北京"), None, at(-5).instant)


@st.composite
def clocks(draw: st.DrawFn) -> TrackingEvent:
    """What a clock proved at some time, by whatever was known then."""
    anchor, hours = draw(st.integers(0, 8)), draw(st.integers(1, 6))
    return clock_event(
        carrier="zto",
        waybill_no="73000000000001",
        code=draw(st.sampled_from([ExceptionCode.STALLED, *sorted(PROMISE_CODES)])),
        anchor=at(anchor).instant,
        due=at(anchor + hours),
        seconds=hours * 3600,
        text="clock",
    )


@st.composite
def scans(draw: st.DrawFn) -> TrackingEvent:
    source, code = draw(st.sampled_from(CODES))
    report = Report(
        time=at(draw(st.integers(0, 12))),  # few instants, so that many events fall on one
        code=code,
        text=draw(st.sampled_from(TEXTS)),
        location=draw(st.sampled_from([None, "上海", "北京"])),
        node=draw(st.sampled_from([None, "上海分拨", "北京网点"])),
        sequence=draw(st.integers(0, 2)),
        carried=draw(st.sampled_from(CARRIED)),
    )
    return build_event(
        report,
        carrier="zto",
        waybill_no="73000000000001",
        source=source,
        codes=KNOWLEDGE.codes[source],
        interpreter=KNOWLEDGE.interpreter,
    )


def events() -> st.SearchStrategy[TrackingEvent]:
    """Scans mostly, and now and then what a clock proved."""
    return st.one_of(scans(), scans(), scans(), clocks())


def histories(max_size: int = 14) -> st.SearchStrategy[list[TrackingEvent]]:
    """Events with different keys: that equal facts are one fact is the store's part."""
    return st.lists(events(), max_size=max_size, unique_by=lambda event: event.key)


def take_in(batches: list[list[TrackingEvent]]) -> ParcelState:
    """What the ingest does: extend the state where events are later than all others, else fold anew."""
    known: dict[object, TrackingEvent] = {}
    state = ParcelState()
    for batch in batches:
        new = sorted({event.key: event for event in batch if event.key not in known}.values(), key=lambda e: e.order)
        known |= {event.key: event for event in new}
        if state.order is not None and any(event.order <= state.order for event in new):
            state = KNOWLEDGE.folder.fold(known.values())
        else:
            for event in new:
                KNOWLEDGE.folder.advance(state, event)
        state = from_json(to_json(state))
    return state


@settings(max_examples=EXAMPLES, deadline=None)
@given(history=histories(), data=st.data())
def test_order_of_arrival_repetition_and_splits_do_not_matter(
    history: list[TrackingEvent], data: st.DataObject
) -> None:
    expected = KNOWLEDGE.folder.fold(history)
    repeated = history + data.draw(st.lists(st.sampled_from(history), max_size=5)) if history else []
    shuffled = data.draw(st.permutations(repeated))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(shuffled)), max_size=4)))
    batches = [shuffled[start:end] for start, end in zip([0, *cuts], [*cuts, len(shuffled)], strict=True)]
    found = take_in(batches)
    assert found == expected
    table = KNOWLEDGE.promises
    assert table.promise(AGREED, found) == table.promise(AGREED, expected)
    assert table.pending(AGREED, found) == table.pending(AGREED, expected)


@settings(max_examples=EXAMPLES, deadline=None)
@given(history=histories())
def test_a_state_survives_being_written_down(history: list[TrackingEvent]) -> None:
    state = KNOWLEDGE.folder.fold(history)
    assert from_json(to_json(state)) == state


@settings(max_examples=EXAMPLES, deadline=None)
@given(history=histories(), later=events())
def test_delivered_yields_only_to_stronger_evidence(history: list[TrackingEvent], later: TrackingEvent) -> None:
    state = KNOWLEDGE.folder.fold(history)
    if state.status is not S.DELIVERED or state.order is None or later.order <= state.order:
        return
    KNOWLEDGE.folder.advance(state, later)
    evidence = later.meaning.revokes or later.meaning.status in (S.RETURNING, S.RETURNED) or later.meaning.direction
    assert state.status is S.DELIVERED or evidence


@settings(max_examples=EXAMPLES, deadline=None)
@given(history=histories())
def test_no_status_is_invented(history: list[TrackingEvent]) -> None:
    """The status is one that an event said, or what rule 4 makes of it, or the place of a problem without one."""
    state = KNOWLEDGE.folder.fold(history)
    said = {event.meaning.status for event in history} - {None}
    derived = {S.NOT_FOUND}
    if any(event.meaning.exceptions or event.meaning.revokes for event in history):
        derived.add(S.EXCEPTION)
    if any(event.meaning.direction for event in history):
        derived |= {S.RETURNED} if S.DELIVERED in said else set()
        derived |= {S.RETURNING}
    assert state.status in said | derived
    given_by = next((event for event in history if event.key == state.status_event), None)
    assert (given_by is None) == (state.status is S.NOT_FOUND and S.NOT_FOUND not in said)


@settings(max_examples=EXAMPLES, deadline=None)
@given(history=histories())
def test_milestones_and_exceptions_name_events_that_exist(history: list[TrackingEvent]) -> None:
    state = KNOWLEDGE.folder.fold(history)
    keys, instants = {event.key for event in history}, {event.time.instant for event in history}
    for span in state.milestones.values():
        assert {span.first, span.last} <= instants
        assert span.first <= span.last
    for episode in state.exceptions.values():
        assert episode.opened_by in keys
        assert episode.closed_by is None or episode.closed_by in keys
