"""Forgets what no repetition can ask for any more: reports and answers of long ago."""

from datetime import timedelta

from channel_voice.parameters import VoiceParameters
from channel_voice.store import calls
from chassis.db import Database

_EVERY_SECONDS = 3600.0


class Trim:
    """Runs now and then while the service is up."""

    def __init__(self, db: Database, parameters: VoiceParameters) -> None:
        self._db, self._parameters = db, parameters

    async def run(self) -> None:
        """Trim every hour until cancelled."""
        while True:
            await self.once()
            await self._db.clock.sleep(_EVERY_SECONDS)

    async def once(self) -> None:
        """Trim now."""
        async with self._db.transaction() as tx:
            await calls.forget(tx, before=tx.now - timedelta(days=self._parameters.callback_days))
