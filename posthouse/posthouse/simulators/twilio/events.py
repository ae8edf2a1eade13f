"""What happened, for the phone page: a bounded history and its live listeners (server-sent events)."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

HISTORY = 500


class Events:
    """Numbered events. A listener resumes after the last number it saw, as far back as the history reaches."""

    def __init__(self) -> None:
        self._history: deque[tuple[int, str, dict[str, Any]]] = deque(maxlen=HISTORY)
        self._next = 1
        self._news = asyncio.Event()

    def publish(self, kind: str, data: dict[str, Any]) -> None:
        """Record an event and wake the listeners."""
        self._history.append((self._next, kind, data))
        self._next += 1
        self._news.set()
        self._news = asyncio.Event()

    async def stream(self, after: int | None, party: str | None) -> AsyncIterator[str]:
        """Server-sent events later than `after` (None: from now on), of one phone or agent if `party` is given."""
        position = self._next - 1 if after is None else after
        yield ": connected\n\n"
        while True:
            news = self._news
            for number, kind, data in list(self._history):
                if number > position:
                    position = number
                    if party is None or data.get("party") == party:
                        yield f"id: {number}\nevent: {kind}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
            await news.wait()
