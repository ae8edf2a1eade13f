"""The web chat of `services/channels/chat/PROTOCOL.md`, for one visitor per token."""

import asyncio
import contextlib
import uuid
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Request, WebSocket, WebSocketDisconnect

from web_backend.clock import now
from web_backend.problems import Refusal

router = APIRouter(prefix="/chat")


@dataclass
class Visitor:
    """A conversation. `silent` makes the server swallow messages without an acknowledgement, as a dying line would."""

    token: str
    entries: list[dict[str, Any]] = field(default_factory=list)
    sockets: set[WebSocket] = field(default_factory=set)
    interaction: str | None = None
    read_seq: int = 0
    received_seq: int = 0
    typed: bool = False
    silent: bool = False
    refuse: str | None = None
    hellos: int = 0

    async def push(self, frame: dict[str, Any]) -> None:
        for socket in list(self.sockets):
            with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                await socket.send_json(frame)

    async def add(self, **entry: Any) -> dict[str, Any]:
        entry = {
            "seq": len(self.entries) + 1,
            "id": str(uuid.uuid4()),
            "ts": now(),
            "interaction": self.interaction,
            **entry,
        }
        self.entries.append(entry)
        await self.push(entry)
        return entry

    async def agent_says(self, text: str, name: str = "李娜") -> None:
        await self.add(type="message", **{"from": "agent"}, name=name, text=text)

    async def agent_types(self) -> None:
        await self.push({"type": "typing", "on": True, "name": "李娜", "ttl_ms": 6000})

    async def end(self, by: str) -> None:
        await self.add(type="ended", by=by)
        self.interaction = None

    async def cut(self) -> None:
        for socket in list(self.sockets):
            await socket.close(1012)


class Chat:
    """All visitors, newest last."""

    def __init__(self) -> None:
        self.visitors: dict[str, Visitor] = {}
        self.refuse_site = False

    @property
    def last(self) -> Visitor:
        return list(self.visitors.values())[-1]


def _state(request: Request | WebSocket) -> Chat:
    chat: Chat = request.app.state.chat
    return chat


@router.post("/v1/sites/{site}/sessions", status_code=201)
async def session(request: Request, site: str) -> dict[str, Any]:
    chat = _state(request)
    if chat.refuse_site:
        raise Refusal(403, "Not allowed", f"The site {site!r} does not allow this origin.")
    asked = (await request.json()).get("token")
    visitor = chat.visitors.get(asked) or Visitor(token=uuid.uuid4().hex)
    chat.visitors[visitor.token] = visitor
    return {
        "token": visitor.token,
        "visitor_id": f"v-{visitor.token}",
        "interaction_id": visitor.interaction,
        "last_seq": len(visitor.entries),
        "read_seq": visitor.read_seq,
        "socket_path": f"/chat/v1/sites/{site}/socket",
        "limits": {"text_chars": 4000, "frame_bytes": 65536, "ping_seconds": 20, "typing_ttl_ms": 6000},
    }


@router.get("/v1/sites/{site}/messages")
def messages(request: Request, before: int) -> dict[str, Any]:
    visitor = _state(request).visitors[request.headers["authorization"].removeprefix("Bearer ")]
    return {"entries": [entry for entry in visitor.entries if entry["seq"] < before]}


@router.websocket("/v1/sites/{site}/socket")
async def socket(ws: WebSocket) -> None:
    await ws.accept()
    hello = await ws.receive_json()
    visitor = _state(ws).visitors.get(hello["token"])
    if visitor is None:
        await ws.close(4401)
        return
    visitor.hellos += 1
    last = len(visitor.entries)
    await ws.send_json(
        {
            "type": "welcome",
            "visitor_id": "v",
            "interaction": visitor.interaction,
            "last_seq": last,
            "read_seq": visitor.read_seq,
        }
    )
    for entry in visitor.entries[hello["last_seq"] :]:
        await ws.send_json(entry)
    visitor.sockets.add(ws)
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        while True:
            await _take(visitor, ws, await ws.receive_json())
    visitor.sockets.discard(ws)


async def _take(visitor: Visitor, ws: WebSocket, frame: dict[str, Any]) -> None:
    match frame["type"]:
        case "message":
            await _message(visitor, ws, frame)
        case "typing":
            visitor.typed = frame["on"]
        case "read":
            visitor.read_seq = max(visitor.read_seq, frame["seq"])
        case "received":
            visitor.received_seq = max(visitor.received_seq, frame["seq"])
        case "end":
            await visitor.end("customer")
        case "ping":
            await ws.send_json({"type": "pong", "n": frame["n"], "last_seq": len(visitor.entries)})


async def _message(visitor: Visitor, ws: WebSocket, frame: dict[str, Any]) -> None:
    key = frame["client_msg_id"]
    if visitor.silent:
        return
    if visitor.refuse:
        await ws.send_json(
            {"type": "error", "code": visitor.refuse, "detail": "refused on demand", "client_msg_id": key}
        )
        return
    entry = next((one for one in visitor.entries if one.get("client_msg_id") == key), None)
    duplicate = entry is not None
    visitor.interaction = visitor.interaction or str(uuid.uuid4())
    entry = entry or await visitor.add(
        type="message", **{"from": "visitor"}, name=None, text=frame["text"], client_msg_id=key
    )
    await asyncio.sleep(0)
    ack = {name: entry[name] for name in ("id", "seq", "ts", "interaction")}
    await ws.send_json({"type": "ack", "client_msg_id": key, "duplicate": duplicate, **ack})
