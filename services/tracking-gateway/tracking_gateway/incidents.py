"""Comparing troubles: parcels with one problem in one place become one incident, opened once and closed once."""

from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

from chassis.db import Database, DatabaseUnavailable, Tx
from chassis.i18n import DEFAULT_LANGUAGE, Catalogue
from chassis.ids import uuid7
from contracts.parcels import IncidentParcel, ParcelIncidentClosed, ParcelIncidentJoined, ParcelIncidentOpened
from tracking_gateway.domain.exceptions import ExceptionRules
from tracking_gateway.domain.incidents import Group, Trouble, find_groups
from tracking_gateway.parameters import TrackingParameters
from tracking_gateway.store import incidents as store
from tracking_gateway.store import troubles
from tracking_gateway.store.incidents import Incident

_PARCELS_PER_EVENT = 200


class IncidentWatch:
    """Finds incidents. Any number of processes may run it; one at a time looks."""

    def __init__(
        self, db: Database, rules: ExceptionRules, parameters: TrackingParameters, catalogue: Catalogue
    ) -> None:
        self._db = db
        self._exceptions = rules
        self._rules = parameters.incidents()
        self._limit = parameters.incident_pool
        self._pause = parameters.incident_poll_seconds
        self._catalogue = catalogue

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            with suppress(DatabaseUnavailable):
                await self.look()
            await self._db.clock.sleep(self._pause)

    async def look(self) -> list[str]:
        """Compare what changed since the last look. Returns the families that were looked at."""
        async with self._db.transaction() as tx:
            if not await store.alone(tx):
                return []
            families = await troubles.take_dirty(tx)
            for family in families:
                await self._compare(tx, family)
        return families

    async def _compare(self, tx: Tx, family: str) -> None:
        since = tx.now - self._rules.window
        pool = await troubles.current(tx, family, closed_since=since, limit=self._limit)
        groups = [group for group in find_groups(pool, self._rules) if group.is_open]
        known = {(item.scope, item.place): item for item in await store.open_of(tx, family)}
        place_of: dict[UUID, UUID] = {}
        for group in groups:
            incident = known.pop((group.scope.value, group.place), None)
            incident_id = await self._open(tx, group) if incident is None else incident.id
            if incident is not None:
                await self._grow(tx, incident, group)
            place_of |= {trouble.parcel_id: incident_id for trouble in group.troubles}
        for incident in known.values():
            await self._settle(tx, incident, place_of)

    async def _open(self, tx: Tx, group: Group) -> UUID:
        incident = Incident(
            id=uuid7(),
            family=group.family,
            scope=group.scope.value,
            place=group.place,
            node=group.node,
            exception=group.exception.value,
            severity=min(self._exceptions.rules[trouble.exception].severity for trouble in group.troubles),
            evidence=self._catalogue.text(
                DEFAULT_LANGUAGE,
                f"incident.{group.scope.value}",
                count=len(group.troubles),
                place=group.place,
                exception=self._catalogue.text(DEFAULT_LANGUAGE, f"exception.{group.exception.value}"),
            ),
            opened_at=tx.now,
        )
        await store.add(tx, incident)
        await store.join(tx, incident.id, [trouble.parcel_id for trouble in group.troubles])
        first, more = group.troubles[:_PARCELS_PER_EVENT], group.troubles[_PARCELS_PER_EVENT:]
        tx.emit(
            ParcelIncidentOpened(
                incident_id=incident.id,
                scope=incident.scope,
                place=incident.place,
                node=incident.node,
                exception=incident.exception,
                severity=incident.severity,
                evidence=incident.evidence,
                count=len(group.troubles),
                parcels=_parcels(first),
                occurred_at=tx.now,
            )
        )
        _tell_joined(tx, incident.id, more, len(group.troubles))
        return incident.id

    async def _grow(self, tx: Tx, incident: Incident, group: Group) -> None:
        members = await store.members(tx, incident.id)
        new = [trouble for trouble in group.troubles if trouble.parcel_id not in members]
        if new:
            await store.join(tx, incident.id, [trouble.parcel_id for trouble in new])
            _tell_joined(tx, incident.id, new, len(members) + len(new))

    async def _settle(self, tx: Tx, incident: Incident, place_of: dict[UUID, UUID]) -> None:
        """An open incident that the troubles no longer make: over, part of a wider one, or none from the start. While
        fewer parcels than it takes still have the problem it goes on."""
        members = await store.members(tx, incident.id)
        have = await troubles.of_parcels(tx, incident.family, sorted(members))
        still = [trouble.parcel_id for trouble in have if trouble.closed_at is None]
        merged = next((place_of[parcel_id] for parcel_id in sorted(still) if parcel_id in place_of), None)
        if still and merged is None:
            return
        because = "merged" if merged else "resolved" if have else "withdrawn"
        await store.close(tx, incident.id, because=because, merged_into=merged)
        tx.emit(
            ParcelIncidentClosed(
                incident_id=incident.id,
                reason=because,
                merged_into=merged,
                count=len(members),
                occurred_at=tx.now,
            )
        )


def _tell_joined(tx: Tx, incident_id: UUID, new: Sequence[Trouble], count: int) -> None:
    for start in range(0, len(new), _PARCELS_PER_EVENT):
        part = new[start : start + _PARCELS_PER_EVENT]
        tx.emit(ParcelIncidentJoined(incident_id=incident_id, parcels=_parcels(part), count=count, occurred_at=tx.now))


def _parcels(troubles: Sequence[Trouble]) -> tuple[IncidentParcel, ...]:
    return tuple(
        IncidentParcel(parcel_id=item.parcel_id, waybill_no=item.waybill_no, carrier=item.carrier) for item in troubles
    )
