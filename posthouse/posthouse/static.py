"""The built web pages."""

from pathlib import Path

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ROOT = Path(__file__).resolve().parents[2] / "web" / "dist"
_INSTALLED = Path(__file__).parent / "web"

# Pages load only their own code; mails are shown in sandboxed frames without any. The widget alone may be embedded.
_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "connect-src 'self' ws: wss:; frame-src 'self' blob: data:; object-src 'none'; base-uri 'none'; form-action 'self'"
)


def web_root() -> Path | None:
    """Where the built pages are; None if they were not built."""
    return next((folder for folder in (_INSTALLED, _ROOT) if (folder / "index.html").exists()), None)


def web_app() -> ASGIApp:
    """Serves the pages, or says how to build them."""
    root = web_root()
    if root is None:
        return Starlette(routes=[Route("/{path:path}", _not_built)])
    favicon = root / "favicon.svg"

    async def icon(_request: Request) -> Response:
        return FileResponse(favicon) if favicon.exists() else Response(status_code=404)

    async def docs(_request: Request) -> Response:
        return RedirectResponse("/cases/docs")

    pages = StaticFiles(directory=root, html=True)
    return SecureHeaders(
        Starlette(
            routes=[Route("/favicon.ico", icon), Route("/docs", docs), Route("/docs/", docs), Mount("/", app=pages)]
        )
    )


async def _not_built(_request: Request) -> Response:
    return PlainTextResponse(
        "The web pages are not built yet. Run `make web` (it needs Node 20 or newer), then reload.\n", status_code=503
    )


class SecureHeaders:
    """Adds a content security policy and friends to every page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        embeddable = scope["path"].startswith("/widget")

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = Headers(raw=message["headers"]).mutablecopy()
                ancestors = "*" if embeddable else "'self'"
                headers.setdefault("Content-Security-Policy", f"{_POLICY}; frame-ancestors {ancestors}")
                headers.setdefault("X-Content-Type-Options", "nosniff")
                headers.setdefault("Referrer-Policy", "no-referrer")
                if "/assets/" in scope["path"]:
                    headers.setdefault("Cache-Control", "public, max-age=31536000, immutable")
                message["headers"] = headers.raw
            await send(message)

        await self._app(scope, receive, secured)
