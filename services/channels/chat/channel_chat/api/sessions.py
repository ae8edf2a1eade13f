"""Sessions of visitors."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from channel_chat.api.visiting import Site, client_address, limits_of, slow_down
from channel_chat.domain.marks import Marks
from channel_chat.parameters import ChatParameters
from channel_chat.settings import SiteSettings
from channel_chat.store import conversations
from channel_chat.visitors import BadCredential, Visitor, Visitors
from chassis.http.deps import DB
from chassis.http.problems import Forbidden, Unauthorised, problems
from contracts.values import Language

router = APIRouter(prefix="/v1/sites/{site}/sessions", tags=["Web chat"])

Credential = Annotated[str, Field(min_length=1, max_length=4096)]


class NewSession(BaseModel):
    """Who comes, as far as the page knows. Everything is optional."""

    model_config = ConfigDict(extra="forbid")

    token: Credential | None = Field(default=None, description="of an earlier session: the same visitor comes back")
    identity: Credential | None = Field(default=None, description="JWT of the site for its signed-in user")
    display_name: str | None = Field(default=None, max_length=80)
    language: Language | None = None


class SessionLimits(BaseModel):
    """What the client has to keep to."""

    text_chars: int
    frame_bytes: int
    ping_seconds: float
    typing_ttl_ms: int


class SessionRead(BaseModel):
    """A visitor's session: the bearer token, and where the conversation stands."""

    token: str
    expires_at: datetime
    visitor_id: str
    verified: bool
    display_name: str | None
    language: Language
    interaction_id: UUID | None
    last_seq: int
    read_seq: int
    socket_path: str
    limits: SessionLimits


@router.post("", status_code=201, responses=problems(400, 401, 403, 404, 413, 429))
async def open_session(body: NewSession, site: Site, request: Request, db: DB) -> SessionRead:
    """Begin or continue a visitor's session.

    With `identity` the visitor is the site's user; with `token` the visitor of that token; else somebody new.
    """
    slow_down(limits_of(request).session(client_address(request)))
    state = request.app.state
    visitors: Visitors = state.visitors
    parameters: ChatParameters = state.parameters
    visitor = _who(visitors, site, body)
    token, expires_at = visitors.token(visitor)
    conversation_id = visitor.party().conversation_id
    async with db.read() as tx:
        conversation = await conversations.load(tx, conversation_id)
        current = await conversations.open_interaction(tx, conversation_id)
    marks = conversation.marks if conversation else Marks()
    return SessionRead(
        token=token,
        expires_at=expires_at,
        visitor_id=visitor.id,
        verified=visitor.verified,
        display_name=visitor.name,
        language=visitor.language,
        interaction_id=current,
        last_seq=conversation.last_seq if conversation else 0,
        read_seq=marks.read,
        socket_path=f"{state.prefix}/v1/sites/{site.id}/socket",
        limits=SessionLimits(
            text_chars=parameters.text_chars,
            frame_bytes=parameters.frame_bytes,
            ping_seconds=parameters.ping_seconds,
            typing_ttl_ms=round(parameters.typing_ttl_seconds * 1000),
        ),
    )


def _who(visitors: Visitors, site: SiteSettings, body: NewSession) -> Visitor:
    try:
        if body.identity:
            return visitors.of_identity(site, body.identity, language=body.language)
        if body.token:
            known = visitors.of_token(body.token)
            if known.site != site.id:
                raise Forbidden("The token is of another site.")
            return visitors.renewed(known, name=body.display_name, language=body.language)
    except BadCredential as error:
        raise Unauthorised(f"The {'identity' if body.identity else 'token'} does not hold. {error}") from error
    return visitors.anonymous(site, name=body.display_name, language=body.language)
