"""Cases that begin with what happens to parcels: a problem of a parcel whose customer asked before, an incident."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from cases.actions.file import CaseFile, write_all
from cases.actions.intake import Matter, open_by_hand
from cases.actions.office import Office
from cases.domain.model import EntryKind
from cases.domain.waybills import normal_waybill
from cases.store import cases as case_store
from cases.store import customers
from cases.store import parcel_incidents as store
from chassis.db import Tx
from contracts.parcels import IncidentParcel, ParcelExceptionOpened, ParcelIncidentOpened

_PROCEDURE, _CLASS = "exception_parcel", "tracking"
_TYPE_OF = {
    "damaged": "damaged",
    "destroyed": "damaged",
    "lost": "lost",
    "complete_delay": "suspected_lost",
    "stalled": "delayed",
    "delayed": "delayed",
    "unsigned": "not_signed",
    "misrouted": "mis_sent",
    "misdelivered": "wrong_delivery",
    "refused": "refused",
    "unreachable": "recipient_unreachable",
    "recipient_absent": "recipient_unreachable",
    "bad_address": "wrong_address",
    "out_of_area": "over_service_area",
    "customs_hold": "customs_held",
    "return_to_sender": "returned",
    "weather": "force_majeure",
}
"""The gateway's exceptions in the words of the procedure; one without an entry is left for a person to name."""


async def open_for_exception(tx: Tx, office: Office, data: ParcelExceptionOpened) -> None:
    """A parcel has a problem, and somebody who asked about it has no open case any more: open one for them, so that
    the problem is worked on before they ask again."""
    parameters = office.parameters
    if data.severity is None or data.severity > parameters.exception_case_severity:
        return
    waybill = normal_waybill(data.waybill_no)
    since = tx.now - timedelta(days=parameters.exception_case_days)
    for customer_id, language in await store.customers_with_closed_cases(tx, waybill, since):
        matter = _matter(
            exception=data.exception,
            evidence=data.evidence,
            node=data.node,
            severity=data.severity,
            occurred_at=data.occurred_at,
            waybill_no=waybill,
            language=language,
        )
        await open_by_hand(tx, office, customer_id, matter, owner=None)


async def open_for_incident(tx: Tx, office: Office, data: ParcelIncidentOpened) -> None:
    """One case stands for the incident; open cases about its parcels belong to it."""
    if await store.case_of(tx, data.incident_id) is not None:
        return
    customer_id = await customers.create_unknown(tx, name=None, language=None)
    matter = _matter(
        exception=data.exception,
        evidence=data.evidence,
        node=data.node or data.place,
        severity=data.severity,
        occurred_at=data.occurred_at,
        waybill_no=None,
        language=None,
    )
    file = await open_by_hand(tx, office, customer_id, matter, owner=None)
    await store.add(tx, data.incident_id, file.case.id)
    await file.change(incident=True)
    file.note(
        EntryKind.PARCEL,
        "parcel.incident_opened",
        scope=data.scope,
        place=data.place,
        node=data.node,
        exception=data.exception,
        evidence=data.evidence,
        count=data.count,
        parcel_incident_id=data.incident_id,
    )
    await file.write()
    await gather(tx, office, file.case.id, [parcel.waybill_no for parcel in data.parcels])


async def gather(tx: Tx, office: Office, incident_case: UUID, waybill_nos: Sequence[str]) -> None:
    """Open cases about these parcels belong to the incident, unless they belong to another one."""
    parent = await case_store.get(tx, incident_case)
    numbers = [normal_waybill(number) for number in waybill_nos]
    if parent is None or parent.closed_at is not None:
        return
    await _attach(tx, office, await store.outside(tx, numbers), parent.id, parent.case_no)


async def joined(tx: Tx, office: Office, incident_id: UUID, parcels: Sequence[IncidentParcel], count: int) -> None:
    """More parcels of an incident."""
    case_id = await store.case_of(tx, incident_id)
    file = await _open_file(tx, office, case_id)
    if file is None:
        return
    file.note(EntryKind.PARCEL, "parcel.incident_joined", more=len(parcels), count=count)
    await file.write()
    await gather(tx, office, file.case.id, [parcel.waybill_no for parcel in parcels])


async def over(tx: Tx, office: Office, incident_id: UUID, reason: str, merged_into: UUID | None) -> None:
    """The incident is over. If a wider one explains it, the cases that belonged to it belong to that one."""
    file = await _open_file(tx, office, await store.case_of(tx, incident_id))
    if file is None:
        return
    wider_id = await store.case_of(tx, merged_into) if merged_into else None
    wider = await case_store.get(tx, wider_id) if wider_id else None
    file.note(
        EntryKind.PARCEL, f"parcel.incident_{reason}", case_no=wider.case_no if wider else None, wider_id=wider_id
    )
    await file.write()
    if wider is not None and wider.closed_at is None:
        await _attach(tx, office, await store.members(tx, file.case.id), wider.id, wider.case_no)


async def _attach(tx: Tx, office: Office, case_ids: Sequence[UUID], parent_id: UUID, parent_no: str) -> None:
    locked = await case_store.lock(tx, case_ids) if case_ids else {}
    files = []
    for case in locked.values():
        if case.closed_at is None and case.incident_id != parent_id and case.id != parent_id:
            file = CaseFile(tx, office, case)
            await file.change(incident_id=parent_id)
            file.note(EntryKind.STATUS, "case.incident_joined", case_no=parent_no, incident=parent_id)
            files.append(file)
    await write_all(tx, files)


async def _open_file(tx: Tx, office: Office, case_id: UUID | None) -> CaseFile | None:
    case = await case_store.lock_one(tx, case_id) if case_id else None
    return CaseFile(tx, office, case) if case and case.closed_at is None else None


def _matter(
    *,
    exception: str,
    evidence: str,
    node: str | None,
    severity: int,
    occurred_at: datetime,
    waybill_no: str | None,
    language: str | None,
) -> Matter:
    known: dict[str, Any] = {
        "exception_source": "tracking",
        "discovered_at": occurred_at.isoformat(),
        "occurred_at": occurred_at.isoformat(),
        "exception_type": _TYPE_OF.get(exception),
        "exception_node": node,
        "responsible_unit": node,
        "severity": f"S{severity}",
        "evidence": [evidence],
    }
    return Matter(
        case_type=_CLASS,
        procedure=_PROCEDURE,
        text=evidence,
        waybill_no=waybill_no,
        language=language,
        fields={name: value for name, value in known.items() if value is not None},
    )
