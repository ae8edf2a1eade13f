"""Writing down what the events say. Every statement gives the same row whatever the order of arrival."""

from chassis.db import Tx
from contracts.assignments import AgentStateChanged, WorkAccepted, WorkCompleted
from contracts.interactions import InteractionAnswered, MessageReceived
from contracts.sends import MessageSendRequested
from contracts.work import WorkCancelled, WorkRequested


async def work_requested(tx: Tx, data: WorkRequested) -> None:
    """The work entered a queue."""
    await tx.fetch(
        """insert into work as w (work_item_id, case_id, interaction_id, channel, queue, enqueued_at)
           values ($1, $2, $3, $4, $5, $6)
           on conflict (work_item_id) do update set case_id = excluded.case_id,
               interaction_id = excluded.interaction_id, channel = excluded.channel, queue = excluded.queue,
               enqueued_at = excluded.enqueued_at""",
        *(data.work_item_id, data.case_id, data.interaction_id, data.channel, data.queue, data.enqueued_at),
    )


async def work_accepted(tx: Tx, data: WorkAccepted) -> None:
    """An agent took the work; the first acceptance counts."""
    await tx.fetch(
        """insert into work as w
               (work_item_id, case_id, interaction_id, channel, queue, enqueued_at, accepted_at, agent_id)
           values ($1, $2, $3, $4, $5, $6, $7, $8)
           on conflict (work_item_id) do update set
               agent_id = case when w.accepted_at < excluded.accepted_at then w.agent_id else excluded.agent_id end,
               accepted_at = least(w.accepted_at, excluded.accepted_at)""",
        *(data.work_item_id, data.case_id, data.interaction_id, data.channel, data.queue),
        *(data.enqueued_at, data.occurred_at, data.agent_id),
    )


async def work_cancelled(tx: Tx, data: WorkCancelled) -> None:
    """Nobody is needed any more; perhaps the customer gave up."""
    await tx.fetch(
        """insert into work as w (work_item_id, cancelled_at, abandoned) values ($1, $2, $3)
           on conflict (work_item_id) do update set cancelled_at = excluded.cancelled_at,
               abandoned = excluded.abandoned""",
        *(data.work_item_id, data.occurred_at, data.abandoned),
    )


async def work_completed(tx: Tx, data: WorkCompleted) -> None:
    """The work is done, wrap-up included."""
    await tx.fetch(
        """insert into work as w (work_item_id, completed_at, handled_seconds, wrap_up_seconds)
           values ($1, $2, $3, $4)
           on conflict (work_item_id) do update set completed_at = excluded.completed_at,
               handled_seconds = excluded.handled_seconds, wrap_up_seconds = excluded.wrap_up_seconds""",
        *(data.work_item_id, data.occurred_at, data.handled_seconds, data.wrap_up_seconds),
    )


async def call_answered(tx: Tx, data: InteractionAnswered) -> None:
    """The first agent leg of a call."""
    await tx.fetch(
        """insert into call_answer as a (interaction_id, at) values ($1, $2)
           on conflict (interaction_id) do update set at = least(a.at, excluded.at)""",
        *(data.interaction_id, data.occurred_at),
    )


async def message_received(tx: Tx, data: MessageReceived) -> None:
    """A customer wrote."""
    if not data.automatic:
        await _message(tx, data.message_id, data.interaction_id, inbound=True, at=data.occurred_at)


async def message_sent(tx: Tx, data: MessageSendRequested) -> None:
    """An agent wrote; what the system sends is not an answer."""
    if data.author != "system":
        await _message(tx, data.message_id, data.interaction_id, inbound=False, at=data.requested_at)


async def agent_state_changed(tx: Tx, data: AgentStateChanged) -> None:
    """An agent's presence; the newest wins."""
    await tx.fetch(
        """insert into agent as a (agent_id, name, presence, reason, since) values ($1, $2, $3, $4, $5)
           on conflict (agent_id) do update set name = coalesce(excluded.name, a.name), presence = excluded.presence,
               reason = excluded.reason, since = excluded.since
           where a.since <= excluded.since""",
        *(data.agent_id, data.agent_name, data.presence, data.reason, data.occurred_at),
    )


async def _message(tx: Tx, message_id: object, interaction_id: object, *, inbound: bool, at: object) -> None:
    await tx.fetch(
        "insert into message (message_id, interaction_id, inbound, at) values ($1, $2, $3, $4) on conflict do nothing",
        *(message_id, interaction_id, inbound, at),
    )
