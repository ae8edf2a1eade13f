"""Ends interactions in which nobody has said anything for long."""

from datetime import timedelta

from channel_sms.parameters import SmsParameters
from channel_sms.store import interactions
from chassis.db import Database
from contracts.interactions import InteractionEnded
from contracts.values import Channel, EndedBy

REASON = "idle"


class IdleSweep:
    """Looks for idle interactions at a fixed pace. Any number of processes may run one each."""

    def __init__(self, db: Database, parameters: SmsParameters) -> None:
        self._db = db
        self._parameters = parameters

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            while await self.sweep() == self._parameters.idle_sweep_batch:
                pass
            await self._db.clock.sleep(self._parameters.idle_sweep_seconds)

    async def sweep(self) -> int:
        """End one batch of idle interactions. Returns how many there were."""
        async with self._db.transaction() as tx:
            ended = await interactions.end_idle(
                tx,
                silent_since=tx.now - timedelta(hours=self._parameters.idle_hours),
                by=EndedBy.SYSTEM,
                at=tx.now,
                limit=self._parameters.idle_sweep_batch,
            )
            for interaction_id in ended:
                tx.emit(
                    InteractionEnded(
                        interaction_id=interaction_id,
                        channel=Channel.SMS,
                        ended_by=EndedBy.SYSTEM,
                        reason=REASON,
                        occurred_at=tx.now,
                    )
                )
        return len(ended)
