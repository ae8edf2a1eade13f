"""Taking in what the courier's order system says about shipments: product, route, promise, sender and recipient."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from chassis.db import Tx
from contracts.parcels import Area as DeclaredArea
from contracts.parcels import Party, ShipmentDeclared
from tracking_gateway.carriers.json_items import storable
from tracking_gateway.domain.identity import canonical_number
from tracking_gateway.domain.shipment import Area, Shipment
from tracking_gateway.domain.times import TimeUnreadable
from tracking_gateway.ingest import Ingest
from tracking_gateway.parameters import TrackingParameters
from tracking_gateway.store import parcels, shipments
from tracking_gateway.store.parcels import Parcel
from tracking_gateway.store.shipments import RECIPIENT, SENDER, StoredParty

_SOURCE = "order"
_FIRST_YEAR, _LAST_YEAR = 2000, 2200


@dataclass(frozen=True, slots=True)
class Declaration:
    """One shipment and its parties, as declared for a number of a carrier."""

    waybill_no: str
    carrier: str
    shipment: Shipment
    parties: Mapping[str, StoredParty]


class Declaring:
    """Applies declarations. Which came first does not matter: the newest by its own time counts."""

    def __init__(self, ingest: Ingest, parameters: TrackingParameters) -> None:
        self._ingest = ingest
        self._gap = timedelta(days=parameters.number_reuse_days)

    async def apply(self, tx: Tx, declarations: Sequence[Declaration]) -> list[Parcel]:
        """Store declarations and judge their parcels anew. Returns each one's parcel."""
        numbers = [(item.waybill_no, item.carrier) for item in declarations]
        rules = self._ingest.knowledge.rules
        found = await parcels.lock_parcels(tx, numbers, source=_SOURCE, rules=rules)
        declared: list[Parcel] = []
        for item, number in zip(declarations, numbers, strict=True):
            parcel = await self._parcel(tx, found[number], item)
            if parcel.shipment is None or parcel.shipment.declared_at <= item.shipment.declared_at:
                await shipments.save(tx, parcel.id, item.shipment, item.parties)
                parcel.shipment = item.shipment
            declared.append(parcel)
        await self._ingest.refold(tx, sorted({parcel.id for parcel in declared if parcel.first_event_at}))
        fresh = {parcel.id: parcel for parcel in await parcels.parcels_by_id(tx, [item.id for item in declared])}
        return [fresh[parcel.id] for parcel in declared]

    async def _parcel(self, tx: Tx, group: list[Parcel], item: Declaration) -> Parcel:
        """The use of the number that the declaration is about: the newest, unless that is long past."""
        newest = max(group, key=lambda parcel: parcel.generation)
        last = newest.last_event_at
        if last is None or item.shipment.declared_at - last <= self._gap:
            return newest
        added = await parcels.add_generation(
            tx,
            (item.waybill_no, item.carrier),
            newest.generation + 1,
            source=_SOURCE,
            rules=self._ingest.knowledge.rules,
            received_at=tx.now,
        )
        group.append(added)
        return added


def declaration(data: ShipmentDeclared, carrier: str) -> Declaration:
    """From the event's payload, which the API shares. Raises `NumberUnusable`, or `TimeUnreadable` for a promise that
    no parcel can have."""
    if data.promised_at and not _FIRST_YEAR <= data.promised_at.year <= _LAST_YEAR:
        raise TimeUnreadable(f"promised for the year {data.promised_at.year}")
    given = {SENDER: data.personal.sender, RECIPIENT: data.personal.recipient}
    return Declaration(
        waybill_no=canonical_number(data.waybill_no),
        carrier=carrier,
        shipment=Shipment(
            product=data.product,
            origin=_area(data.origin),
            destination=_area(data.destination),
            promised_at=data.promised_at,
            declared_at=data.occurred_at,
            promise_hours=data.promise_hours,
            promise_working_days=data.promise_working_days,
        ),
        parties={role: _party(party) for role, party in given.items() if party is not None},
    )


def _area(area: DeclaredArea | None) -> Area | None:
    return Area(area.country, storable(area.province), storable(area.city)) if area else None


def _party(party: Party) -> StoredParty:
    return StoredParty(storable(party.name), storable(party.phone), storable(party.address))
