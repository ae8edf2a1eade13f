"""Ends interactions in which nobody has said anything for long."""

from datetime import timedelta

from channel_chat import conversing
from channel_chat.parameters import ChatParameters
from channel_chat.store import conversations
from chassis.db import Database
from contracts.values import Channel, EndedBy

REASON = "idle"


class IdleSweep:
    """Looks for idle interactions at a fixed pace. Any number of processes may run one each."""

    def __init__(self, db: Database, parameters: ChatParameters) -> None:
        self._db = db
        self._parameters = parameters
        self._limits = {
            Channel.CHAT: timedelta(hours=parameters.chat_idle_hours),
            Channel.TELEGRAM: timedelta(hours=parameters.telegram_idle_hours),
        }

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            for channel in self._limits:
                while await self.sweep(channel) == self._parameters.idle_sweep_batch:
                    pass
            await self._db.clock.sleep(self._parameters.idle_sweep_seconds)

    async def sweep(self, channel: Channel) -> int:
        """End one batch of idle interactions, each in a transaction of its own. Returns how many were found."""
        silent_since = self._db.clock.now() - self._limits[channel]
        async with self._db.read() as tx:
            found = await conversations.idle(
                tx, channel, silent_since=silent_since, limit=self._parameters.idle_sweep_batch
            )
        for interaction_id, conversation_id in found:
            async with self._db.transaction() as tx:
                await conversations.lock(tx, conversation_id)
                if await conversations.still_idle(tx, interaction_id, silent_since=silent_since):
                    await conversing.end(tx, conversation_id, interaction_id, by=EndedBy.SYSTEM, reason=REASON)
        return len(found)
