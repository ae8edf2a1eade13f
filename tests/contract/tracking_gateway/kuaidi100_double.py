"""A double of Kuaidi100's query.do on a real socket: checks what the documentation demands, answers what it is told."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

CUSTOMER, KEY = "customer-1", "key-1"
_PHONE_CARRIERS = {"shunfeng", "shunfengkuaiyun", "zhongtong"}

Answer = Callable[[dict[str, Any]], Awaitable[web.StreamResponse]]


@dataclass
class Kuaidi100Double:
    """`parcels` maps numbers to (carrier, state, data); `behave` replaces the next answers; `asked` logs `param`s."""

    url: str = ""
    parcels: dict[str, tuple[str, str, list[dict[str, Any]]]] = field(default_factory=dict)
    phones: dict[str, str] = field(default_factory=dict)
    behave: list[Answer] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    async def query(self, request: web.Request) -> web.StreamResponse:
        form = {name: str(value) for name, value in (await request.post()).items()}
        param: dict[str, Any] = json.loads(form.get("param", "{}"))
        self.asked.append(param)
        self._check(request, form, param)
        if self.behave:
            return await self.behave.pop(0)(param)
        return self.answer(param)

    def answer(self, param: dict[str, Any]) -> web.Response:
        number, com = param["num"], param["com"]
        known = self.parcels.get(number)
        if known is None or known[0] != com:
            return refusal("500", "查询无结果，请隔段时间再查")
        if number in self.phones and self.phones[number][-4:] != str(param.get("phone"))[-4:]:
            return refusal("408", "验证码错误")
        return found(number, *known)

    def _check(self, request: web.Request, form: dict[str, str], param: dict[str, Any]) -> None:
        """What the documentation says of a request."""
        text = form.get("param", "")
        expected = hashlib.md5((text + KEY + CUSTOMER).encode()).hexdigest().upper()
        for holds, rule in [
            (request.content_type == "application/x-www-form-urlencoded", "the body is a form"),
            (form.get("customer") == CUSTOMER, "customer is sent"),
            (form.get("sign") == expected, "sign is upper-case MD5 of param, key and customer"),
            (KEY not in json.dumps(form), "the key itself is not sent"),
            (param.get("com", "X").islower(), "com is lower case"),
            (6 <= len(param.get("num", "")) <= 32, "num has 6 to 32 characters"),
            (param.get("com") not in _PHONE_CARRIERS or bool(param.get("phone")), "phone is sent where required"),
        ]:
            if not holds:
                self.violations.append(rule)


def found(number: str, com: str, state: str, data: list[dict[str, Any]]) -> web.Response:
    """An answer with events, newest first."""
    body = {"message": "ok", "nu": number, "ischeck": "1" if state == "3" else "0", "condition": "F00", "com": com}
    return web.json_response({**body, "status": "200", "state": state, "data": data})


def refusal(code: str, message: str) -> web.Response:
    """An answer without events."""
    return web.json_response({"result": False, "returnCode": code, "message": message})


def raw(text: str, status: int = 200) -> Answer:
    """Answer with this body."""

    async def answer(_: dict[str, Any]) -> web.StreamResponse:
        return web.Response(text=text, status=status, content_type="application/json")

    return answer


def stall(released: asyncio.Event) -> Answer:
    """Do not answer before `released` is set."""

    async def answer(_: dict[str, Any]) -> web.StreamResponse:
        await released.wait()
        return refusal("500", "too late")

    return answer


@asynccontextmanager
async def kuaidi100_double() -> AsyncIterator[Kuaidi100Double]:
    """The double, serving on a free port of the loopback interface."""
    double = Kuaidi100Double()
    app = web.Application()
    app.router.add_post("/poll/query.do", double.query)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    double.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield double
    finally:
        await runner.cleanup()
