"""Every metric of routing."""

from prometheus_client import Counter, Gauge, Histogram

DECISIONS = Counter("posthouse_routing_decisions_total", "Decisions made durable", ("domain", "kind"))
BATCH_COMMANDS = Histogram(
    "posthouse_routing_batch_commands",
    "Commands decided and committed together",
    ("domain",),
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500),
)
COMMIT_SECONDS = Histogram(
    "posthouse_routing_commit_seconds",
    "From the first command of a batch being taken up to its commit",
    ("domain",),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
)
OWNED = Gauge("posthouse_routing_domain_owned", "1 while this process owns the domain", ("domain",))
REBUILD_SECONDS = Gauge(
    "posthouse_routing_rebuild_seconds", "How long the last rebuild from the store took", ("domain",)
)
WAITING = Gauge("posthouse_routing_waiting_items", "Items that wait or are on offer", ("domain", "queue"))
"""The owner of a domain sets its gauges; other replicas report nothing."""
FAILED_COMMANDS = Counter(
    "posthouse_routing_failed_commands_total", "Commands set aside as never applicable", ("domain",)
)
