"""How the rest of the service gives commands to the engine, wherever its owner is."""

import asyncio
from uuid import UUID

from chassis.db import Database
from chassis.db.database import stream_signal
from chassis.http.problems import Unavailable
from chassis.ids import uuid7
from chassis.tasks import wait_for_event
from routing.dispatch.envelope import Envelope, Reply, to_stored
from routing.dispatch.writer import NotOwner, Writer
from routing.domain.commands import Command
from routing.domain.values import Code, Micros, micros
from routing.parameters import RoutingParameters
from routing.store import commands
from routing.store.commands import OnceKey

_SAFETY_POLL = 0.25


class Dispatcher:
    """Takes a command to the owner of its domain: in this process directly, elsewhere through the `command` table.

    While a domain changes hands, commands wait in the table; callers notice a pause of a second or two, no error.
    """

    def __init__(
        self, db: Database, domain: str, parameters: RoutingParameters, writer: Writer, *, instance: str
    ) -> None:
        self._db = db
        self._domain = domain
        self._parameters = parameters
        self._writer = writer
        self._reply_to = f"{instance}-{uuid7().hex[-8:]}"

    def now(self) -> Micros:
        """The instant of receipt, for the command about to be submitted."""
        return micros(self._db.clock.now())

    async def submit(self, command: Command, once: OnceKey | None = None) -> Reply:
        """The reply, once the command's effects are durable. 503 if no owner answers in time."""
        envelope = Envelope(command, once)
        try:
            async with asyncio.timeout(self._parameters.handover_seconds):
                try:
                    return await self._writer.submit(envelope)
                except NotOwner:
                    return await self._hand_over(envelope)
        except TimeoutError as error:
            raise Unavailable(
                "The owner of the routing domain did not answer in time. Repeat the request with the same "
                "Idempotency-Key; it takes effect at most once."
            ) from error

    async def tell(self, command: Command) -> None:
        """Hand a command over without waiting for its reply. Dropped if this process is the owner and steps down."""
        try:
            await self._writer.submit(Envelope(command))
        except NotOwner:
            async with self._db.transaction() as tx:
                await commands.put(tx, self._domain, [to_stored(Envelope(command), reply_to=None)])

    async def _hand_over(self, envelope: Envelope) -> Reply:
        stored = to_stored(envelope, reply_to=self._reply_to)
        with self._db.signals.listening(stream_signal(commands.reply_channel(self._reply_to))) as woken:
            async with self._db.transaction() as tx:
                await commands.put(tx, self._domain, [stored])
            try:
                return await self._reply(stored.id, woken)
            except asyncio.CancelledError:
                await asyncio.shield(self._withdraw(stored.id))
                raise

    async def _reply(self, command_id: UUID, woken: asyncio.Event) -> Reply:
        while True:
            woken.clear()
            async with self._db.transaction() as tx:
                found = await commands.take_reply(tx, command_id)
            if found is not None:
                return Reply(Code(found[0]), found[1])
            await wait_for_event(woken, _SAFETY_POLL)

    async def _withdraw(self, command_id: UUID) -> None:
        """Nobody waits any more: if the owner has not taken the command yet, it shall not."""
        async with self._db.transaction() as tx:
            await commands.withdraw(tx, command_id)
