"""What happens to parcels, shown on the cases that are about them."""

from datetime import datetime
from typing import Any

from cases.actions import parcel_cases
from cases.actions.file import CaseFile
from cases.actions.office import Office
from cases.domain.model import EntryKind
from cases.domain.waybills import normal_waybill
from cases.store import cases as case_store
from chassis.db import Tx
from contracts.event import Event
from contracts.parcels import ParcelDelivered, ParcelExceptionClosed, ParcelExceptionOpened


class ParcelHandlers:
    """Handlers of parcel events."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def on_parcel_delivered(self, tx: Tx, event: Event[ParcelDelivered]) -> None:
        """The parcel arrived."""
        data = event.data
        await self._show(tx, data.waybill_no, "parcel.delivered", data.delivered_at, carrier=data.carrier)

    async def on_parcel_exception_opened(self, tx: Tx, event: Event[ParcelExceptionOpened]) -> None:
        """Something is wrong with the parcel."""
        data = event.data
        await self._show(
            tx,
            data.waybill_no,
            "parcel.exception_opened",
            data.occurred_at,
            carrier=data.carrier,
            exception=data.exception,
            evidence=data.evidence,
            node=data.node,
        )
        await parcel_cases.open_for_exception(tx, self._office, data)

    async def on_parcel_exception_closed(self, tx: Tx, event: Event[ParcelExceptionClosed]) -> None:
        """The problem is solved."""
        data = event.data
        await self._show(
            tx,
            data.waybill_no,
            "parcel.exception_closed",
            data.occurred_at,
            carrier=data.carrier,
            exception=data.exception,
            evidence=data.evidence,
        )

    async def _show(self, tx: Tx, waybill_no: str, code: str, at: datetime, **details: Any) -> None:
        waybill = normal_waybill(waybill_no)
        ids = await case_store.open_by_waybill(tx, waybill)
        for case in (await case_store.lock(tx, ids)).values() if ids else ():
            if case.closed_at is None:
                file = CaseFile(tx, self._office, case)
                file.note(EntryKind.PARCEL, code, at=at, waybill_no=waybill, **details)
                await file.write()
