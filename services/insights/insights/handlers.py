"""Every event that a KPI is made of."""

from typing import Any

from chassis.db import Tx
from contracts.assignments import AgentStateChanged, WorkAccepted, WorkCompleted
from contracts.event import Event
from contracts.interactions import InteractionAnswered, MessageReceived
from contracts.sends import MessageSendRequested
from contracts.work import WorkCancelled, WorkRequested
from insights.store import observations


async def on_work_requested(tx: Tx, event: Event[WorkRequested]) -> None:
    """Somebody waits."""
    await observations.work_requested(tx, event.data)


async def on_work_accepted(tx: Tx, event: Event[WorkAccepted]) -> None:
    """An agent took it."""
    await observations.work_accepted(tx, event.data)


async def on_work_cancelled(tx: Tx, event: Event[WorkCancelled]) -> None:
    """It is no longer needed."""
    await observations.work_cancelled(tx, event.data)


async def on_work_completed(tx: Tx, event: Event[WorkCompleted]) -> None:
    """It is done."""
    await observations.work_completed(tx, event.data)


async def on_interaction_answered(tx: Tx, event: Event[InteractionAnswered]) -> None:
    """A caller speaks with an agent."""
    await observations.call_answered(tx, event.data)


async def on_message_received(tx: Tx, event: Event[MessageReceived]) -> None:
    """A customer wrote."""
    await observations.message_received(tx, event.data)


async def on_message_send_requested(tx: Tx, event: Event[MessageSendRequested]) -> None:
    """An agent wrote."""
    await observations.message_sent(tx, event.data)


async def on_agent_state_changed(tx: Tx, event: Event[AgentStateChanged]) -> None:
    """An agent came or went."""
    await observations.agent_state_changed(tx, event.data)


HANDLERS: dict[Any, Any] = {
    WorkRequested: on_work_requested,
    WorkAccepted: on_work_accepted,
    WorkCancelled: on_work_cancelled,
    WorkCompleted: on_work_completed,
    InteractionAnswered: on_interaction_answered,
    MessageReceived: on_message_received,
    MessageSendRequested: on_message_send_requested,
    AgentStateChanged: on_agent_state_changed,
}
