"""The product's own telephone simulator, with a little service behind its number: a greeting, a menu, an answer."""

import httpx
from fastapi import APIRouter, FastAPI, Request, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.clock import SystemClock
from posthouse.simulators.twilio.app import build as build_simulator
from posthouse.simulators.twilio.settings import Number, Pace, SimulatorSettings

router = APIRouter(prefix="/line")
SERVICE = "+8675500000001"
ACCOUNT = "AC" + "0" * 32
QUICK = Pace(message_step=0.02, call_setup=0.02, per_cjk_character=0.002, per_character=0.001, play=0.02)


def _twiml(inner: str) -> Response:
    return Response(f'<?xml version="1.0" encoding="UTF-8"?><Response>{inner}</Response>', media_type="text/xml")


@router.post("/voice")
def greet() -> Response:
    words = '<Say language="zh-CN">查询快件请按 1，人工服务请按 0。</Say>'
    menu = f'<Gather numDigits="1" action="/line/choice" timeout="30">{words}</Gather>'
    return _twiml(f'<Say language="zh-CN">您好，这里是驿站快递。</Say>{menu}')


@router.post("/choice")
async def choose(request: Request) -> Response:
    digit = (await request.form())["Digits"]
    return _twiml(f'<Say language="zh-CN">您选择了 {digit}。再见。</Say><Hangup/>')


@router.post("/hold")
def hold() -> Response:
    return _twiml('<Pause length="60"/>')


@router.post("/sms")
def text() -> Response:
    return _twiml("<Message>已收到您的短信。</Message>")


class WithPhones:
    """Sends what belongs to the simulator there, and the rest to the application."""

    def __init__(self, app: FastAPI) -> None:
        base = "http://service.test"
        number = Number(SERVICE, voice_url=f"{base}/line/voice", sms_url=f"{base}/line/sms")
        settings = SimulatorSettings(ACCOUNT, "secret", (number,), QUICK)
        self._app: ASGIApp = app
        self._phones = build_simulator(settings, SystemClock(), httpx.ASGITransport(app))

    async def ring(self, agent: str) -> None:
        """The account dials an agent, as the voice channel does to join a call."""
        form = {"To": f"client:{agent}", "From": SERVICE, "Url": "http://service.test/line/hold"}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self._phones), auth=(ACCOUNT, "secret")) as http:
            answer = await http.post(f"http://phones.test/2010-04-01/Accounts/{ACCOUNT}/Calls.json", data=form)
        answer.raise_for_status()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        phones = scope["type"] == "http" and scope["path"].startswith("/sim/")
        await (self._phones if phones else self._app)(scope, receive, send)
