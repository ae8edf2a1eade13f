"""A simulator in virtual time, and an application whose webhooks answer what the test scripts."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, Response

from chassis.clock import ManualClock
from chassis.twilio.signature import form_fields, verify
from posthouse.simulators.twilio.app import build, close
from posthouse.simulators.twilio.settings import Number, Pace, SimulatorSettings

ACCOUNT = "AC" + "5" * 32
TOKEN = "simulated"
OURS = "+862100000000"
PHONE = "+8613900000001"
HOOKS = "https://channel.test"


class Account:
    """Our application as the simulator sees it: scripted answers per path, and every signed request it got."""

    def __init__(self) -> None:
        self.answers: dict[str, list[str | int]] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.app = FastAPI()
        self.app.add_api_route("/{path:path}", self._hook, methods=["GET", "POST"])

    async def _hook(self, request: Request, path: str) -> Response:
        body = await request.body()
        assert verify(
            (TOKEN,),
            url=str(request.url),
            body=body,
            content_type=request.headers.get("content-type"),
            signature=request.headers.get("x-twilio-signature"),
            max_fields=100,
        )
        fields = dict(form_fields(body, 100)) or dict(request.query_params)
        self.requests.append((path, fields))
        scripted = self.answers.get(path, [""])
        answer = scripted.pop(0) if len(scripted) > 1 else scripted[0]
        if isinstance(answer, int):
            return Response(status_code=answer)
        return Response(f"<Response>{answer}</Response>", media_type="text/xml")

    def seen(self, path: str) -> list[dict[str, str]]:
        """The forms this path received."""
        return [fields for asked, fields in self.requests if asked == path]


class Bench:
    """Simulator, clock, account and a client of its APIs."""

    def __init__(self, account: Account, clock: ManualClock, app: FastAPI) -> None:
        self.account, self.clock, self.app = account, clock, app
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://twilio.test")

    async def rest(self, method: str, path: str, **form: Any) -> httpx.Response:
        """A REST request of the account. `From_` stands for `From`."""
        data = {name.rstrip("_"): value for name, value in form.items()}
        url = f"/2010-04-01/Accounts/{ACCOUNT}/{path}"
        return await self.http.request(method, url, data=data or None, auth=(ACCOUNT, TOKEN))

    async def sim(self, method: str, path: str, **body: Any) -> Any:
        """A request to the control API."""
        answer = await self.http.request(method, f"/sim/{path}", json=body or None)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def until(self, condition: Callable[[], Any], within: float = 600, step: float = 0.1) -> None:
        """Move time until something holds; fails after `within` virtual seconds."""
        end = self.clock.monotonic() + within
        while not condition():
            assert self.clock.monotonic() < end, "it never happened"
            await self.clock.advance(step)
            for _ in range(20):
                await asyncio.sleep(0)

    async def call_until(self, sid: str, predicate: Callable[[dict[str, Any]], bool], within: float = 600) -> Any:
        """Move time until a call, as the phone page shows it, fulfils `predicate`."""
        shown: dict[str, Any] = {}
        end = self.clock.monotonic() + within
        while not shown or not predicate(shown):
            assert self.clock.monotonic() < end, shown
            await self.clock.advance(0.1)
            shown = await self.sim("GET", f"calls/{sid}")
        return shown

    def said(self, shown: dict[str, Any]) -> list[str]:
        """What was said on a call."""
        return [line["text"] for line in shown["transcript"] if line["kind"] == "say"]


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    account, clock = Account(), ManualClock()
    number = Number(
        OURS,
        voice_url=f"{HOOKS}/voice#rc=2&rp=5xx,ct",
        voice_fallback_url=f"{HOOKS}/fallback",
        status_callback=f"{HOOKS}/status",
        sms_url=f"{HOOKS}/sms#rc=2&rp=5xx,ct",
    )
    settings = SimulatorSettings(ACCOUNT, TOKEN, (number,), Pace())
    app = build(settings, clock, httpx.ASGITransport(account.app))
    made = Bench(account, clock, app)
    yield made
    await close(app)
    await made.http.aclose()
