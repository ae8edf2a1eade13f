"""`posthouse doctor`: what a machine and its settings lack."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg

from cases.actions.office import Office
from chassis.bus.factory import open_bus
from chassis.bus.port import BusUnavailable
from chassis.clock import SystemClock
from chassis.db.server import PostgresNotFound, find_binaries
from chassis.settings import ChassisSettings
from posthouse.static import web_root

_NODE_MAJOR = 20
_CALENDAR_DAYS = 60


@dataclass(frozen=True)
class Finding:
    """One check: what was looked at, whether it is in order, and what to do otherwise. With `warning` it works today,
    and something is to be done soon."""

    subject: str
    ok: bool
    detail: str
    warning: bool = False


async def examine(settings: ChassisSettings) -> list[Finding]:
    """All checks."""
    return [
        _python(),
        await _database(settings),
        await _bus(settings),
        _data_dir(settings),
        _web(),
        _node(),
        holiday_calendar(SystemClock().now()),
    ]


def _python() -> Finding:
    ok = sys.version_info >= (3, 11)
    return Finding("Python", ok, sys.version.split()[0] + ("" if ok else "; 3.11 or newer is needed"))


async def _database(settings: ChassisSettings) -> Finding:
    if settings.database_url is None:
        try:
            return Finding("PostgreSQL", True, f"embedded, from {find_binaries()}")
        except PostgresNotFound as error:
            return Finding("PostgreSQL", False, str(error))
    try:
        connection = await asyncpg.connect(settings.database_url.get_secret_value(), timeout=5)
    except (OSError, asyncpg.PostgresError) as error:
        return Finding("PostgreSQL", False, f"POSTHOUSE_DATABASE_URL does not answer: {error}")
    try:
        version = connection.get_server_version().major
    finally:
        await connection.close()
    return Finding("PostgreSQL", version >= 15, f"version {version}" + ("" if version >= 15 else "; 15 is needed"))


async def _bus(settings: ChassisSettings) -> Finding:
    if settings.bus_url.startswith("embedded"):
        return Finding("Message bus", True, "embedded log in PostgreSQL")
    bus = open_bus(settings.bus_url, SystemClock())
    try:
        await bus.start()
        return Finding("Message bus", True, "Kafka answers")
    except BusUnavailable as error:
        return Finding("Message bus", False, f"POSTHOUSE_BUS_URL does not answer: {error}")
    finally:
        await bus.stop()


def _data_dir(settings: ChassisSettings) -> Finding:
    folder = Path(settings.data_dir)
    nearest = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(nearest).free // 2**20
    return Finding(
        "Data folder", free > 1024, f"{folder} with {free} MiB free" + ("" if free > 1024 else "; 1 GiB is needed")
    )


def holiday_calendar(now: datetime) -> Finding:
    """Deadlines are only as right as the holidays they are counted with."""
    calendar = Office.load().library.calendar
    unsure = calendar.unconfirmed(calendar.local_day(now), timedelta(days=_CALENDAR_DAYS))
    if unsure is None:
        return Finding("Holiday calendar", True, f"confirmed for the next {_CALENDAR_DAYS} days")
    detail = (
        f"not confirmed from {unsure}; enter the year's notice as the parameter `calendar` of the case service "
        "(holidays, rest_days, workdays, years)"
    )
    return Finding("Holiday calendar", True, detail, warning=True)


def _web() -> Finding:
    root = web_root()
    return Finding("Web pages", root is not None, f"built in {root}" if root else "not built; run `make web`")


def _node() -> Finding:
    node = shutil.which("node")
    if node is None:
        return Finding("Node", web_root() is not None, "not on the PATH; only needed to build the web pages")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    major = int(version.lstrip("v").split(".")[0] or 0)
    return Finding(
        "Node", major >= _NODE_MAJOR, version + ("" if major >= _NODE_MAJOR else f"; {_NODE_MAJOR} is needed")
    )
