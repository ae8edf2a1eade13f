"""Server-sent event streams as the services offer them: numbered, resumable, with `hello`, `reset` and `heartbeat`."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import StreamingResponse


@dataclass
class Stream:
    """One channel. `cut` ends every open connection, as a restarted service would."""

    entries: list[tuple[int, str, dict[str, Any]]] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    cuts: int = 0
    connections: int = 0

    def append(self, type_name: str, data: dict[str, Any]) -> None:
        self.entries.append((len(self.entries) + 1, type_name, data))
        self._wake()

    def cut(self) -> None:
        self.cuts += 1
        self._wake()

    def _wake(self) -> None:
        self.news.set()
        self.news = asyncio.Event()

    def respond(self, request: Request) -> StreamingResponse:
        after = request.headers.get("last-event-id")
        return StreamingResponse(self._frames(int(after) if after else None), media_type="text/event-stream")

    async def _frames(self, after: int | None) -> AsyncIterator[str]:
        position = len(self.entries) if after is None else after
        cuts = self.cuts
        self.connections += 1
        try:
            yield _frame(position, "hello", {"seq": position})
            while cuts == self.cuts:
                news = self.news
                for seq, type_name, data in self.entries[position:]:
                    position = seq
                    yield _frame(seq, type_name, data)
                await news.wait()
        finally:
            self.connections -= 1


def _frame(seq: int, type_name: str, data: dict[str, Any]) -> str:
    return f"id: {seq}\nevent: {type_name}\ndata: {json.dumps(data)}\n\n"
