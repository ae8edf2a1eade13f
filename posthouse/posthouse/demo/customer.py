"""The customers' side: phone, mailbox, Telegram and browser, through the simulators and the public protocols."""

import asyncio
import json
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx
from websockets.asyncio.client import ClientConnection, connect

from chassis.ids import uuid7
from posthouse.demo.environment import BOT, MAILBOX, NUMBER_EN, SITE
from posthouse.demo.steps import expect, until

Json = dict[str, Any]


class Phone:
    """A customer's phone."""

    def __init__(self, http: httpx.AsyncClient, number: str, *, calls: str = NUMBER_EN) -> None:
        self._http = http
        self.number = number
        self._centre = calls
        self._path = f"/sim/phones/{quote(number)}"

    async def text(self, body: str) -> Json:
        """Send a text; returns what became of its webhook."""
        sent: Json = _checked(await self._http.post(f"{self._path}/sms", json={"to": self._centre, "body": body}))
        return sent

    async def received(self) -> list[str]:
        """Texts that arrived on the phone."""
        messages: list[Json] = _checked(await self._http.get(f"{self._path}/messages"))
        return [message["body"] for message in messages if message["to"] == self.number]

    async def dial(self) -> str:
        """Call the centre; returns the call's id."""
        return str(_checked(await self._http.post(f"{self._path}/calls", json={"to": self._centre}))["sid"])

    async def call(self, sid: str) -> Json:
        """State and transcript of a call."""
        call: Json = _checked(await self._http.get(f"/sim/calls/{sid}"))
        return call

    async def heard(self, sid: str, words: str, *, seconds: float = 40) -> Json:
        """Wait until the call has said something that contains `words` and listens or goes on."""
        return await until(
            lambda: self.call(sid),
            lambda call: any(words in line["text"] for line in call["transcript"]),
            f"hearing {words!r}",
            seconds=seconds,
        )

    async def press(self, sid: str, digits: str) -> None:
        """Press keys once the call listens for them."""
        await until(lambda: self.call(sid), lambda call: call["listening"], "a menu that listens", seconds=40)
        _checked(await self._http.post(f"/sim/calls/{sid}/digits", json={"digits": digits}))

    async def hang_up(self, sid: str) -> None:
        """End the call."""
        _checked(await self._http.post(f"/sim/calls/{sid}/hangup"))


class Mailbox:
    """A customer's mailbox."""

    def __init__(self, http: httpx.AsyncClient, address: str) -> None:
        self._http = http
        self._path = f"/sim/mailboxes/{quote(address)}"

    async def send(self, text: str, *, subject: str | None = None, in_reply_to: str | None = None) -> str:
        """Write to the centre, or answer a mail; returns the mail's id."""
        mail = {"text": text, "subject": subject, "in_reply_to": in_reply_to}
        if in_reply_to is None:
            mail["to"] = MAILBOX
        return str(_checked(await self._http.post(f"{self._path}/send", json=mail))["id"])

    async def mails(self) -> list[Json]:
        """What arrived, oldest first."""
        found: list[Json] = _checked(await self._http.get(f"{self._path}/messages"))
        return found


class TelegramUser:
    """A customer in a private chat with the centre's bot."""

    def __init__(self, http: httpx.AsyncClient, chat_id: int) -> None:
        self._http = http
        self._path = f"/sim/telegram/{BOT}/chats/{chat_id}"

    async def send(self, text: str) -> Json:
        """Write to the bot."""
        sent: Json = _checked(await self._http.post(f"{self._path}/send", json={"text": text}))
        return sent

    async def received(self) -> list[str]:
        """What the bot wrote."""
        messages: list[Json] = _checked(await self._http.get(f"{self._path}/messages"))
        return [message["text"] for message in messages if message["from"] == "bot"]


class Visitor:
    """A visitor of the courier's web site, speaking the chat protocol like the widget."""

    def __init__(self, http: httpx.AsyncClient, base_url: str) -> None:
        self._http = http
        self._base = base_url
        self._socket: ClientConnection | None = None
        self.token = ""
        self.last_seq = 0
        self.entries: list[Json] = []

    async def open_session(self) -> None:
        """Become a visitor."""
        answer = await self._http.post(
            f"/chat/v1/sites/{SITE}/sessions", json={"language": "en"}, headers={"Origin": self._base}
        )
        self.token = _checked(answer)["token"]

    async def connect(self) -> None:
        """Open the socket and resume after the last entry seen."""
        url = self._base.replace("http", "ws", 1) + f"/chat/v1/sites/{SITE}/socket"
        self._socket = await connect(url, origin=self._base)  # type: ignore[arg-type]
        await self._send({"type": "hello", "token": self.token, "last_seq": self.last_seq, "interaction": None})
        await self._until(lambda frame: frame["type"] == "welcome")

    async def cut(self) -> None:
        """Lose the line without a word."""
        if self._socket:
            self._socket.transport.abort()
            await self._socket.wait_closed()
            self._socket = None

    async def say(self, text: str) -> Json:
        """Send a message and wait until it is acknowledged."""
        message_id = str(uuid7())
        await self._send({"type": "message", "client_msg_id": message_id, "text": text})
        return await self._until(lambda frame: frame["type"] == "ack" and frame["client_msg_id"] == message_id)

    async def hear(self, text: str) -> Json:
        """Wait for an agent's message with this text."""
        known = next((entry for entry in self.entries if entry.get("text") == text), None)
        return known or await self._until(lambda frame: frame["type"] == "message" and frame["text"] == text)

    async def hear_agent(self, *, seconds: float) -> Json:
        """Wait for the next message of an agent."""
        return await self._until(lambda frame: frame["type"] == "message" and frame["from"] == "agent", seconds=seconds)

    async def end(self) -> None:
        """Close the conversation."""
        await self._send({"type": "end"})
        await self._until(lambda frame: frame["type"] == "ended")

    async def __aenter__(self) -> Self:
        await self.open_session()
        await self.connect()
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._socket:
            await self._socket.close()

    async def _send(self, frame: Json) -> None:
        if self._socket is None:
            raise ConnectionError("the visitor is offline")
        await self._socket.send(json.dumps(frame))

    async def _until(self, wanted: Any, *, seconds: float = 20) -> Json:
        async with asyncio.timeout(seconds):
            while self._socket is not None:
                frame: Json = json.loads(await self._socket.recv())
                if "seq" in frame and frame["type"] in ("message", "ended"):
                    expect(frame["seq"] == self.last_seq + 1, f"entry {frame['seq']} after {self.last_seq}")
                    self.last_seq = frame["seq"]
                    self.entries.append(frame)
                if wanted(frame):
                    return frame
        raise ConnectionError("the visitor is offline")


def _checked(answer: httpx.Response) -> Any:
    where = f"{answer.request.method} {answer.request.url.path}"
    expect(answer.is_success, f"{where}: {answer.status_code} {answer.text[:300]}")
    return answer.json() if answer.content else {}
