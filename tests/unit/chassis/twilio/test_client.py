"""The REST client against a loopback server: one attempt, at our address, and what each failure means."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from urllib.parse import parse_qsl

import pytest
from aiohttp import web
from pydantic import SecretStr
from twilio.rest import Client

from chassis.twilio.client import TwilioAmbiguous, TwilioNotSent, TwilioRefused, TwilioRest
from chassis.twilio.settings import TwilioSettings

SID = "AC" + "0" * 32
CALL = {"sid": "CA" + "1" * 32, "status": "queued"}


class Server:
    """A loopback HTTP server whose next answer is set by the test, and what it was asked."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, list[tuple[str, str]], str | None]] = []
        self.answer: Callable[[], web.StreamResponse] = lambda: web.json_response(CALL, status=201)
        self.hang = False
        self.url = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = parse_qsl(await request.text())
        self.requests.append((request.method, request.path_qs, body, request.headers.get("Authorization")))
        if self.hang:
            assert request.transport is not None
            request.transport.abort()
        return self.answer()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    fake = Server()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", fake.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    fake.url = f"http://127.0.0.1:{runner.addresses[0][1]}/sim"
    yield fake
    await runner.cleanup()


def settings(url: str, **changes: float) -> TwilioSettings:
    return TwilioSettings(
        twilio_account_sid=SID,
        twilio_auth_token=SecretStr("secret"),
        twilio_api_url=url,
        **changes,  # type: ignore[arg-type]
    )


@pytest.fixture
async def rest(server: Server) -> AsyncIterator[TwilioRest]:
    client = TwilioRest(settings(server.url))
    yield client
    await client.close()


async def dial(client: Client) -> str:
    call = await client.calls.create_async(
        to="client:a1", from_="+861", url="http://x/y?z=1", timeout=15, status_callback_event=["ringing", "answered"]
    )
    return str(call.sid)


async def test_a_request_reaches_the_configured_address_with_repeated_fields(server: Server, rest: TwilioRest) -> None:
    assert await rest.call("calls.create", dial) == CALL["sid"]
    [(method, path, body, authorization)] = server.requests
    assert (method, path) == ("POST", f"/sim/2010-04-01/Accounts/{SID}/Calls.json")
    assert [value for name, value in body if name == "StatusCallbackEvent"] == ["ringing", "answered"]
    assert ("Url", "http://x/y?z=1") in body
    assert authorization is not None and authorization.startswith("Basic ")


async def test_a_refusal_carries_twilios_code(server: Server, rest: TwilioRest) -> None:
    server.answer = lambda: web.json_response({"code": 21211, "message": "bad To", "status": 400}, status=400)
    with pytest.raises(TwilioRefused) as refused:
        await rest.call("calls.create", dial)
    assert (refused.value.status, refused.value.code, refused.value.retry_later) == (400, 21211, False)


async def test_the_rate_limit_may_be_tried_again(server: Server, rest: TwilioRest) -> None:
    server.answer = lambda: web.json_response({"code": 20429, "message": "slow down", "status": 429}, status=429)
    with pytest.raises(TwilioRefused) as refused:
        await rest.call("calls.create", dial)
    assert refused.value.retry_later


@pytest.mark.parametrize("status", [408, 500, 503])
async def test_these_answers_are_ambiguous_and_not_repeated(server: Server, rest: TwilioRest, status: int) -> None:
    server.answer = lambda: web.Response(status=status, text="oops")
    with pytest.raises(TwilioAmbiguous):
        await rest.call("calls.create", dial)
    assert len(server.requests) == 1


async def test_an_unreadable_answer_is_ambiguous(server: Server, rest: TwilioRest) -> None:
    server.answer = lambda: web.Response(status=201, text="<html>")
    with pytest.raises(TwilioAmbiguous):
        await rest.call("calls.create", dial)


async def test_a_broken_connection_is_ambiguous_and_not_repeated(server: Server, rest: TwilioRest) -> None:
    server.hang = True
    with pytest.raises(TwilioAmbiguous):
        await rest.call("calls.create", dial)
    assert len(server.requests) == 1


async def test_a_server_that_never_answers_is_ambiguous_within_our_time() -> None:
    released = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await released.wait()
        writer.close()

    listener = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    client = TwilioRest(settings(f"http://127.0.0.1:{port}", twilio_request_seconds=0.05))
    with pytest.raises(TwilioAmbiguous):
        await client.call("calls.create", dial)
    released.set()
    await client.close()
    listener.close()


async def test_a_refused_connection_was_not_sent(unused_tcp_port: int) -> None:
    client = TwilioRest(settings(f"http://127.0.0.1:{unused_tcp_port}"))
    with pytest.raises(TwilioNotSent):
        await client.call("calls.create", dial)
    await client.close()


def test_one_client_serves_successive_event_loops(unused_tcp_port: int) -> None:
    client = TwilioRest(settings(f"http://127.0.0.1:{unused_tcp_port}"))

    async def attempt() -> str:
        try:
            await client.call("calls.create", dial)
        except TwilioNotSent as failure:
            return str(failure)
        finally:
            await client.close()
        return "sent"

    assert asyncio.run(attempt()) == asyncio.run(attempt()) == "ClientConnectorError"


def test_the_token_is_not_shown() -> None:
    assert "secret" not in repr(settings("http://x")) + json.dumps(settings("http://x").model_dump(mode="json"))
