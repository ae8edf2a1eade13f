"""Cross-origin rules per site: each site's paths are open to that site's origins, and to no others."""

import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from channel_chat.sites import Sites

_PATH = re.compile(r"/v1/sites/([a-z0-9-]{1,40})(?:/|\Z)")
_METHODS = "GET, POST"
_HEADERS = "authorization, content-type"
_MAX_AGE = "600"


class SiteCors:
    """Answers preflights and marks answers; the endpoints themselves refuse foreign origins."""

    def __init__(self, app: ASGIApp, *, sites: Sites) -> None:
        self._app = app
        self._sites = sites

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        match = _PATH.match(scope["path"].removeprefix(scope.get("root_path", "")))
        if origin is None or match is None:
            await self._app(scope, receive, send)
            return
        allowed = self._sites.allows(match[1], origin)
        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            await _preflight(send, origin if allowed else None)
            return

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                answer.add_vary_header("Origin")
                if allowed:
                    answer["access-control-allow-origin"] = origin
                    answer["access-control-expose-headers"] = "Retry-After"
            await send(message)

        await self._app(scope, receive, marked)


async def _preflight(send: Send, origin: str | None) -> None:
    headers = [(b"vary", b"Origin"), (b"content-length", b"0")]
    if origin:
        headers += [
            (b"access-control-allow-origin", origin.encode("latin-1")),
            (b"access-control-allow-methods", _METHODS.encode()),
            (b"access-control-allow-headers", _HEADERS.encode()),
            (b"access-control-max-age", _MAX_AGE.encode()),
        ]
    await send({"type": "http.response.start", "status": 204 if origin else 403, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
