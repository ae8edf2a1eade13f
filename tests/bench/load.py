"""A small HTTP load generator: keep-alive connections that send prepared requests as fast as they are answered.

Runs as a process of its own (`python -m tests.bench.load`), so that it does not share the server's interpreter.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator

import uvloop


async def hammer(
    host: str, port: int, requests: Iterator[bytes], connections: int, seconds: float
) -> dict[str, object]:
    """Requests answered 2xx per second, and their latencies in milliseconds."""
    latencies: list[float] = []
    failed = 0
    end = time.perf_counter() + seconds

    async def worker() -> None:
        nonlocal failed
        reader, writer = await asyncio.open_connection(host, port)
        while time.perf_counter() < end:
            began = time.perf_counter()
            writer.write(next(requests))
            head = await reader.readuntil(b"\r\n\r\n")
            length = 0
            for line in head.split(b"\r\n")[1:]:
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            if length:
                await reader.readexactly(length)
            if head[9:10] == b"2":
                latencies.append((time.perf_counter() - began) * 1000)
            else:
                failed += 1
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(connections)))
    elapsed = time.perf_counter() - began
    latencies.sort()
    return {
        "rate": len(latencies) / elapsed,
        "failed": failed,
        "p50": latencies[len(latencies) // 2] if latencies else 0,
        "p99": latencies[int(len(latencies) * 0.99)] if latencies else 0,
    }


def post(path: str, host: str, body: bytes, content_type: str, **headers: str) -> bytes:
    """A POST request as it goes over the wire."""
    lines = [f"POST {path} HTTP/1.1", f"Host: {host}", f"Content-Type: {content_type}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def get(path: str, host: str, **headers: str) -> bytes:
    """A GET request as it goes over the wire."""
    lines = [f"GET {path} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def main() -> None:
    """Arguments as JSON on standard input: kind, host, port, connections, seconds, and what the kind needs."""
    options = json.load(sys.stdin)
    from tests.bench import requests

    prepared = getattr(requests, options["kind"])(options)
    result = uvloop.run(hammer(options["host"], options["port"], prepared, options["connections"], options["seconds"]))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
