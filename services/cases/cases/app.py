"""Builds the case service: composition only."""

from pathlib import Path

from cases.actions.file import DEADLINE_TIMER
from cases.actions.office import Office
from cases.api import actions, approvals, cases, customers, events, merges, procedures, search
from cases.handlers.assignments import AssignmentHandlers
from cases.handlers.interactions import InteractionHandlers
from cases.handlers.messages import MessageHandlers
from cases.handlers.parcels import ParcelHandlers
from cases.handlers.timers import DeadlineHandlers
from cases.parameters import CaseParameters
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
from contracts.parcels import ParcelDelivered, ParcelExceptionClosed, ParcelExceptionOpened

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
    )
    service.provide("office", office)
    for module in (cases, actions, approvals, customers, merges, search, procedures, events):
        service.include(module.router)

    contact, message = InteractionHandlers(office), MessageHandlers(office)
    assignment, parcel = AssignmentHandlers(office), ParcelHandlers(office)
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
        }
    )
    service.on_timer(DEADLINE_TIMER, DeadlineHandlers(office).on_deadline)
    return service
