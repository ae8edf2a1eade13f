"""The house as separate processes, as in production, with every part of it killable."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

from chassis.db.server import PostgresServer
from chassis.kafka_server import KafkaServer
from posthouse.demo.environment import ACCOUNT_SID, NUMBER_EN
from posthouse.simulators.twilio import app as twilio
from posthouse.simulators.twilio.settings import Number, Pace, SimulatorSettings
from tests.support.tokens import ISSUER, TestIssuer

AUTH_TOKEN = "c" * 32
_ROOT = Path(__file__).resolve().parents[2]


class Cluster:
    """PostgreSQL, the bus, and one process per service; a Twilio account and an issuer live in the test's process."""

    def __init__(self, directory: Path, bus: str, services: tuple[str, ...]) -> None:
        self.issuer = TestIssuer()
        self.services = services
        self._directory = directory
        self._postgres = PostgresServer(directory / "postgres")
        self._kafka = KafkaServer(directory / "kafka", cache=_ROOT / "build" / "kafka") if bus == "kafka" else None
        self._ports = {name: _free_port() for name in (*services, "outside")}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self.twilio = twilio.build(
            SimulatorSettings(
                account_sid=ACCOUNT_SID,
                auth_token=AUTH_TOKEN,
                numbers=(Number(NUMBER_EN),),
                pace=Pace(message_step=0.01, retry=0.2),
            )
        )

    @property
    def victims(self) -> tuple[str, ...]:
        """Everything that can be killed."""
        return (*self.services, "postgres", *(["kafka"] if self._kafka else []))

    def url(self, service: str) -> str:
        """Where a service listens."""
        return f"http://127.0.0.1:{self._ports[service]}"

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Cluster"]:
        """Everything started; everything stopped at the end."""
        await asyncio.to_thread(self._postgres.start)
        if self._kafka:
            await asyncio.to_thread(self._kafka.start)
        outside = uvicorn.Server(
            uvicorn.Config(self._outside(), port=self._ports["outside"], log_config=None, lifespan="off")
        )
        serving = asyncio.create_task(outside.serve())
        try:
            await self._migrate()
            for name in self.services:
                self._spawn(name)
            await asyncio.gather(*(self._started(name) for name in self.services))
            yield self
        finally:
            for process in self._processes.values():
                process.terminate()
            for process in self._processes.values():
                with contextlib.suppress(subprocess.TimeoutExpired):
                    await asyncio.to_thread(process.wait, 15)
                if process.poll() is None:
                    process.kill()
            outside.should_exit = True
            await serving
            await twilio.close(self.twilio)
            if self._kafka:
                self._kafka.kill()
            self._postgres.stop()

    async def kill_and_restart(self, victim: str) -> None:
        """SIGKILL, then start it again at once."""
        if victim == "postgres":
            self._postgres.kill()
            await asyncio.to_thread(self._postgres.start)
        elif victim == "kafka":
            assert self._kafka is not None
            self._kafka.kill()
            await asyncio.to_thread(self._kafka.start)
        else:
            process = self._processes[victim]
            process.send_signal(signal.SIGKILL)
            await asyncio.to_thread(process.wait)
            self._spawn(victim)

    def log_tail(self, service: str, lines: int = 40) -> str:
        """The end of a service's log, for failure messages."""
        path = self._directory / f"{service}.log"
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else ""

    async def _migrate(self) -> None:
        command = [sys.executable, "-m", "posthouse", "migrate", *self.services]
        done = await asyncio.to_thread(
            subprocess.run, command, env=self._environment(), capture_output=True, text=True, cwd=_ROOT
        )
        assert done.returncode == 0, done.stderr[-3000:]

    def _spawn(self, name: str) -> None:
        log = (self._directory / f"{name}.log").open("ab")
        with log:
            self._processes[name] = subprocess.Popen(
                [
                    *(sys.executable, "-m", "posthouse", "serve", name),
                    *("--host", "127.0.0.1", "--port", str(self._ports[name])),
                ],
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=_ROOT,
            )

    async def _started(self, name: str) -> None:
        deadline = time.monotonic() + 90
        async with httpx.AsyncClient(timeout=2, trust_env=False) as http:
            while True:
                with contextlib.suppress(httpx.HTTPError):
                    if (await http.get(f"{self.url(name)}/startupz")).status_code == 200:
                        return
                assert time.monotonic() < deadline, f"{name} did not start:\n{self.log_tail(name)}"
                await asyncio.sleep(0.1)

    def _environment(self) -> dict[str, str]:
        outside = self.url("outside")
        credentials = {"ACCOUNT_SID": ACCOUNT_SID, "AUTH_TOKEN": AUTH_TOKEN, "API_URL": outside}
        twilio_settings = {
            f"POSTHOUSE_{service}_TWILIO_{name}": value
            for service in ("SMS", "VOICE")
            for name, value in credentials.items()
        }
        return {
            **os.environ,
            **twilio_settings,
            "POSTHOUSE_DATABASE_URL": self._postgres.url,
            "POSTHOUSE_BUS_URL": self._kafka.url if self._kafka else "embedded:",
            "POSTHOUSE_PUBLIC_BASE_URL": self.url("sms"),
            "POSTHOUSE_AUTH_ISSUER": ISSUER,
            "POSTHOUSE_AUTH_JWKS_URL": f"{outside}/jwks",
            "POSTHOUSE_LOG_LEVEL": "WARNING",
            "POSTHOUSE_LOG_FORMAT": "text",
            "POSTHOUSE_DATA_DIR": str(self._directory / "data"),
            "POSTHOUSE_DATABASE_POOL": "3",
            "POSTHOUSE_EMAIL_LMTP_PORT": str(self._ports["outside"] + 1),
            "POSTHOUSE_CHAT_SITES": json.dumps([{"id": "demo", "origins": [outside]}]),
        }

    def _outside(self) -> Starlette:
        async def keys(_request: Request) -> JSONResponse:
            return JSONResponse(self.issuer.keys)

        return Starlette(routes=[Route("/jwks", keys), Mount("/", app=self.twilio)])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
