"""Keeps a socket level with its conversation: every entry once, in order, from the database and nowhere else.

A wake-up only says "look"; what is sent is what is committed after the last number sent. So two replicas, two tabs, a
lost wake-up or a reconnect cannot lose, repeat or reorder anything.
"""

import asyncio
from uuid import UUID

from channel_chat.domain.marks import Marks
from channel_chat.frames import entry_frame
from channel_chat.sockets.wire import Wire
from channel_chat.store import conversations, entries
from chassis.db import Database


class Follower:
    """The outgoing side of one socket."""

    def __init__(self, db: Database, wire: Wire, conversation_id: UUID, *, after: int, marks: Marks, page: int) -> None:
        self._db = db
        self._wire = wire
        self._conversation_id = conversation_id
        self._marks = marks
        self._page = page
        self._one_at_a_time = asyncio.Lock()
        self.last_seq = after

    async def catch_up(self) -> None:
        """Send what is new. Raises DatabaseUnavailable; what was sent by then counts."""
        async with self._one_at_a_time:
            while True:
                async with self._db.read() as tx:
                    conversation = await conversations.load(tx, self._conversation_id)
                    if conversation is None:
                        return
                    new = await entries.after(tx, self._conversation_id, self.last_seq, self._page)
                for entry in new:
                    await self._wire.send(entry_frame(entry))
                    self.last_seq = entry.seq
                if conversation.marks != self._marks:
                    self._marks = conversation.marks
                    await self._wire.send(
                        {"type": "receipt", "received_seq": self._marks.received, "read_seq": self._marks.read}
                    )
                if len(new) < self._page:
                    return
