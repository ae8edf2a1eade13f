"""The two ASGI layers around every service: observe each request, and bound its body. Pure ASGI: they cost nothing."""

import time
from contextlib import suppress
from typing import Any

from opentelemetry.trace import SpanKind
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.http.problems import BadRequest, ProblemError, TooLarge, on_unexpected, problem_response
from chassis.telemetry import metrics, traces
from chassis.telemetry.logs import get_logger

log = get_logger(__name__)

_QUIET_PATHS = frozenset({"/livez", "/readyz", "/startupz", "/metrics"})


class Observe:
    """A server span that continues the caller's trace, a duration metric, and a problem document for any crash."""

    def __init__(self, app: ASGIApp, *, service: str) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        traceparent = headers.get(b"traceparent", b"").decode("latin-1") or None
        status = 500
        began = time.perf_counter()

        async def observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with traces.span(f"{scope['method']} {self._service}", traceparent=traceparent, kind=SpanKind.SERVER) as span:
            try:
                await self._app(scope, receive, observed)
            finally:
                route = getattr(scope.get("route"), "path", "unmatched")
                elapsed = time.perf_counter() - began
                metrics.HTTP_REQUESTS.labels(self._service, scope["method"], route, f"{status // 100}xx").observe(
                    elapsed
                )
                if span.is_recording():
                    span.set_attribute("http.route", route)
                    span.set_attribute("http.response.status_code", status)
                if log.isEnabledFor(20) and scope["path"] not in _QUIET_PATHS and status >= 400:
                    log.info("request refused", method=scope["method"], route=route, status=status)


class CatchAll:
    """Turns any exception into a problem document, inside the span, so that its trace id is in the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except ProblemError as error:
            if started:
                raise
            await problem_response(error, scope["path"])(scope, receive, send)
        except Exception as error:
            if started:
                raise
            from starlette.requests import Request

            response = await on_unexpected(Request(scope), error)
            await response(scope, receive, send)


class LimitBody:
    """Refuses bodies over `max_bytes` with 413, by Content-Length or while reading, and NUL bytes in the address.

    Bodies that are a file as it is (`application/octet-stream`) may have `max_file_bytes`.
    """

    def __init__(self, app: ASGIApp, *, max_bytes: int, max_file_bytes: int | None = None) -> None:
        self._app = app
        self._max = max_bytes
        self._max_file = max(max_bytes, max_file_bytes or 0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if "\0" in scope["path"] or b"%00" in scope.get("query_string", b""):
            await problem_response(BadRequest("The address holds a NUL character."))(scope, receive, send)
            return
        headers = dict(scope["headers"])
        declared, kind = headers.get(b"content-length", b""), headers.get(b"content-type", b"").split(b";")[0].strip()
        most = self._max_file if kind == b"application/octet-stream" else self._max
        if declared.isdigit() and int(declared) > most:
            await problem_response(_too_large(most), scope["path"])(scope, receive, send)
            return
        received = 0
        refused = False

        async def counted() -> Message:
            nonlocal received, refused
            message = await receive()
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                if received > most:
                    refused = True
                    raise _too_large(most)
            return message

        async def unless_refused(message: Message) -> None:
            """The framework answers 400 to any error while it reads; ours goes out instead."""
            if not refused:
                await send(message)

        with suppress(TooLarge):
            await self._app(scope, counted, unless_refused)
        if refused:
            await problem_response(_too_large(most), scope["path"])(scope, receive, send)


def _too_large(most: int) -> TooLarge:
    return TooLarge(f"The body exceeds {most} bytes.")


def wrap(app: Any, *, service: str, max_body_bytes: int, max_file_bytes: int | None = None) -> None:
    """Put the layers around a FastAPI app; the last one added is the outermost."""
    app.add_middleware(LimitBody, max_bytes=max_body_bytes, max_file_bytes=max_file_bytes)
    app.add_middleware(CatchAll)
    app.add_middleware(Observe, service=service)
