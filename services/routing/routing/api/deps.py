"""What the endpoints of routing ask for."""

import hashlib
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Query, Request

from chassis.auth.principal import Principal
from chassis.http.deps import require
from chassis.http.idempotency import Key
from chassis.i18n import Catalogue
from routing.connections import Connections
from routing.homes import Homes
from routing.store.commands import OnceKey


@dataclass(frozen=True)
class Room:
    """What `app.build` provides: the routing domains, and the ways to them."""

    homes: Homes
    connections: Connections
    catalogue: Catalogue


class Words:
    """Texts in the caller's language."""

    def __init__(self, catalogue: Catalogue, language: str) -> None:
        self._catalogue = catalogue
        self.language = language

    def text(self, key: str, **values: object) -> str:
        """The text of a key."""
        return self._catalogue.text(self.language, key, **values)

    def has(self, key: str) -> bool:
        """Whether there is such a text."""
        return key in self._catalogue.keys()  # noqa: SIM118 - not a mapping


def _room(request: Request) -> Room:
    room: Room = request.app.state.room
    return room


ARoom = Annotated[Room, Depends(_room)]


def _words(
    room: ARoom,
    accept_language: Annotated[str | None, Header(max_length=200, description="`zh-CN` or `en`")] = None,
) -> Words:
    first = (accept_language or "").split(",")[0].split(";")[0].strip().lower()
    return Words(room.catalogue, "zh-CN" if first.startswith("zh") else "en")


AnyWords = Annotated[Words, Depends(_words)]

ADomain = Annotated[
    str | None, Query(max_length=60, description="routing domain; absent: the one that takes what is named nowhere")
]
AnAgent = Annotated[Principal, Depends(require("routing:agent"))]
AReader = Annotated[Principal, Depends(require("routing:read"))]
ASupervisor = Annotated[Principal, Depends(require("routing:admin"))]


async def _once(request: Request, key: Key = None) -> OnceKey | None:
    """The caller's idempotency key with what they asked for; the owner keeps the answer in the effect's transaction."""
    if key is None:
        return None
    digest = hashlib.sha256(f"{request.method} {request.url.path}\n".encode())
    digest.update(await request.body())
    principal = getattr(request.state, "principal", None)
    return OnceKey(principal.subject if principal else "anonymous", key, digest.hexdigest())


AnOnceKey = Annotated[OnceKey | None, Depends(_once)]
"""Declare it after the principal, whose keys it keeps apart."""
