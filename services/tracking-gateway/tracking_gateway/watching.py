"""Whom to ask about a number that somebody follows from now on."""

from datetime import datetime

from chassis.db import Tx
from tracking_gateway.asking import Asker
from tracking_gateway.following import Following
from tracking_gateway.knowledge import Knowledge
from tracking_gateway.parameters import TrackingParameters
from tracking_gateway.store import carrier_changes, parcels, watches
from tracking_gateway.store.watches import Watch

_SUFFIX = 4


class Watching:
    """Sets watches on parcels that are not ours."""

    def __init__(
        self, asker: Asker, following: Following, knowledge: Knowledge, parameters: TrackingParameters, *, own: str
    ) -> None:
        self._asker = asker
        self._following = following
        self._knowledge = knowledge
        self._candidates = parameters.candidates_asked
        self._own = own

    async def follow(self, tx: Tx, waybill_no: str, *, carrier: str | None, phone: str | None, until: datetime) -> None:
        """Ask about the number until then. Without a carrier: the one that an agent named, else those that have the
        parcel, else the likeliest ones."""
        digits = "".join(char for char in phone or "" if char.isdigit())
        for name in [carrier] if carrier else await self._carriers(tx, waybill_no):
            if name != self._own and (self._asker.source_for(name) or self._following.serves(name)):
                watch = Watch(waybill_no, name, digits[-_SUFFIX:] or None, until)
                await watches.add_watch(tx, watch, tx.now)

    async def _carriers(self, tx: Tx, waybill_no: str) -> list[str]:
        if named := await carrier_changes.current(tx, waybill_no):
            return [named]
        known = [parcel.carrier for parcel in await parcels.find_parcels(tx, waybill_no, None) if parcel.state.last]
        if known:
            return known[:1]
        ranking = self._knowledge.ranker.rank(waybill_no)
        return [item.carrier for item in ranking.candidates][: self._candidates]
