"""JSON frames over a WebSocket, bounded and counted."""

from typing import Any

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect

from channel_chat.domain.buckets import Bucket
from channel_chat.sockets.cut import PROTOCOL_ERROR, TOO_BIG, TOO_MANY, Cut
from chassis.clock import Clock


class Wire:
    """Frames in and out. `heard_at` is the monotonic time of the last incoming one."""

    def __init__(self, socket: WebSocket, bucket: Bucket, clock: Clock, *, frame_bytes: int) -> None:
        self._socket = socket
        self._bucket = bucket
        self._clock = clock
        self._frame_bytes = frame_bytes
        self.heard_at = clock.monotonic()

    async def receive(self) -> dict[str, Any]:
        """The next frame. Raises Cut for what breaks the protocol, WebSocketDisconnect at the end of the line."""
        message = await self._socket.receive()
        if message["type"] != "websocket.receive":
            raise WebSocketDisconnect(message.get("code", 1006))
        self.heard_at = self._clock.monotonic()
        if self._bucket.wait(self.heard_at):
            raise Cut(TOO_MANY, "too many frames")
        text = message.get("text")
        if text is None:
            raise Cut(PROTOCOL_ERROR, "frames are JSON text")
        if len(text) > self._frame_bytes or len(text.encode("utf-8", "replace")) > self._frame_bytes:
            raise Cut(TOO_BIG, "frame too big")
        try:
            frame = orjson.loads(text)
        except orjson.JSONDecodeError:
            raise Cut(PROTOCOL_ERROR, "not JSON") from None
        if not isinstance(frame, dict):
            raise Cut(PROTOCOL_ERROR, "a frame is a JSON object")
        return frame

    async def send(self, frame: dict[str, Any]) -> None:
        """Send a frame. Raises WebSocketDisconnect if the line is gone."""
        try:
            await self._socket.send_text(orjson.dumps(frame).decode())
        except RuntimeError as error:  # the other task has closed it meanwhile
            raise WebSocketDisconnect(1006) from error
