"""Builds the case service: composition only."""

from pathlib import Path

from cases.actions.feeding import keep_short
from cases.actions.file import DEADLINE_TIMER
from cases.actions.jobs import JobRunner
from cases.actions.notifying import NOTICE_TIMER
from cases.actions.office import Office
from cases.actions.waiting import AWAITING_TIMER
from cases.api import (
    actions,
    approvals,
    bulk,
    callbacks,
    case_types,
    cases,
    customers,
    details,
    events,
    feed,
    intake,
    joins,
    lookup,
    merges,
    notices,
    procedures,
    saved_views,
    search,
    templates,
)
from cases.api.refusals import on_unknown_procedure
from cases.handlers.assignments import AssignmentHandlers
from cases.handlers.awaiting import AwaitingHandlers
from cases.handlers.interactions import InteractionHandlers
from cases.handlers.locking import BatchLocks
from cases.handlers.messages import MessageHandlers
from cases.handlers.parcel_news import ParcelNewsHandlers
from cases.handlers.parcels import ParcelHandlers
from cases.handlers.timers import DeadlineHandlers
from cases.installing import install
from cases.parameters import CaseParameters
from cases.procedures import UnknownProcedure
from cases.store import feed as feed_store
from cases.themes import add_departments, add_knowledge, add_orders
from chassis.runtime import Runtime
from chassis.service import Service
from contracts.assignments import WorkAccepted, WorkCompleted, WorkReleased
from contracts.interactions import (
    CallFailed,
    InteractionAnswered,
    InteractionEnded,
    InteractionQueued,
    InteractionSelfServed,
    InteractionStarted,
    MessageReceived,
    MessageStatusChanged,
)
from contracts.parcels import (
    ParcelDelivered,
    ParcelExceptionClosed,
    ParcelExceptionOpened,
    ParcelIncidentClosed,
    ParcelIncidentJoined,
    ParcelIncidentOpened,
    ParcelNoticeRequested,
    ParcelSnapshotTaken,
)

NAME = "cases"


def build(runtime: Runtime, parameters: CaseParameters | None = None) -> Service:
    """The case service on this runtime; parameters come from the operator's file unless given."""
    office = Office.load(parameters)
    service = Service(
        NAME,
        runtime,
        title="Posthouse cases",
        description="Customers, their cases and timelines, and the procedures that cases follow.",
        migrations=Path(__file__).parent / "store" / "migrations",
        max_file_bytes=office.parameters.attachment_max_bytes,
    )
    service.provide("office", office)
    for module in (
        cases,
        intake,
        actions,
        approvals,
        lookup,
        customers,
        merges,
        notices,
        search,
        procedures,
        events,
        feed,
    ):
        service.include(module.router)
    for module in (details, joins, bulk, templates, saved_views, case_types, callbacks):
        service.include(module.router)

    contact, message = InteractionHandlers(office), MessageHandlers(office)
    assignment, parcel = AssignmentHandlers(office), ParcelHandlers(office)
    news = ParcelNewsHandlers(office)
    service.consume(
        {
            InteractionStarted: contact.on_interaction_started,
            InteractionQueued: contact.on_interaction_queued,
            InteractionSelfServed: contact.on_interaction_self_served,
            InteractionAnswered: contact.on_interaction_answered,
            InteractionEnded: contact.on_interaction_ended,
            CallFailed: contact.on_call_failed,
            MessageReceived: message.on_message_received,
            MessageStatusChanged: message.on_message_status_changed,
            WorkAccepted: assignment.on_work_accepted,
            WorkReleased: assignment.on_work_released,
            WorkCompleted: assignment.on_work_completed,
            ParcelDelivered: parcel.on_parcel_delivered,
            ParcelExceptionOpened: parcel.on_parcel_exception_opened,
            ParcelExceptionClosed: parcel.on_parcel_exception_closed,
            ParcelSnapshotTaken: news.on_snapshot_taken,
            ParcelNoticeRequested: news.on_notice_requested,
            ParcelIncidentOpened: news.on_incident_opened,
            ParcelIncidentJoined: news.on_incident_joined,
            ParcelIncidentClosed: news.on_incident_closed,
        },
        prepare=BatchLocks(office).prepare,
    )
    timers = DeadlineHandlers(office)
    service.on_timer(DEADLINE_TIMER, timers.on_deadline)
    service.on_timer(NOTICE_TIMER, timers.on_notice)
    service.on_timer(AWAITING_TIMER, AwaitingHandlers(office).on_awaiting)
    service.background("jobs", JobRunner(service.db, office).run)
    service.app.add_exception_handler(UnknownProcedure, on_unknown_procedure)
    install(service, office)
    service.db.observers.append(feed_store.keep)
    service.background("feed", lambda: keep_short(service.db, office.parameters.feed_days))
    add_orders(service, office, on_parcel_delivered=parcel.on_parcel_delivered)
    add_departments(service, office)
    add_knowledge(service)
    return service
