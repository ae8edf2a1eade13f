"""A double of any provider's HTTP interface on a real socket: answers by path, logs what it was asked."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: bytes
    form: dict[str, str]


Answer = Callable[[Asked], tuple[int, Any]]


@dataclass
class ProviderDouble:
    """`answers` maps paths to functions of the request that give status and JSON (or text); `headers` go with each
    answer; while `held` is not set, none is given."""

    url: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    held: asyncio.Event | None = None
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        is_form = request.content_type == "application/x-www-form-urlencoded"
        form = {name: str(value) for name, value in (await request.post()).items()} if is_form else {}
        asked = Asked(request.method, request.path, dict(request.query), request.headers.copy(), body, form)
        self.asked.append(asked)
        if self.held:
            await self.held.wait()
        status, content = self.answers[request.path](asked)
        if isinstance(content, str):
            return web.Response(text=content, status=status, headers=self.headers)
        return web.json_response(content, status=status, headers=self.headers)


@asynccontextmanager
async def provider_double() -> AsyncIterator[ProviderDouble]:
    """The double, serving on a free port of the loopback interface."""
    double = ProviderDouble()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", double.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    double.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield double
    finally:
        await runner.cleanup()
