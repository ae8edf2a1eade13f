"""Opening the bus that a URL names."""

from chassis.bus.port import Bus
from chassis.clock import Clock


def open_bus(url: str, clock: Clock) -> Bus:
    """The bus at `postgresql://…/database` (the log) or `kafka://host:port[,host:port]`, not yet started.

    `kafkas://` speaks TLS; `user:password@` logs in with SCRAM-SHA-512; `?ca=/path` names the authority to trust;
    `?session_seconds=10` is how long the silence of a member lasts until its partitions move. Raises `ValueError` for
    any other URL. Each adapter is imported only when it is used.
    """
    scheme = url.partition("://")[0]
    if scheme in ("postgresql", "postgresql+asyncpg", "postgres"):
        from chassis.bus.pglog import PostgresLog

        return PostgresLog(url, clock)
    if scheme in ("kafka", "kafkas"):
        from chassis.bus.kafka import KafkaBus

        return KafkaBus(url, clock)
    raise ValueError(f"no bus speaks {scheme}://")
