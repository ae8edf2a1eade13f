"""The case service on a real database and bus, with channels and routing played by the test."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from cases.app import build
from cases.parameters import CaseParameters
from chassis.inbox import dead_letter_topic
from chassis.service import Service
from contracts.assignments import WorkAccepted
from contracts.interactions import (
    ContactPersonal,
    InteractionEnded,
    InteractionQueued,
    InteractionStarted,
    MessagePersonal,
    MessageReceived,
)
from contracts.values import Channel, ContactKind, EndedBy, Language
from contracts.work import WorkRequested
from tests.support.world import World, eventually

KINDS = {
    Channel.VOICE: ContactKind.PHONE,
    Channel.SMS: ContactKind.PHONE,
    Channel.EMAIL: ContactKind.EMAIL,
    Channel.CHAT: ContactKind.CHAT,
    Channel.TELEGRAM: ContactKind.TELEGRAM,
}


@dataclass
class Contact:
    """One interaction as its channel would tell of it; makes the channel's events."""

    channel: Channel
    address: str
    now: datetime
    id: UUID = field(default_factory=uuid4)
    name: str | None = None
    language: Language | None = None
    case_id: UUID | None = None
    verified: bool = False
    seq: int = 0

    def started(self) -> InteractionStarted:
        """The interaction begins."""
        return InteractionStarted(
            interaction_id=self.id,
            channel=self.channel,
            direction="inbound",
            account="our-end",
            contact_kind=KINDS[self.channel],
            verified=self.verified,
            language=self.language,
            case_id=self.case_id,
            occurred_at=self.now,
            personal=ContactPersonal(address=self.address, display_name=self.name),
        )

    def says(self, text: str, *, automatic: bool = False, **personal: Any) -> MessageReceived:
        """The customer writes."""
        self.seq += 1
        return MessageReceived(
            interaction_id=self.id,
            message_id=uuid4(),
            seq=self.seq,
            channel=self.channel,
            provider="test",
            provider_message_id=f"{self.id}-{self.seq}",
            automatic=automatic,
            occurred_at=self.now,
            personal=MessagePersonal(text=text, **personal),
        )

    def wants_a_person(self, waybill_no: str | None = None) -> InteractionQueued:
        """The customer asks for an agent."""
        return InteractionQueued(
            interaction_id=self.id, channel=self.channel, waybill_no=waybill_no, occurred_at=self.now
        )

    def ends(self, by: EndedBy = EndedBy.CUSTOMER) -> InteractionEnded:
        """The interaction is over."""
        return InteractionEnded(interaction_id=self.id, channel=self.channel, ended_by=by, occurred_at=self.now)


@dataclass
class Bench:
    """The service and hands to work it with."""

    world: World
    service: Service

    def contact(self, channel: Channel = Channel.SMS, address: str = "+8613800000001", **more: Any) -> Contact:
        """A new interaction."""
        return Contact(channel, address, self.world.clock.now(), **more)

    async def write_in(self, text: str = "你好", **contact: Any) -> Contact:
        """A customer gets in touch with one message; returns when the service has asked for an agent."""
        before = len(await self.world.published(WorkRequested))
        made = self.contact(**contact)
        await self.world.publish(made.started(), made.says(text))
        await self.world.wait_published(WorkRequested, before + 1)
        return made

    async def accept(self, item: WorkRequested, agent: str = "agent-1", name: str | None = None) -> None:
        """Routing tells that the agent has the item; returns when the case is theirs."""
        await self.world.publish(self.acceptance(item, agent, name))
        await eventually(lambda: self.owner(item.case_id), lambda owner: owner == agent)

    def acceptance(self, item: WorkRequested, agent: str = "agent-1", name: str | None = None) -> WorkAccepted:
        """Routing's news that the agent has the item."""
        return WorkAccepted(
            work_item_id=item.work_item_id,
            case_id=item.case_id,
            interaction_id=item.interaction_id,
            offer_id=uuid4(),
            agent_id=agent,
            agent_name=name,
            queue=item.queue,
            channel=item.channel,
            enqueued_at=item.enqueued_at,
            waited_seconds=1,
            occurred_at=self.world.clock.now(),
        )

    async def owned_case(self, text: str = "你好", agent: str = "agent-1", **contact: Any) -> tuple[UUID, Contact]:
        """A case with its customer's first message, accepted by an agent."""
        made = await self.write_in(text, **contact)
        item = (await self.world.published(WorkRequested))[-1]
        await self.accept(item, agent)
        return item.case_id, made

    async def rows(self, sql: str, *arguments: object) -> list[Any]:
        """What the database holds."""
        async with self.service.db.read() as tx:
            return await tx.fetch(sql, *arguments)

    async def value(self, sql: str, *arguments: object) -> Any:
        """The first column of the first row."""
        found = await self.rows(sql, *arguments)
        return found[0][0] if found else None

    async def owner(self, case_id: UUID) -> str | None:
        """Who has the case."""
        return await self.value("select owner from service_case where id = $1", case_id)

    async def settled(self, count: int) -> None:
        """Wait until so many events were handled."""
        await eventually(
            lambda: self.value("select count(*) from inbox where consumer = 'cases'"), lambda n: n >= count
        )

    async def timeline(self, case_id: UUID) -> list[Any]:
        """The case's entries in order."""
        return await self.rows(
            "select seq, kind, actor, status, data->>'text' as text, data->>'code' as code, interaction_id "
            "from timeline_entry where case_id = $1 order by seq",
            case_id,
        )

    def agent(self, subject: str = "agent-1", *scopes: str) -> httpx.AsyncClient:
        """An HTTP client of an agent."""
        return self.world.client(self.service, *(scopes or ("cases:read", "cases:write")), subject=subject)

    def supervisor(self) -> httpx.AsyncClient:
        """An HTTP client of a supervisor."""
        return self.agent("boss", "cases:read", "cases:write", "cases:admin")


@pytest.fixture
async def bench(world: World) -> AsyncIterator[Bench]:
    """The service on the system clock."""
    service = await world.start(build, CaseParameters(assignment_wait_seconds=0.3))
    yield Bench(world, service)
    assert await dead_letters(world) == []


@pytest.fixture
async def still_bench(manual_world: World) -> AsyncIterator[Bench]:
    """The service on a clock that only the test moves."""
    service = await manual_world.start(build, CaseParameters(assignment_wait_seconds=0.3))
    yield Bench(manual_world, service)
    assert await dead_letters(manual_world) == []


async def dead_letters(world: World) -> list[str]:
    """Why events were given up."""
    found = []
    for topic in ("interactions", "assignments", "parcels"):
        name = dead_letter_topic(topic, "cases")
        for record in await world.bus.read(name, 0, 0, 100):
            found.append(record.headers["dead_error"].decode())
    return found
