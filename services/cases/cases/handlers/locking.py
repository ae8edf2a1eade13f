"""The locks of a batch of events, taken before its handlers run: addresses, customers, then cases, each in one order.

Handlers lock what they change event by event. Two batches with events of the same people would take those locks in the
order of their events, each wait for the other, and one be thrown out after a second by PostgreSQL. Taken up front and
sorted they can only queue.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from cases.actions.office import Office
from cases.domain.contact import normal_address
from cases.domain.waybills import normal_waybill
from cases.store import cases as case_store
from cases.store import customers, locking
from cases.store.locking import Concerned, Plan
from chassis.db import Tx
from contracts.event import Event
from contracts.interactions import InteractionQueued, InteractionSelfServed, InteractionStarted, MessageReceived
from contracts.parcels import TOPIC as PARCELS

_ATTEMPTS = 3
_IDS = ("interaction_id", "message_id", "work_item_id", "case_id")


class _MovedMeanwhile(Exception):
    """Between looking and locking, something moved to a case or customer that is not locked."""


class BatchLocks:
    """Takes the locks of a batch."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def prepare(self, tx: Tx, events: Sequence[Event[Any]]) -> None:
        """Lock all that the events' handlers will need. What needs one lock only, or is a single event whose handler
        locks in order by itself, is left to the handler."""
        if len(events) == 1 and isinstance(events[0].data, MessageReceived | InteractionStarted):
            return
        about = self._concerned(events)
        since = tx.now - timedelta(days=self._office.parameters.reopen_days)
        if len(about.addresses) > 1:
            await locking.take_addresses(tx, about.addresses)
        for attempt in range(_ATTEMPTS):
            wanted = await locking.plan(tx, about, since=since)
            if not wanted.customers and len(wanted.cases) < 2:
                return
            try:
                async with tx.attempt():
                    await self._lock(tx, wanted)
                    found = await locking.plan(tx, about, since=since)
                    if not found.within(wanted) and attempt + 1 < _ATTEMPTS:
                        raise _MovedMeanwhile
                    return
            except _MovedMeanwhile:
                continue

    async def _lock(self, tx: Tx, wanted: Plan) -> None:
        for customer_id in sorted(wanted.customers):
            await customers.lock(tx, customer_id)
        await case_store.lock_family(tx, wanted.cases)

    def _concerned(self, events: Sequence[Event[Any]]) -> Concerned:
        ids: dict[str, set[UUID]] = {name: set() for name in _IDS}
        deciding: set[UUID] = set()
        writing: set[UUID] = set()
        addresses: set[tuple[str, str]] = set()
        waybills: set[str] = set()
        for event in events:
            data = event.data
            for name, found in ids.items():
                if (value := getattr(data, name, None)) is not None:
                    found.add(value)
            match data:
                case InteractionQueued() | InteractionSelfServed():
                    deciding.add(data.interaction_id)
                case MessageReceived() if not data.automatic:
                    writing.add(data.interaction_id)
                case InteractionStarted():
                    region = self._office.parameters.phone_region
                    address = normal_address(data.contact_kind, data.personal.address, region)
                    if address is not None:
                        addresses.add((str(data.contact_kind), address))
                case _ if data.topic == PARCELS and getattr(data, "waybill_no", None):
                    waybills.add(normal_waybill(data.waybill_no))
        return Concerned(
            interactions=ids["interaction_id"],
            deciding=deciding,
            writing=writing,
            messages=ids["message_id"],
            work_items=ids["work_item_id"],
            cases=ids["case_id"],
            waybills=waybills,
            addresses=sorted(addresses),
        )
