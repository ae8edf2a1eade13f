"""`python -m chassis.kafka_server`: run a local Kafka until Ctrl-C."""

import argparse
import signal
import sys
import threading
from pathlib import Path

from chassis.kafka_server.artefacts import KafkaUnavailable
from chassis.kafka_server.server import KafkaServer


def main() -> int:
    """Start, say where, wait for a signal, stop."""
    parser = argparse.ArgumentParser(prog="python -m chassis.kafka_server", description=__doc__)
    parser.add_argument("--port", type=int, default=9092)
    parser.add_argument("--directory", type=Path, default=Path("build/kafka"), help="data, class path and log")
    options = parser.parse_args()
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    server = KafkaServer(options.directory / f"broker-{options.port}", cache=options.directory, port=options.port)
    _say("starting Apache Kafka; the first time Maven fetches it, which takes a minute")
    try:
        url = server.start()
    except KafkaUnavailable as error:
        _say(str(error))
        return 1
    _say(f"Kafka is up: POSTHOUSE_BUS_URL={url}   (Ctrl-C stops it, its data stays in {server.directory})")
    stopped.wait()
    server.stop()
    return 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
