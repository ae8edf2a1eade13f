"""OpenTelemetry traces that cross HTTP and the bus. Spans that are not sampled cost next to nothing."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import Span, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_PROPAGATOR = TraceContextTextMapPropagator()


def tracer() -> trace.Tracer:
    """The tracer of the house; goes through the provider that is set at the time of the call."""
    return trace.get_tracer("posthouse")


def configure(service: str, *, environment: str, ratio: float, otlp_endpoint: str | None) -> TracerProvider:
    """Install the process's tracer provider. Without an endpoint spans are made (so logs carry ids) but go nowhere."""
    resource = Resource.create({"service.name": service, "deployment.environment.name": environment})
    provider = TracerProvider(resource=resource, sampler=ParentBased(TraceIdRatioBased(ratio)))
    if otlp_endpoint:
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=otlp_endpoint)))
    trace.set_tracer_provider(provider)
    return provider


def current_traceparent() -> str | None:
    """The W3C trace context of the current span, to be carried by an event; None outside any trace."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get("traceparent")


@contextmanager
def span(
    name: str,
    *,
    traceparent: str | None = None,
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: Mapping[str, str | int] | None = None,
) -> Iterator[Span]:
    """Run the block in a span, continuing the remote trace of `traceparent` if one is given."""
    parent = _PROPAGATOR.extract({"traceparent": traceparent}) if traceparent else otel_context.get_current()
    with tracer().start_as_current_span(name, context=parent, kind=kind, attributes=attributes) as current:
        yield current


def recording() -> bool:
    """Whether the current span is sampled, that is, whether detail spans are worth making."""
    return trace.get_current_span().is_recording()
