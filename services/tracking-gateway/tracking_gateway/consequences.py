"""What follows from a parcel's change beside the events: subscribers are told, lanes learn, troubles are noted for
comparison, notices are planned. All in the transaction of the change."""

from collections.abc import Sequence

from chassis.db import Tx
from contracts.parcels import ParcelStatus
from tracking_gateway import notices
from tracking_gateway.domain.exceptions import ExceptionRules
from tracking_gateway.domain.fold import shipped_at
from tracking_gateway.domain.incidents import Trouble
from tracking_gateway.domain.lanes import bucket_of
from tracking_gateway.domain.model import Direction, ExceptionCode
from tracking_gateway.domain.notices import NoticeRules
from tracking_gateway.domain.state import Episode, ParcelState, Place
from tracking_gateway.notifying import notify_subscribers
from tracking_gateway.store import lanes, troubles
from tracking_gateway.store.lanes import Sample
from tracking_gateway.transitions import Told


class Consequences:
    """Draws them. Stateless but for rules."""

    def __init__(self, exceptions: ExceptionRules, notice_rules: NoticeRules) -> None:
        self._exceptions = exceptions
        self._notices = notice_rules

    async def draw(self, tx: Tx, told: Sequence[Told]) -> None:
        """See to all that follows from these changes. The parcels are locked."""
        await notify_subscribers(tx, [change for item in told for change in item.changes])
        await self._learn(tx, told)
        await self._note_troubles(tx, told)
        await notices.plan(tx, self._notices, told)

    async def _learn(self, tx: Tx, told: Sequence[Told]) -> None:
        delivered = [sample for item in told if (sample := _sample(item))]
        revoked = [
            item.parcel.id
            for item in told
            if item.parcel.shipment
            and item.before.status is ParcelStatus.DELIVERED
            and item.parcel.state.status is not ParcelStatus.DELIVERED
        ]
        if delivered:
            await lanes.count(tx, delivered)
        if revoked:
            await lanes.take_back(tx, revoked)

    async def _note_troubles(self, tx: Tx, told: Sequence[Told]) -> None:
        found: list[Trouble] = []
        gone = []
        for item in told:
            state = item.parcel.state
            if state.exceptions == item.before.episodes:
                continue
            families = {self._family(code) for code in (*state.exceptions, *item.before.episodes)} - {None}
            for family in sorted(name for name in families if name):
                trouble = self._trouble(item, family)
                if trouble:
                    found.append(trouble)
                else:
                    gone.append((item.parcel.id, family))
        if found or gone:
            await troubles.note(tx, found, gone)

    def _family(self, code: ExceptionCode) -> str | None:
        return self._exceptions.rules[code].family

    def _trouble(self, item: Told, family: str) -> Trouble | None:
        """What the parcel has of a family: its problems of one kind are one trouble, from the first to the last."""
        state = item.parcel.state
        episodes = [(code, episode) for code, episode in state.exceptions.items() if self._family(code) == family]
        if not episodes:
            return None
        still = [entry for entry in episodes if entry[1].closed_at is None]
        code, first = min(still or episodes, key=lambda entry: (entry[1].opened_at, entry[0]))
        place = _place(first, state)
        return Trouble(
            parcel_id=item.parcel.id,
            waybill_no=item.parcel.waybill_no,
            carrier=item.parcel.carrier,
            family=family,
            exception=code,
            opened_at=first.opened_at,
            closed_at=None if still else max(end for _, episode in episodes if (end := episode.closed_at)),
            node=place.node,
            node_kind=place.node_kind,
            bag=place.bag,
            vehicle=place.vehicle,
        )


def _place(episode: Episode, state: ParcelState) -> Place:
    place = episode.place or Place()
    return place if place.node or episode.node is None else Place(episode.node, None, place.bag, place.vehicle)


def _sample(item: Told) -> Sample | None:
    parcel = item.parcel
    state = parcel.state
    if state.status is not ParcelStatus.DELIVERED or item.before.status is ParcelStatus.DELIVERED:
        return None
    lane = parcel.shipment.lane(parcel.carrier) if parcel.shipment else None
    since = shipped_at(state)
    if lane is None or since is None or state.status_since is None or state.direction is Direction.RETURN:
        return None
    return Sample(parcel.id, lane, bucket_of((state.status_since - since).total_seconds() / 3600))
