"""A visitor's tab: a client that follows PROTOCOL.md strictly and remembers what it saw."""

import asyncio
import json
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

Frame = dict[str, Any]


class Tab:
    """One socket after another, with one memory. `entries` must stay gapless by itself; the tab checks each frame."""

    def __init__(
        self, address: str, token: str, *, site: str = "shop", origin: str | None = "https://shop.test"
    ) -> None:
        self._url = f"ws://{address}/chat/v1/sites/{site}/socket"
        self._token = token
        self._origin = origin
        self.entries: list[Frame] = []
        self.frames: list[Frame] = []
        self.close_code: int | None = None
        self._socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None
        self._changed = asyncio.Condition()

    @property
    def last_seq(self) -> int:
        return int(self.entries[-1]["seq"]) if self.entries else 0

    @property
    def texts(self) -> list[str]:
        return [entry["text"] for entry in self.entries if entry["type"] == "message"]

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self.close()

    async def dial(self) -> None:
        """Open the socket without a hello."""
        options: Frame = {"origin": self._origin} if self._origin else {}
        self._socket = await connect(self._url, **options, proxy=None)
        self.close_code = None
        self._reader = asyncio.create_task(self._read(self._socket))

    async def open(self, **hello: Any) -> Frame:
        """Open the socket, say hello from where we are, and return the welcome."""
        await self.dial()
        seen = len(self.frames)
        await self.send(
            {"type": "hello", "token": self._token, "last_seq": self.last_seq, "interaction": None, **hello}
        )
        return await self.until(lambda frame: frame["type"] == "welcome", after=seen)

    async def close(self) -> None:
        """Close politely."""
        if self._socket is not None:
            await self._socket.close()
            await self._finish()

    async def cut(self) -> None:
        """Lose the line without a word."""
        if self._socket is not None:
            self._socket.transport.abort()
            await self._finish()

    async def _finish(self) -> None:
        if self._reader is not None:
            await self._reader
        self._socket = None

    async def send(self, frame: Frame | str) -> None:
        assert self._socket is not None
        await self._socket.send(frame if isinstance(frame, str) else json.dumps(frame))

    async def send_bytes(self, data: bytes) -> None:
        assert self._socket is not None
        await self._socket.send(data)

    async def say(self, text: str, client_msg_id: str) -> Frame:
        """Send a message and return what it was answered with."""
        seen = len(self.frames)
        await self.send({"type": "message", "client_msg_id": client_msg_id, "text": text})
        return await self.until(
            lambda frame: frame["type"] in ("ack", "error") and frame.get("client_msg_id") == client_msg_id, after=seen
        )

    async def ping(self) -> Frame:
        """A heartbeat: afterwards everything committed before it has arrived."""
        seen = len(self.frames)
        await self.send({"type": "ping", "n": seen})
        return await self.until(lambda frame: frame["type"] == "pong" and frame["n"] == seen, after=seen)

    async def until(self, wanted: Callable[[Frame], bool], *, after: int = 0, seconds: float = 20) -> Frame:
        """The first frame since the `after`-th that is wanted."""
        async with asyncio.timeout(seconds), self._changed:
            while True:
                for frame in self.frames[after:]:
                    if wanted(frame):
                        return frame
                if self.close_code is not None:
                    raise ConnectionError(f"closed with {self.close_code}")
                await self._changed.wait()

    async def closed(self, *, seconds: float = 20) -> int:
        """The close code, once the server has closed."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(lambda: self.close_code is not None)
        assert self.close_code is not None
        return self.close_code

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for text in socket:
                await self._take(json.loads(text))
        except ConnectionClosed:
            pass
        async with self._changed:
            self.close_code = socket.close_code or 1006
            self._changed.notify_all()

    async def _take(self, frame: Frame) -> None:
        if frame["type"] == "resync":
            self.entries.clear()
            self._expected = frame["from_seq"]
        if frame["type"] in ("message", "ended"):
            expected = self.entries[-1]["seq"] + 1 if self.entries else getattr(self, "_expected", 1)
            assert frame["seq"] == expected, f"entry {frame['seq']} where {expected} was due"
            self.entries.append(frame)
        async with self._changed:
            self.frames.append(frame)
            self._changed.notify_all()
