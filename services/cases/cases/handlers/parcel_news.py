"""What the tracking gateway asks of cases: quote a snapshot, tell a customer, gather an incident."""

from cases.actions import notifying, parcel_cases
from cases.actions.file import CaseFile
from cases.actions.office import Office
from cases.domain.model import Case, EntryKind, NewEntry
from cases.domain.notices import decide
from cases.domain.run import SYSTEM
from cases.domain.waybills import normal_waybill
from cases.store import cases as case_store
from cases.store import customers, notices
from cases.store import parcel_incidents as store
from chassis.db import Tx
from contracts.cases import CaseNoticeSettled
from contracts.event import Event
from contracts.parcels import (
    ParcelIncidentClosed,
    ParcelIncidentJoined,
    ParcelIncidentOpened,
    ParcelNoticeRequested,
    ParcelSnapshotTaken,
)
from contracts.values import Channel, MessageStatus


class ParcelNewsHandlers:
    """Handlers of what the gateway wants done."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def on_snapshot_taken(self, tx: Tx, event: Event[ParcelSnapshotTaken]) -> None:
        """What was known of the parcel when the case began: agents quote it as it stands."""
        data = event.data
        case = await case_store.lock_one(tx, data.case_id)
        if case is None or case.closed_at is not None:
            return
        file = CaseFile(tx, self._office, case)
        file.note(
            EntryKind.PARCEL,
            "parcel.snapshot",
            at=data.occurred_at,
            waybill_no=normal_waybill(data.waybill_no),
            quote=data.personal.texts,
            found=data.found,
            parcel_id=data.parcel_id,
            carrier=data.carrier,
            status=data.status,
            exceptions=list(data.exceptions),
            as_of=data.as_of,
            stale=data.stale,
        )
        await file.write()
        for incident_id in data.incidents:
            parent = await store.case_of(tx, incident_id)
            if parent is not None:
                await parcel_cases.gather(tx, self._office, parent, [data.waybill_no])

    async def on_notice_requested(self, tx: Tx, event: Event[ParcelNoticeRequested]) -> None:
        """Tell the customer, if they want to be told and can be, and say what became of it. The hour was chosen by the
        gateway; the customer's wishes and the way to them are ours."""
        data = event.data
        case = await self._case(tx, data)
        if case is None:
            self._settle(tx, data, "unreachable", reason="no_case")
            return
        file = CaseFile(tx, self._office, case)
        customer = await customers.get(tx, case.customer_id)
        routes = await notices.routes(tx, case.customer_id, case.id)
        verdict = decide(
            [route for route in routes if route.channel in data.channels],
            now=tx.now,
            quiet=notifying.quiet_hours(file),
            do_not_contact=customer.do_not_contact if customer else False,
            refused=await notices.refused_contact(tx, case.customer_id),
        )
        if verdict.route is None:
            file.note(EntryKind.PARCEL, "parcel.notice_withheld", rule=data.rule, notice_reason=verdict.reason)
            await file.write()
            outcome = "refused" if verdict.action == "withhold" else "unreachable"
            self._settle(tx, data, outcome, reason=verdict.reason)
            return
        language = await notifying.language_of(file)
        text = data.personal.texts[language.value]
        message_id = await notifying.send_text(file, verdict.route, text=text, subject=text)
        file.add(
            NewEntry(
                kind=EntryKind.MESSAGE_OUT,
                actor=SYSTEM,
                occurred_at=tx.now,
                data={"text": text, "parcel_notice": data.rule, "notice_id": str(data.notice_id)},
                interaction_id=verdict.route.interaction_id,
                channel=verdict.route.channel,
                message_id=message_id,
                status=MessageStatus.PENDING,
            )
        )
        await file.write()
        self._settle(tx, data, "sent", channel=verdict.route.channel)

    async def on_incident_opened(self, tx: Tx, event: Event[ParcelIncidentOpened]) -> None:
        """One case for the incident."""
        await parcel_cases.open_for_incident(tx, self._office, event.data)

    async def on_incident_joined(self, tx: Tx, event: Event[ParcelIncidentJoined]) -> None:
        """More parcels."""
        data = event.data
        await parcel_cases.joined(tx, self._office, data.incident_id, data.parcels, data.count)

    async def on_incident_closed(self, tx: Tx, event: Event[ParcelIncidentClosed]) -> None:
        """It is over."""
        data = event.data
        await parcel_cases.over(tx, self._office, data.incident_id, data.reason, data.merged_into)

    async def _case(self, tx: Tx, data: ParcelNoticeRequested) -> Case | None:
        """The customer's open case about the parcel, else the one that the gateway knows."""
        customer_id = await customers.remaining(tx, data.customer_id)
        open_id = await store.open_case_of(tx, customer_id, normal_waybill(data.waybill_no))
        return await case_store.lock_one(tx, open_id or data.case_id)

    def _settle(
        self,
        tx: Tx,
        data: ParcelNoticeRequested,
        outcome: str,
        *,
        channel: Channel | None = None,
        reason: str | None = None,
    ) -> None:
        tx.emit(
            CaseNoticeSettled(
                case_id=data.case_id,
                notice_id=data.notice_id,
                outcome=outcome,
                channel=channel,
                reason=reason,
                occurred_at=tx.now,
            )
        )
