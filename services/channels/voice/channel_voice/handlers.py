"""What the voice channel does about events and timers: dial agents, end calls, look at what went quiet."""

from typing import Any
from uuid import UUID

from channel_voice.domain import call as rules
from channel_voice.domain.call import Closing, Leg
from channel_voice.store import calls, commands, erasure
from channel_voice.store.commands import Kind
from channel_voice.switchboard import Switchboard
from chassis.db import Tx
from chassis.ids import derived_id
from contracts.customers import CustomerErased
from contracts.event import Event
from contracts.sends import CallRequested, InteractionEndRequested
from contracts.values import Channel


class Handlers:
    """The event and timer handlers."""

    def __init__(self, switchboard: Switchboard) -> None:
        self._switchboard = switchboard

    async def on_call_requested(self, tx: Tx, event: Event[CallRequested]) -> None:
        """Bring an agent onto a waiting call."""
        asked = event.data
        leg = Leg(
            id=derived_id("voice-leg", str(asked.call_request_id)),
            call_request_id=asked.call_request_id,
            agent_id=asked.agent_id,
            work_item_id=asked.work_item_id,
        )
        await self._switchboard.apply_to(tx, asked.interaction_id, lambda call: rules.request_leg(call, leg))

    async def on_interaction_end_requested(self, tx: Tx, event: Event[InteractionEndRequested]) -> None:
        """Hang the call up. It counts as ended when Twilio confirms it."""
        asked = event.data
        if asked.channel is Channel.VOICE:
            closing = Closing(asked.ended_by, asked.reason)
            await self._switchboard.apply_to(tx, asked.interaction_id, lambda call: rules.close(call, closing))

    async def on_customer_erased(self, tx: Tx, event: Event[CustomerErased]) -> None:
        """Erase who called."""
        await erasure.erase(tx, event.data.interaction_ids)

    async def on_leg_check(self, tx: Tx, key: str, _payload: dict[str, Any]) -> None:
        """A leg went quiet."""
        leg_id = UUID(key)
        call_id = await calls.call_of_leg(tx, leg_id)
        if call_id is not None:
            await commands.owe(tx, Kind.CHECK_LEG, call_id, leg_id)

    async def on_call_check(self, tx: Tx, key: str, _payload: dict[str, Any]) -> None:
        """A call has run for a while."""
        await commands.owe(tx, Kind.CHECK_CALL, UUID(key))
