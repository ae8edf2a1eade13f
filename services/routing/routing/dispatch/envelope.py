"""A command on its way to the engine, and its JSON form for the way through the database."""

import asyncio
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from pydantic import TypeAdapter

from chassis.ids import uuid7
from chassis.telemetry import traces
from routing.domain.commands import (
    AcceptOffer,
    AdjustAge,
    AgentsSeen,
    AssignWork,
    CancelWork,
    ChangePriority,
    Command,
    CompleteWork,
    Configure,
    ConfigureQueue,
    DeclineOffer,
    EnrolAgent,
    ExplainAgent,
    ExplainWork,
    FinishWork,
    ReleaseWork,
    RequestCallback,
    RequestWork,
    SetPresence,
    SetShifts,
    TryConfiguration,
    UpdateAgent,
)
from routing.domain.values import Code
from routing.store.commands import OnceKey, StoredCommand

_KINDS: dict[str, TypeAdapter[Any]] = {
    kind.__name__: TypeAdapter(kind)
    for kind in (
        *(RequestWork, ChangePriority, AdjustAge, FinishWork, CancelWork),
        *(AcceptOffer, DeclineOffer, CompleteWork, ReleaseWork, AssignWork),
        *(RequestCallback, SetPresence, EnrolAgent, AgentsSeen, UpdateAgent, SetShifts),
        *(ConfigureQueue, Configure, TryConfiguration, ExplainWork, ExplainAgent),
    )
}


@dataclass(frozen=True)
class Reply:
    """What a command came to."""

    code: Code
    detail: dict[str, Any] | None = None


@dataclass
class Envelope:
    """A command with whoever waits for its reply: a future here, or a replica (`stored.reply_to`), or nobody."""

    command: Command
    once: OnceKey | None = None
    traceparent: str | None = field(default_factory=traces.current_traceparent)
    stored: StoredCommand | None = None
    future: "asyncio.Future[Reply] | None" = None


def to_stored(envelope: Envelope, *, reply_to: str | None, command_id: UUID | None = None) -> StoredCommand:
    """The envelope for the `command` table."""
    kind = type(envelope.command).__name__
    once = envelope.once and [envelope.once.scope, envelope.once.key, envelope.once.fingerprint]
    payload = {
        "command": _KINDS[kind].dump_python(envelope.command, mode="json"),
        "once": once,
        "traceparent": envelope.traceparent,
    }
    return StoredCommand(command_id or uuid7(), kind, orjson.dumps(payload).decode(), reply_to)


def from_stored(stored: StoredCommand) -> Envelope:
    """The envelope of a row; any exception means that the row can never be applied."""
    payload = orjson.loads(stored.payload)
    once = payload.get("once")
    return Envelope(
        _KINDS[stored.kind].validate_python(payload["command"], strict=False),
        OnceKey(*once) if once else None,
        payload.get("traceparent"),
        stored,
    )
