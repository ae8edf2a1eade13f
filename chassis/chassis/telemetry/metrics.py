"""Every metric the chassis keeps, in one list. Names follow Prometheus conventions; services declare theirs alike."""

from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

HTTP_REQUESTS = Histogram(
    "posthouse_http_request_seconds",
    "Time to answer a request, by route template and status class",
    ("service", "method", "route", "status"),
    buckets=_SECONDS,
)
OUTBOX_PUBLISHED = Counter("posthouse_outbox_published_total", "Events handed to the bus", ("service",))
OUTBOX_LAG = Gauge("posthouse_outbox_lag_seconds", "Age of the oldest event not yet published", ("service",))
EVENTS_HANDLED = Counter("posthouse_events_handled_total", "Events whose effect was committed", ("service", "type"))
EVENTS_DUPLICATE = Counter("posthouse_events_duplicate_total", "Redelivered events that were ignored", ("service",))
EVENTS_RETRIED = Counter("posthouse_events_retried_total", "Attempts that failed and were repeated", ("service",))
EVENTS_DEAD = Counter("posthouse_events_dead_total", "Events moved to a dead-letter topic", ("service", "topic"))
CONSUMER_HALTED = Gauge(
    "posthouse_consumer_halted", "1 while a consumer stopped at its dead-letter limit", ("service",)
)
CONSUMER_LAG = Gauge("posthouse_consumer_lag_records", "Records published but not yet handled", ("service",))
CONSUMER_POLL_AGE = Gauge("posthouse_consumer_poll_age_seconds", "Time since the last successful poll", ("service",))
TIMERS_FIRED = Counter("posthouse_timers_fired_total", "Durable timers fired", ("service", "kind"))
TIMER_LAG = Histogram("posthouse_timer_lag_seconds", "How late timers fired", ("service",), buckets=_SECONDS)
TASK_RESTARTS = Counter(
    "posthouse_task_restarts_total", "Background tasks that failed and were restarted", ("service", "task")
)
WEBHOOKS_SENT = Counter(
    "posthouse_webhooks_sent_total", "Attempts to deliver webhooks to subscribers, by outcome", ("service", "outcome")
)
STREAM_LISTENERS = Gauge("posthouse_stream_listeners", "Open event streams", ("service",))
GROUP_COMMIT_SIZE = Histogram(
    "posthouse_group_commit_items",
    "Requests that shared one commit",
    ("service",),
    buckets=(1, 2, 4, 8, 16, 32, 64, 128),
)
