"""Follows the events of cases: a complete example client of the event feed.

    python case_events.py https://contact.example/cases --type posthouse.case.closed.v1

The API key is read from the environment variable POSTHOUSE_KEY; it needs the scope `cases:events`. The state file
remembers how far the client has read, so it can be stopped and started at any moment. An event may come again after a
crash, so the state also holds the ids of the page that is being worked on. Needs the package httpx.
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx

Event = dict[str, Any]


class State:
    """How far we have read, and which events of the present page are done. Each change is on disk before it counts."""

    def __init__(self, path: Path) -> None:
        self._path = path
        kept = json.loads(path.read_text()) if path.exists() else {}
        self.cursor: str | None = kept.get("cursor")
        self.done: list[str] = kept.get("done", [])

    def handled(self, event_id: str) -> None:
        """The event is done."""
        self.done.append(event_id)
        self._write()

    def turn(self, cursor: str) -> None:
        """The page is done."""
        self.cursor, self.done = cursor, []
        self._write()

    def _write(self) -> None:
        new = self._path.with_suffix(".new")
        new.write_text(json.dumps({"cursor": self.cursor, "done": self.done}))
        new.replace(self._path)


async def follow(
    http: httpx.AsyncClient,
    state: State,
    handle: Callable[[Event], None],
    *,
    types: Sequence[str] = (),
    rounds: int | None = None,
    page: int = 100,
    wait: int = 25,
) -> None:
    """Give every event to `handle`, in order; forever, or for so many pages."""
    while rounds is None or rounds > 0:
        rounds = None if rounds is None else rounds - 1
        params: dict[str, Any] = {"type": list(types), "limit": page, "wait": wait}
        if state.cursor is not None:
            params["cursor"] = state.cursor
        answer = await _patiently(http, params)
        for event in answer["items"]:
            if event["id"] not in state.done:
                handle(event)
                state.handled(event["id"])
        state.turn(answer["next"])


async def _patiently(http: httpx.AsyncClient, params: dict[str, Any]) -> Any:
    """Ask until there is an answer: a server that restarts or a line that breaks is no reason to stop."""
    pause = 1.0
    while True:
        try:
            answer = await http.get("/v1/feed", params=params, timeout=params["wait"] + 30)
            if answer.status_code not in (429, 502, 503, 504):
                return answer.raise_for_status().json()
            pause = float(answer.headers.get("retry-after", pause))
        except httpx.TransportError:
            pass
        await asyncio.sleep(pause)
        pause = min(pause * 2, 30)


async def main() -> None:
    """Print every event."""
    parser = argparse.ArgumentParser(description="Follow the events of cases.")
    parser.add_argument("url", help="where the case service is, for example https://contact.example/cases")
    parser.add_argument("--type", action="append", default=[], help="only events of this type; may be repeated")
    parser.add_argument("--state", type=Path, default=Path("case_events.json"), help="file to remember the place in")
    options = parser.parse_args()
    headers = {"Authorization": f"Bearer {os.environ['POSTHOUSE_KEY']}"}

    def show(event: Event) -> None:
        line = (event["time"], event["type"], event["subject"], json.dumps(event["data"], ensure_ascii=False))
        sys.stdout.write(" ".join(line) + "\n")
        sys.stdout.flush()

    async with httpx.AsyncClient(base_url=options.url, headers=headers) as http:
        await follow(http, State(options.state), show, types=options.type)


if __name__ == "__main__":
    asyncio.run(main())
