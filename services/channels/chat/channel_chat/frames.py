"""What the server says: JSON objects of PROTOCOL.md, the same on the socket and over plain HTTP."""

from datetime import datetime
from typing import Any

from channel_chat.conversing import Said
from channel_chat.store.entries import VISITOR, Entry


def instant(at: datetime) -> str:
    """An instant as text, UTC, milliseconds."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def entry_frame(entry: Entry) -> dict[str, Any]:
    """A `message` or `ended` frame."""
    common = {"seq": entry.seq, "id": str(entry.id), "interaction": str(entry.interaction_id), "ts": instant(entry.at)}
    if entry.kind == "ended":
        return {"type": "ended", **common, "by": entry.author}
    frame = {"type": "message", **common, "from": entry.author, "name": entry.name, "text": entry.text}
    if entry.author == VISITOR:
        frame["name"] = None
        frame["client_msg_id"] = entry.client_msg_id
    return frame


def ack_frame(client_msg_id: str, said: Said) -> dict[str, Any]:
    """The `ack` of a visitor's message."""
    return {
        "type": "ack",
        "client_msg_id": client_msg_id,
        "id": str(said.id),
        "seq": said.seq,
        "ts": instant(said.at),
        "interaction": str(said.interaction_id),
        "duplicate": said.duplicate,
    }


def error_frame(code: str, detail: str, **more: Any) -> dict[str, Any]:
    """An `error`; what does not apply is left out."""
    return {"type": "error", "code": code, "detail": detail, **{name: value for name, value in more.items() if value}}
