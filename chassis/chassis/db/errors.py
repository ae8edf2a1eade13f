"""What can go wrong with a database, in the words callers act on."""

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout


class DatabaseUnavailable(Exception):
    """The database could not be reached, or went away; whether a commit in flight took effect is unknown."""


_AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    ConnectionError,
    PoolTimeout,
    TimeoutError,
)


def is_unavailable(error: BaseException) -> bool:
    """Whether the error means "the database is away" rather than "the statement is wrong"."""
    if isinstance(error, _AWAY):
        return True
    if isinstance(error, DBAPIError):
        if error.connection_invalidated:
            return True
        original = error.orig
        cause = getattr(original, "__cause__", None)
        if isinstance(cause, _AWAY) or isinstance(original, _AWAY):
            return True
        state = str(getattr(original, "sqlstate", "") or "")
        # Class 08: connection exception; 57P: operator intervention (shutdown, crash, starting up); 53300: too many.
        return state.startswith(("08", "57P", "53300"))
    return False


def is_retryable(error: BaseException) -> bool:
    """Whether running the whole transaction again can succeed: deadlock or serialisation failure."""
    original = error.orig if isinstance(error, DBAPIError) else error
    return str(getattr(original, "sqlstate", "") or "") in ("40P01", "40001")
