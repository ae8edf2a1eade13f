"""PostgreSQL: the database of a service, its transactions, and what is written with them."""

from chassis.db.database import Database, Tx
from chassis.db.errors import DatabaseUnavailable
from chassis.db.tables import table_registry

__all__ = ["Database", "DatabaseUnavailable", "Tx", "table_registry"]
