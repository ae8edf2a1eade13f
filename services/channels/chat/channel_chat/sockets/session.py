"""One socket from its hello to its end."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any
from uuid import UUID

from starlette.websockets import WebSocket, WebSocketDisconnect

from channel_chat import conversing, metrics, typing_signs
from channel_chat.domain.frames import Hello, InvalidField, read_client_msg_id, read_hello, read_number, read_text
from channel_chat.domain.marks import Marks
from channel_chat.domain.resume import resume
from channel_chat.frames import ack_frame, error_frame, instant
from channel_chat.limits import Limits
from channel_chat.parameters import ChatParameters
from channel_chat.sockets.cut import BAD_TOKEN, OTHER_SITE, PROTOCOL_ERROR, SILENT, TOO_MANY, Cut
from channel_chat.sockets.follower import Follower
from channel_chat.sockets.wire import Wire
from channel_chat.store import conversations
from channel_chat.visitors import BadCredential, Visitor, Visitors
from chassis.db import Database, DatabaseUnavailable
from chassis.db.database import stream_signal
from chassis.service import Service
from contracts.values import EndedBy

_TRY_AGAIN_MS = 1000
_AGAIN = "Try again in a moment."


class SocketSession:
    """Serves an accepted socket of a site."""

    def __init__(
        self,
        service: Service,
        visitors: Visitors,
        limits: Limits,
        parameters: ChatParameters,
        *,
        site: str,
        address: str,
    ) -> None:
        self._service = service
        self._db: Database = service.db
        self._clock = service.clock
        self._visitors = visitors
        self._limits = limits
        self._parameters = parameters
        self._site = site
        self._address = address
        self._strikes = 0

    async def serve(self, socket: WebSocket) -> None:
        """Until either side closes the socket."""
        wire = Wire(socket, self._limits.frames(), self._clock, frame_bytes=self._parameters.frame_bytes)
        metrics.SOCKETS.inc()
        try:
            await self._greeted(wire)
        except WebSocketDisconnect:
            pass
        except DatabaseUnavailable:
            await self._close(socket, 1012, "the database is away")
        except Cut as cut:
            metrics.CUT.labels(str(cut.code)).inc()
            await self._close(socket, cut.code, cut.reason)
        finally:
            metrics.SOCKETS.dec()

    async def _close(self, socket: WebSocket, code: int, reason: str) -> None:
        with suppress(RuntimeError, WebSocketDisconnect):
            await socket.close(code, reason)

    async def _greeted(self, wire: Wire) -> None:
        hello = await self._hello(wire)
        visitor = self._visitor(hello)
        if not self._limits.open_of(visitor.id):
            raise Cut(TOO_MANY, "too many sockets")
        try:
            await self._converse(wire, visitor, hello)
        finally:
            self._limits.closed_of(visitor.id)

    async def _hello(self, wire: Wire) -> Hello:
        frame = await self._in_time(wire.receive(), self._parameters.hello_seconds)
        if frame.get("type") != "hello":
            raise Cut(PROTOCOL_ERROR, "the first frame is a hello")
        try:
            return read_hello(frame)
        except InvalidField as error:
            if error.field == "token":
                raise Cut(BAD_TOKEN, "no token") from error
            await wire.send(error_frame("invalid", error.detail, field=f"/{error.field}"))
            raise Cut(PROTOCOL_ERROR, f"hello: {error}") from error

    def _visitor(self, hello: Hello) -> Visitor:
        try:
            visitor = self._visitors.of_token(hello.token)
        except BadCredential as error:
            raise Cut(BAD_TOKEN, "the token is not valid") from error
        if visitor.site != self._site:
            raise Cut(OTHER_SITE, "the token is of another site")
        return visitor

    async def _converse(self, wire: Wire, visitor: Visitor, hello: Hello) -> None:
        conversation_id = visitor.party().conversation_id
        with self._db.signals.listening(stream_signal(conversing.followers(conversation_id))) as woken:
            follower = await self._welcome(wire, visitor, conversation_id, hello)
            await self._until_first_ends(
                self._follow(follower, woken),
                self._listen(wire, visitor, conversation_id, follower),
                self._watch(wire),
                self._show_typing(wire, conversation_id, on=True),
                self._show_typing(wire, conversation_id, on=False),
            )

    async def _welcome(self, wire: Wire, visitor: Visitor, conversation_id: UUID, hello: Hello) -> Follower:
        """Say where the conversation stands and begin where the client left off."""
        async with self._db.read() as tx:
            conversation = await conversations.load(tx, conversation_id)
            current = await conversations.open_interaction(tx, conversation_id)
            ours = hello.interaction is None or (
                await conversations.of_interaction(tx, hello.interaction) == conversation_id
            )
        last_seq, marks = (conversation.last_seq, conversation.marks) if conversation else (0, Marks())
        await wire.send(
            {
                "type": "welcome",
                "visitor_id": visitor.id,
                "interaction": str(current) if current else None,
                "last_seq": last_seq,
                "read_seq": marks.read,
                "server_time": instant(self._clock.now()),
            }
        )
        place = resume(
            claimed=hello.last_seq,
            interaction_is_ours=ours,
            last_seq=last_seq,
            limit=self._parameters.replay_limit,
        )
        if place.reason:
            await wire.send(
                {"type": "resync", "reason": place.reason, "from_seq": place.after + 1, "last_seq": last_seq}
            )
        return Follower(
            self._db, wire, conversation_id, after=place.after, marks=marks, page=self._parameters.page_limit
        )

    async def _follow(self, follower: Follower, woken: asyncio.Event) -> None:
        while True:
            woken.clear()
            # With the database away there is nothing to send; the next wake-up or ping looks again.
            with suppress(DatabaseUnavailable):
                await follower.catch_up()
            await woken.wait()

    async def _watch(self, wire: Wire) -> None:
        while (left := wire.heard_at + self._parameters.silence_seconds - self._clock.monotonic()) > 0:
            await self._clock.sleep(left)
        raise Cut(SILENT, "nothing heard")

    async def _show_typing(self, wire: Wire, conversation_id: UUID, *, on: bool) -> None:
        ttl = round(self._parameters.typing_ttl_seconds * 1000)
        with self._db.signals.listening(typing_signs.signal(conversation_id, typing_signs.AGENT, on=on)) as woken:
            while True:
                await woken.wait()
                woken.clear()
                await wire.send({"type": "typing", "on": on, "name": None, "ttl_ms": ttl})

    async def _listen(self, wire: Wire, visitor: Visitor, conversation_id: UUID, follower: Follower) -> None:
        while True:
            frame = await wire.receive()
            try:
                await self._take(wire, visitor, conversation_id, follower, frame)
            except InvalidField as error:
                code = "too_long" if error.too_long else "invalid"
                await self._refuse(wire, code, error.detail, field=f"/{error.field}", about=frame)
            except DatabaseUnavailable:
                await self._refuse(wire, "unavailable", _AGAIN, retry_after_ms=_TRY_AGAIN_MS, about=frame)

    async def _take(
        self, wire: Wire, visitor: Visitor, conversation_id: UUID, follower: Follower, frame: dict[str, Any]
    ) -> None:
        match frame.get("type"):
            case "message":
                await self._say(wire, visitor, frame)
            case "received":
                await self._mark(conversation_id, received=read_number(frame, "seq"), read=0)
            case "read":
                await self._mark(conversation_id, received=0, read=read_number(frame, "seq"))
            case "typing":
                typing_signs.show(self._db, conversation_id, typing_signs.VISITOR, on=frame.get("on") is not False)
            case "ping":
                await follower.catch_up()
                await wire.send({"type": "pong", "n": read_number(frame, "n"), "last_seq": follower.last_seq})
            case "end":
                await self._end(wire, conversation_id)
            case _:
                await self._refuse(wire, "invalid", "this type of frame is not known", field="/type", about=frame)

    async def _say(self, wire: Wire, visitor: Visitor, frame: dict[str, Any]) -> None:
        client_msg_id = read_client_msg_id(frame.get("client_msg_id"))
        text = read_text(frame.get("text"), self._parameters.text_chars)
        if wait := self._limits.message(visitor.id, self._address):
            self._strikes += 1
            if self._strikes > self._parameters.strikes:
                raise Cut(TOO_MANY, "too many messages")
            await self._refuse(wire, "rate_limited", "Not so fast.", retry_after_ms=int(wait * 1000) + 1, about=frame)
            return
        if not self._service.accepts_intake():
            await self._refuse(wire, "unavailable", _AGAIN, retry_after_ms=_TRY_AGAIN_MS, about=frame)
            return
        async with self._db.transaction() as tx:
            said = await conversing.say(tx, visitor.party(), client_msg_id, text)
        await wire.send(ack_frame(client_msg_id, said))

    async def _mark(self, conversation_id: UUID, *, received: int, read: int) -> None:
        async with self._db.transaction() as tx:
            await conversing.move_marks(tx, conversation_id, received=received, read=read)

    async def _end(self, wire: Wire, conversation_id: UUID) -> None:
        async with self._db.transaction() as tx:
            current = await conversations.open_interaction(tx, conversation_id)
            ended = current is not None and await conversing.end(
                tx, conversation_id, current, by=EndedBy.CUSTOMER, reason="closed by the visitor"
            )
        if not ended:
            await self._refuse(wire, "nothing_open", "There is nothing to end.")

    async def _refuse(
        self, wire: Wire, code: str, detail: str, *, about: dict[str, Any] | None = None, **more: Any
    ) -> None:
        metrics.REFUSED_MESSAGES.labels(code).inc()
        client_msg_id = about.get("client_msg_id") if about else None
        named = client_msg_id if isinstance(client_msg_id, str) and len(client_msg_id) <= 64 else None
        await wire.send(error_frame(code, detail, client_msg_id=named, **more))

    async def _in_time(self, receiving: Awaitable[dict[str, Any]], seconds: float) -> dict[str, Any]:
        waiting = asyncio.ensure_future(receiving)
        sleeping = asyncio.ensure_future(self._clock.sleep(seconds))
        try:
            await asyncio.wait({waiting, sleeping}, return_when=asyncio.FIRST_COMPLETED)
            if not waiting.done():
                raise Cut(SILENT, "no hello")
            return waiting.result()
        finally:
            waiting.cancel()
            sleeping.cancel()

    async def _until_first_ends(self, *work: Awaitable[None]) -> None:
        """Run all of it until one part ends, which is always by an exception; raise that."""
        tasks = [asyncio.ensure_future(part) for part in work]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
