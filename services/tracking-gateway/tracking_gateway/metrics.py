"""Metrics of the tracking gateway, in one list."""

from prometheus_client import Counter, Gauge, Histogram

EVENTS_SEEN = Counter("posthouse_tracking_events_seen_total", "Events that sources delivered", ("source",))
EVENTS_NEW = Counter("posthouse_tracking_events_new_total", "Events that were not known before", ("source",))
UNMAPPED = Counter("posthouse_tracking_unmapped_total", "New events that no mapping or text rule knows", ("source",))
UNREADABLE = Counter("posthouse_tracking_unreadable_total", "Items set aside because they cannot be read", ("source",))
FOLDED_ANEW = Counter("posthouse_tracking_folded_anew_total", "Parcels folded from their whole history")
QUERIES = Counter("posthouse_tracking_queries_total", "Questions to providers, by outcome", ("source", "outcome"))
PROVIDER_SUBSCRIPTIONS = Counter(
    "posthouse_tracking_provider_subscriptions_total",
    "Parcels that providers were asked to watch",
    ("source", "outcome"),
)
NOTICES = Counter("posthouse_tracking_notices_total", "Notices to customers, by what became of them", ("outcome",))
NOTICE_LEAD = Histogram(
    "posthouse_tracking_notice_lead_seconds",
    "From the notice of a problem to the customer's own question about the parcel",
    buckets=(300, 900, 3600, 4 * 3600, 12 * 3600, 86400, 3 * 86400, 7 * 86400),
)
BREAKER_OPEN = Gauge("posthouse_tracking_breaker_open", "1 while a provider is not asked", ("source",))


def observe_batch(source: str, *, seen: int, new: int, unmapped: int, unreadable: int) -> None:
    """Count one batch."""
    EVENTS_SEEN.labels(source).inc(seen)
    EVENTS_NEW.labels(source).inc(new)
    UNREADABLE.labels(source).inc(unreadable)
    UNMAPPED.labels(source).inc(unmapped)
