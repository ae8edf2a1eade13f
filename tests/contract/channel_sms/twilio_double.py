"""A double of Twilio's Messages resource on a real socket: it can refuse, stall, break off, and forget to answer."""

import asyncio
import base64
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from aiohttp import web

Behaviour = Callable[[web.Request, dict[str, str]], Any]


@dataclass
class TwilioDouble:
    """What was asked and what exists. `behave` holds what the next create calls do; then all are taken normally."""

    url: str = ""
    created: list[dict[str, Any]] = field(default_factory=list)
    create_calls: list[dict[str, str]] = field(default_factory=list)
    list_calls: list[dict[str, str]] = field(default_factory=list)
    behave: list[Behaviour] = field(default_factory=list)
    listing_status: int = 200
    media: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    authorisations: list[str | None] = field(default_factory=list)
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    def take(self, form: dict[str, str], status: str = "queued") -> dict[str, Any]:
        """Create the message resource of a form."""
        now = datetime.now(UTC)
        message = {
            "sid": f"SM{next(self._numbers) + 2**64:032x}",
            "status": status,
            "to": form["To"],
            "from": form["From"],
            "body": form["Body"],
            "direction": "outbound-api",
            "date_created": format_datetime(now),
            "date_sent": None,
            "date_updated": format_datetime(now),
            "error_code": None,
            "error_message": None,
            "num_segments": "1",
        }
        self.created.insert(0, message)
        return message

    async def create(self, request: web.Request) -> web.StreamResponse:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.create_calls.append(form)
        if self.behave:
            answer = self.behave.pop(0)(request, form)
            return await answer if asyncio.iscoroutine(answer) else answer
        return web.json_response(self.take(form), status=201)

    async def listing(self, request: web.Request) -> web.Response:
        self.list_calls.append(dict(request.query))
        if self.listing_status != 200:
            return web.json_response({"code": 20500, "message": "away", "status": 500}, status=self.listing_status)
        sent_after = "DateSent>" in request.query
        found = [
            message
            for message in self.created
            if message["to"] == request.query["To"] and (message["date_sent"] or not sent_after)
        ]
        return web.json_response({"messages": found, "page": 0, "page_size": 50, "next_page_uri": None, "uri": "/x"})

    async def file(self, request: web.Request) -> web.Response:
        self.authorisations.append(request.headers.get("Authorization"))
        status, headers, body = self.media[request.path]
        return web.Response(status=status, headers=headers, body=body)


def refuse(status: int, code: int, message: str = "refused") -> Behaviour:
    """Answer with one of Twilio's errors, creating nothing."""
    return lambda _request, _form: web.json_response(
        {"code": code, "message": message, "status": status}, status=status
    )


def stall(double: TwilioDouble, *, taken: bool, status: str = "queued") -> Behaviour:
    """Answer too late; the message may have been created."""

    async def wait(request: web.Request, form: dict[str, str]) -> web.Response:
        message = double.take(form, status) if taken else {}
        await asyncio.sleep(5)
        return web.json_response(message, status=201)

    return wait


def break_off(double: TwilioDouble, *, taken: bool) -> Behaviour:
    """Cut the connection instead of answering."""

    async def cut(request: web.Request, form: dict[str, str]) -> web.Response:
        if taken:
            double.take(form)
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    return cut


def basic(user: str, password: str) -> str:
    """The Authorization header of these credentials."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@asynccontextmanager
async def twilio_double() -> AsyncIterator[TwilioDouble]:
    """The double, listening."""
    double = TwilioDouble()
    app = web.Application()
    app.router.add_post("/2010-04-01/Accounts/{account}/Messages.json", double.create)
    app.router.add_get("/2010-04-01/Accounts/{account}/Messages.json", double.listing)
    app.router.add_get("/files/{name}", double.file)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    double.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield double
    finally:
        await runner.cleanup()
