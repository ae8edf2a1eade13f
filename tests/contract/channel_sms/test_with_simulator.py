"""Against the Twilio simulator: its REST API, its signatures, its callbacks, its bad days."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.routing import Mount

from channel_sms.app import build
from channel_sms.parameters import SmsParameters
from channel_sms.settings import Settings
from contracts.interactions import MessageReceived, MessageStatusChanged
from contracts.sends import MessageSendRequested, OutboundPersonal
from contracts.values import Channel, MessageStatus
from posthouse.simulators.twilio import app as simulator
from posthouse.simulators.twilio.settings import Number, Pace, SimulatorSettings
from tests.contract.channel_chat.conftest import Front, web_server
from tests.contract.channel_sms.conftest import ACCOUNT, BASE, TOKEN
from tests.contract.channel_sms.test_outbound import FAST
from tests.support.world import World, eventually

OURS = "+12025550100"
PHONE = "+8613800138000"


@dataclass
class Stage:
    """The service and the simulator, talking to each other."""

    world: World
    phone: httpx.AsyncClient

    async def text(self, body: str) -> dict[str, Any]:
        """The customer texts us."""
        answer = await self.phone.post(f"/sim/phones/{quote(PHONE)}/sms", json={"to": OURS, "body": body})
        assert answer.status_code == 201, answer.text
        sent: dict[str, Any] = answer.json()
        return sent

    async def reply(self, interaction_id: UUID, text: str) -> MessageSendRequested:
        """Cases asks for a reply."""
        request = MessageSendRequested(
            interaction_id=interaction_id,
            message_id=uuid4(),
            case_id=uuid4(),
            case_no="C1",
            channel=Channel.SMS,
            author="agent-1",
            requested_at=self.world.clock.now(),
            personal=OutboundPersonal(text=text),
        )
        await self.world.publish(request)
        return request

    async def received(self) -> list[str]:
        """What arrived on the customer's phone."""
        messages = (await self.phone.get(f"/sim/phones/{quote(PHONE)}/messages")).json()
        return [message["body"] for message in messages if message["to"] == PHONE]

    async def fault(self, kind: str, **more: Any) -> None:
        """Something goes wrong."""
        assert (await self.phone.post("/sim/faults", json={"kind": kind, **more})).status_code == 201

    async def last_status(self, request: MessageSendRequested, wanted: MessageStatus) -> MessageStatusChanged:
        """The message's newest status, once it is `wanted`."""

        async def changes() -> list[MessageStatusChanged]:
            published = await self.world.published(MessageStatusChanged)
            return [change for change in published if change.message_id == request.message_id]

        return (await eventually(changes, lambda found: bool(found) and found[-1].status is wanted))[-1]


@pytest.fixture
async def stage(world: World, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    """A customer's phone, the simulated provider and our service."""
    quick = SmsParameters(**{**FAST, "lookup_after_seconds": (0.05, 0.3, 1.0)})  # type: ignore[arg-type]
    monkeypatch.setattr(SmsParameters, "load", classmethod(lambda cls: quick))
    front = Front()
    number = Number(OURS, sms_url=f"{BASE}/sms/v1/twilio/messages")
    twilio = simulator.build(
        SimulatorSettings(ACCOUNT, TOKEN, (number,), Pace(message_step=0.02)), transport=httpx.ASGITransport(app=front)
    )
    async with web_server(twilio) as address:
        settings = Settings(
            twilio_account_sid=ACCOUNT,
            twilio_auth_token=SecretStr(TOKEN),
            twilio_api_url=f"http://{address}",
            twilio_request_seconds=0.5,
        )
        service = await world.start(build, settings)
        front.app = Starlette(routes=[Mount("/sms", app=service.app)])
        async with httpx.AsyncClient(base_url=f"http://{address}") as phone:
            yield Stage(world, phone)
    await simulator.close(twilio)


@pytest.fixture
async def interaction(stage: Stage) -> UUID:
    """The customer has texted."""
    await stage.text("我的快递在哪里")
    (received,) = await stage.world.wait_published(MessageReceived)
    assert received.personal.text == "我的快递在哪里"
    return received.interaction_id


async def test_there_and_back(stage: Stage, interaction: UUID) -> None:
    request = await stage.reply(interaction, "正在派送，预计今天下午送达。")
    change = await stage.last_status(request, MessageStatus.DELIVERED)
    assert change.provider_message_id
    assert await stage.received() == ["正在派送，预计今天下午送达。"]


@pytest.mark.parametrize("kind", ["timeout_after", "timeout_before", "error_500"])
async def test_ambiguous_calls_send_once_whether_taken_or_not(stage: Stage, interaction: UUID, kind: str) -> None:
    await stage.fault(kind, match="/Messages.json")
    request = await stage.reply(interaction, "您好")
    await stage.last_status(request, MessageStatus.DELIVERED)
    after = await stage.reply(interaction, "还在吗")
    await stage.last_status(after, MessageStatus.DELIVERED)
    assert await stage.received() == ["您好", "还在吗"]


async def test_told_to_wait_is_sent_once(stage: Stage, interaction: UUID) -> None:
    await stage.fault("rate_limit", match="/Messages.json", times=2)
    request = await stage.reply(interaction, "您好")
    await stage.last_status(request, MessageStatus.DELIVERED)
    assert await stage.received() == ["您好"]


async def test_undelivered_keeps_its_code(stage: Stage, interaction: UUID) -> None:
    await stage.fault("undelivered", match=PHONE, code=30003)
    change = await stage.last_status(await stage.reply(interaction, "您好"), MessageStatus.UNDELIVERED)
    assert change.error_code == "30003"


@pytest.mark.parametrize("kind", ["duplicate", "reorder"])
async def test_callbacks_in_disorder_end_at_delivered(stage: Stage, interaction: UUID, kind: str) -> None:
    await stage.fault(kind, match="/sms/v1/twilio/status", times=5 if kind == "duplicate" else 1)
    request = await stage.reply(interaction, "您好")
    await stage.last_status(request, MessageStatus.DELIVERED)
    statuses = [change.status for change in await stage.world.published(MessageStatusChanged)]
    assert len(statuses) == len(set(statuses))
