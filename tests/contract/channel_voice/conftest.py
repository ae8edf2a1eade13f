"""The voice channel on real PostgreSQL, with the Twilio simulator and a tracking gateway over loopback HTTP."""

from collections.abc import AsyncIterator

import pytest

from channel_voice.parameters import VoiceParameters
from tests.contract.channel_voice.loopback import Flow, flow
from tests.support.world import World


@pytest.fixture
async def calls(manual_world: World) -> AsyncIterator[Flow]:
    """Everything, in virtual time."""
    async with flow(manual_world, VoiceParameters()) as made:
        yield made
