"""One Kafka broker in KRaft mode, small and quick to start."""

import contextlib
import os
import random
import shutil
import signal
import socket
import struct
import subprocess
import time
from pathlib import Path

from chassis.kafka_server.artefacts import KafkaUnavailable, classpath

_HEAP = "256m"
_CLUSTER = "cG9zdGhvdXNlLWxvY2FsLQ"
"""Any 16 bytes in base64. The same for all local servers, so that one formatted directory serves as template."""

_JAVA = [
    "java",
    *("-Xms64m", f"-Xmx{_HEAP}", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"),
    *("-Djava.awt.headless=true", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"),
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
]

_SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    # As in production: topics are made on purpose, with the right number of partitions.
    "auto.create.topics.enable": "false",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "1",
    # Tests wait for rebalances: no delay before the first one, and sessions shorter than production's lower bound.
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    # A killed broker may only register again when its old session is over; the default is 9 s.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    "num.network.threads": "2",
    "num.io.threads": "2",
    "log.cleaner.dedupe.buffer.size": "4194304",  # the default of 128 MB would not fit into the heap
}


class KafkaServer:
    """Starts and stops one broker whose data lives in `directory`; keeps its ports and data between runs.

    `cache` keeps what servers share: the class path and a formatted directory to copy.
    """

    def __init__(self, directory: Path, *, cache: Path, port: int | None = None, controller_port: int | None = None):
        self.directory = directory.resolve()
        self.port = port or _free_port()
        self._controller_port = controller_port or _free_port()
        self._cache = cache.resolve()
        self._process: subprocess.Popen[bytes] | None = None
        self._classpath: str | None = None

    @property
    def url(self) -> str:
        """The bus URL of the server."""
        return f"kafka://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        """The process id of the running server."""
        return self._process.pid if self._process else None

    def start(self, *, timeout: float = 90) -> str:
        """Start the server, creating its data directory if need be; returns its URL once it answers requests.

        Raises `KafkaUnavailable` when Java, Maven or the artefacts are missing or the server does not come up.
        """
        self.directory.mkdir(parents=True, exist_ok=True)
        self._classpath = self._classpath or classpath(self._cache)
        self._write_settings(self.directory, self.port, self._controller_port)
        if not (self.directory / "data" / "meta.properties").exists():
            shutil.copytree(self._template(), self.directory / "data", dirs_exist_ok=True)
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                [*_JAVA, "-cp", self._classpath, "kafka.Kafka", str(self.directory / "server.properties")],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._wait_ready(timeout)
        return self.url

    def stop(self, *, timeout: float = 30) -> None:
        """Stop the server cleanly; kill it if that takes longer than `timeout`."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """Kill the server as a crash would."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    @property
    def _log(self) -> Path:
        return self.directory / "kafka.log"

    def _template(self) -> Path:
        """A formatted data directory; formatting takes a second of Java, copying it none."""
        template = self._cache / "formatted"
        if (template / "data" / "meta.properties").exists():
            return template / "data"
        work = self._cache / f"formatting-{os.getpid()}"
        work.mkdir(parents=True, exist_ok=True)
        self._write_settings(work, 9092, 9093)
        command = [*_JAVA, "-cp", str(self._classpath), "kafka.tools.StorageTool", "format"]
        command += ["-t", _CLUSTER, "-c", str(work / "server.properties")]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        if done.returncode:
            raise KafkaUnavailable(f"formatting Kafka's storage failed:\n{(done.stdout + done.stderr)[-2000:]}")
        try:
            work.rename(template)
        except OSError:  # another process was faster
            shutil.rmtree(work, ignore_errors=True)
        return template / "data"

    def _write_settings(self, directory: Path, port: int, controller_port: int) -> None:
        settings = {
            **_SETTINGS,
            "controller.quorum.voters": f"1@127.0.0.1:{controller_port}",
            "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
            "log.dirs": str(directory / "data"),
        }
        lines = [f"{name}={value}" for name, value in settings.items()]
        (directory / "server.properties").write_text("\n".join(lines) + "\n")

    def _wait_ready(self, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while not _answers(self.port):
            if self._process is None or self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                tail = self._log.read_text(errors="replace")[-2000:]
                raise KafkaUnavailable(f"Kafka did not start in {self.directory}:\n{tail}")
            time.sleep(0.05)


def _answers(port: int) -> bool:
    """Whether a broker answers an ApiVersions request, the one every broker answers to anybody."""
    request = struct.pack(">hhih", 18, 0, 1, -1)
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            return len(connection.recv(8)) == 8
    except OSError:
        return False


def _free_port() -> int:
    """A port below those the system gives to outgoing connections: it stays free while a killed server is down."""
    while True:
        port = random.randint(15_000, 30_000)  # noqa: S311 not a secret
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
