"""The bus as a log in PostgreSQL: the embedded default, for one machine.

Appends of one topic are serial (an advisory lock), so positions become visible in order and a reader never misses one
that commits late. Consumers of the process that appended take records from memory; other processes are woken by NOTIFY.
Ownership of partitions is a table; a commit checks its generation, and a member is alive as long as its process's
database session holds an advisory lock.
"""

from chassis.bus.pglog.bus import PostgresLog

__all__ = ["PostgresLog"]
