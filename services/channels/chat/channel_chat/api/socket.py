"""The handshake of visitors' sockets: who may open one at all."""

from fastapi import APIRouter
from starlette.websockets import WebSocket

from channel_chat.api.visiting import client_address
from channel_chat.limits import Limits
from channel_chat.sites import Sites
from channel_chat.sockets.session import SocketSession
from chassis.http.problems import Forbidden, NotFound, ProblemError, TooManyRequests, Unavailable, problem_response
from chassis.service import Service

router = APIRouter()


@router.websocket("/v1/sites/{site}/socket")
async def open_socket(socket: WebSocket, site: str) -> None:
    """The protocol is described in PROTOCOL.md. Refusals of the handshake are problem documents."""
    state = socket.app.state
    service: Service = state.service
    limits: Limits = state.limits
    address = client_address(socket)
    try:
        await _admit(socket, site, service, state.sites)
        if not limits.open_from(address):
            raise TooManyRequests("Too many sockets from here.", retry_after_seconds=5)
    except ProblemError as problem:
        await socket.send_denial_response(problem_response(problem, socket.url.path))
        return
    try:
        await socket.accept()
        session = SocketSession(service, state.visitors, limits, state.parameters, site=site, address=address)
        await session.serve(socket)
    finally:
        limits.closed_from(address)


async def _admit(socket: WebSocket, site: str, service: Service, sites: Sites) -> None:
    """CORS does not guard WebSockets, so the origin is checked here; a page of another site gets no socket."""
    if sites.get(site) is None:
        raise NotFound("site", site)
    if not sites.allows(site, socket.headers.get("origin")):
        raise Forbidden("Pages of this origin may not use this site.")
    if service.runtime.draining.is_set() or not await service.db.ping():
        raise Unavailable("The chat is away for a moment.")
