"""One trace runs through HTTP, the database, the bus and the handler of another service; logs carry its id."""

import json
import logging
from collections.abc import Iterator

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import format_trace_id

from chassis.telemetry import logs, traces
from contracts.cases import CaseReopened
from tests.contract.chassis.conftest import build_counters
from tests.support.world import World, eventually

REMOTE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """Everything that is traced during the test."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(traces, "tracer", lambda: provider.get_tracer("test"))
    yield exporter
    provider.shutdown()


async def test_a_trace_crosses_http_database_bus_and_handler(
    world: World, spans: InMemorySpanExporter, counter
) -> None:  # type: ignore[no-untyped-def]
    service = await world.start(build_counters, consume=True)
    client = world.client(service, "counters:read", "counters:write")
    headers = {"traceparent": REMOTE}
    await client.post(f"/v1/counters/{counter}/raise", json={"by": 1}, headers=headers)
    await world.wait_published(CaseReopened)

    async def names() -> set[str]:
        mine = [span for span in spans.get_finished_spans() if format_trace_id(span.context.trace_id) == TRACE_ID]
        return {span.name for span in mine}

    found = await eventually(names, lambda seen: "handle counters" in seen)
    assert {"POST counters", "db.query", "handle counters"} <= found


async def test_unsampled_requests_make_no_detail_spans(world: World, spans: InMemorySpanExporter, counter) -> None:  # type: ignore[no-untyped-def]
    service = await world.start(build_counters)
    client = world.client(service, "counters:read")
    spans.clear()
    await client.get(f"/v1/counters/{counter}", headers={"traceparent": REMOTE[:-1] + "0"})
    ids = {format_trace_id(span.context.trace_id) for span in spans.get_finished_spans()}
    assert TRACE_ID not in ids


def test_a_log_line_is_one_json_object_with_its_trace() -> None:
    parent = trace.set_span_in_context(
        trace.NonRecordingSpan(trace.SpanContext(int(TRACE_ID, 16), 1, is_remote=True, trace_flags=trace.TraceFlags(1)))
    )
    from opentelemetry import context

    record = logging.LogRecord("chassis.test", logging.INFO, __file__, 1, "offer expired", None, None)
    record.fields = {"offer_id": "42"}
    token = context.attach(parent)
    try:
        line = json.loads(logs.JsonFormatter().format(record))
    finally:
        context.detach(token)
    assert (line["message"], line["offer_id"], line["trace_id"], line["level"]) == (
        "offer expired",
        "42",
        TRACE_ID,
        "info",
    )
