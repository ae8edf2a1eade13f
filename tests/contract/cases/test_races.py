"""What happens at the same instant: one outcome, nothing lost, nobody thrown out by a deadlock."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

from cases.handlers.interactions import InteractionHandlers
from cases.handlers.locking import BatchLocks
from cases.handlers.messages import MessageHandlers
from chassis.ids import uuid7
from contracts.event import Event, EventData
from contracts.interactions import InteractionStarted, MessageReceived
from contracts.sends import MessageSendRequested
from contracts.values import Channel
from contracts.work import WorkRequested
from tests.contract.cases.conftest import Bench, Contact

WAYBILL = "YT9876543210123"


class Batches:
    """Batches of events as several processes would handle them: each in a transaction of its own, all at once."""

    def __init__(self, bench: Bench) -> None:
        office = bench.service.app.state.office
        self._bench = bench
        self._locks = BatchLocks(office)
        self._contacts, self._messages = InteractionHandlers(office), MessageHandlers(office)

    async def at_once(self, *batches: Sequence[EventData]) -> None:
        """Handle all batches at the same time. Raises what any of them raised."""
        await asyncio.gather(*(self._handle(batch) for batch in batches))

    async def _handle(self, batch: Sequence[EventData]) -> None:
        now = self._bench.world.clock.now()
        events: list[Event[Any]] = [
            Event(id=uuid7(), type=data.event_type, source="test", time=now, key=data.key, data=data) for data in batch
        ]
        async with self._bench.service.db.transaction() as tx:
            await self._locks.prepare(tx, events)
            for event in events:
                match event.data:
                    case InteractionStarted():
                        await self._contacts.on_interaction_started(tx, event)
                    case MessageReceived():
                        await self._messages.on_message_received(tx, [event])
                await asyncio.sleep(0)


async def messages_of(bench: Bench) -> Counter[str]:
    """How often each text stands on a timeline, after checking that no timeline has a gap."""
    gaps = await bench.rows(
        """select c.id from service_case c left join timeline_entry e on e.case_id = c.id
           group by c.id having count(e.seq) <> c.last_seq or coalesce(max(e.seq), 0) <> c.last_seq"""
    )
    assert gaps == []
    rows = await bench.rows(
        "select data->>'text' as text from timeline_entry where kind in ('message_in', 'message_out')"
    )
    return Counter(row["text"] for row in rows)


class TestBatches:
    async def test_first_messages_from_one_new_address_make_one_customer_and_one_case(self, bench: Bench) -> None:
        contacts = [bench.contact(Channel.SMS) for _ in range(6)]
        await Batches(bench).at_once(*([c.started(), c.says(f"first {n}")] for n, c in enumerate(contacts)))
        counts = [
            await bench.value(f"select count(*) from {table}")
            for table in ("customer", "contact_point", "service_case", "work_item")
        ]
        assert counts == [1, 1, 1, 1]
        assert await messages_of(bench) == Counter(f"first {n}" for n in range(6))

    async def test_batches_about_the_same_people_in_opposite_orders_do_not_deadlock(self, bench: Bench) -> None:
        people = [[bench.contact(Channel.SMS, f"+861390000000{n}") for _ in range(4)] for n in range(4)]
        batches = Batches(bench)
        for line in people:
            await batches.at_once(*([contact.started()] for contact in line))
        before = await bench.value("select deadlocks from pg_stat_database where datname = current_database()")
        for number in range(8):
            await batches.at_once(
                *(
                    [
                        line[lane].says(f"{number} {WAYBILL if lane % 2 else ''}")
                        for line in people[:: 1 - 2 * (lane % 2)]
                    ]
                    for lane in range(4)
                )
            )
            if number % 3 == 2:  # the next messages have to look for a case again
                await bench.rows(
                    "update service_case set closed_at = now() - interval '30 days' where closed_at is null"
                )
        assert sum((await messages_of(bench)).values()) == 8 * 4 * 4
        assert await bench.value("select deadlocks from pg_stat_database where datname = current_database()") == before


class TestMergeAgainst:
    @pytest.mark.parametrize("round_", range(2))
    async def test_replies_and_new_messages(self, bench: Bench, round_: int) -> None:
        """A reply to the case that goes away is either on it before and goes over, or is refused naming the other."""
        first, second, one, two = await _two_open_cases(bench)
        async with bench.agent() as agent:

            async def reply(case_id: UUID, text: str) -> str | None:
                answer = await agent.post(f"/v1/cases/{case_id}/messages", json={"text": text})
                if answer.status_code == 201:
                    return text
                assert answer.status_code == 409, answer.text
                assert answer.json()["type"] == "urn:posthouse:problem:case-closed"
                assert answer.json()["merged_into"] == str(first)
                return None

            async def merge() -> None:
                body = {"other_id": str(second), "reason": "同一问题"}
                made = await agent.post(f"/v1/cases/{first}/merges", json=body)
                assert made.status_code == 201, made.text

            before = await bench.value("select count(*) from inbox")
            _, _, *sent = await asyncio.gather(
                merge(),
                bench.world.publish(*(contact.says(f"in {n}") for n, contact in enumerate((one, two, two)))),
                *(reply(case_id, f"out {n}") for n, case_id in enumerate((first, second, second, first))),
            )
            await bench.settled(before + 3)
        accepted = [text for text in sent if text is not None]
        assert {"out 0", "out 3"} <= set(accepted)
        texts = await messages_of(bench)
        assert all(texts[text] == 1 for text in (*accepted, "in 0", "in 1", "in 2")), texts
        assert sum(texts.values()) == 2 + 3 + len(accepted)
        commands = await bench.world.wait_published(MessageSendRequested, len(accepted))
        assert sorted(command.personal.text for command in commands) == sorted(accepted)
        left = "select count(*) from timeline_entry where case_id = $1 and kind in ('message_in', 'message_out')"
        assert await bench.value(left, second) == 0
        live = "select count(*) from work_item where state <> 'ended' and case_id = $1"
        assert await bench.value(live, second) == 0 and await bench.value(live, first) == 1

    async def test_the_opposite_merge(self, bench: Bench) -> None:
        """Two agents merge the same two cases, each into the other: one of them stays open with everything."""
        first, second, _, _ = await _two_open_cases(bench)
        async with bench.supervisor() as boss:
            answers = await asyncio.gather(
                *(
                    boss.post(f"/v1/cases/{into}/merges", json={"other_id": str(gone), "reason": "x"})
                    for into, gone in ((first, second), (second, first))
                )
            )
        assert sorted(answer.status_code for answer in answers) == [201, 409]
        assert await bench.value("select count(*) from service_case where closed_at is null") == 1
        assert sum((await messages_of(bench)).values()) == 2


class TestTwoEditors:
    async def test_the_second_is_told(self, bench: Bench) -> None:
        case_id, _ = await bench.owned_case("hello")
        async with bench.agent() as agent:
            match = {"If-Match": (await agent.get(f"/v1/cases/{case_id}")).headers["ETag"]}
            answers = await asyncio.gather(
                *(agent.patch(f"/v1/cases/{case_id}", json={"tags": [tag]}, headers=match) for tag in ("a", "b", "c"))
            )
            assert sorted(answer.status_code for answer in answers) == [200, 412, 412]
            won = next(answer for answer in answers if answer.status_code == 200)
            assert (await agent.get(f"/v1/cases/{case_id}")).json()["tags"] == won.json()["tags"]


async def _two_open_cases(bench: Bench) -> tuple[UUID, UUID, Contact, Contact]:
    """Two cases of one customer, both agent-1's."""
    first, one = await bench.owned_case("hello")
    two = bench.contact(Channel.SMS)
    before = len(await bench.world.published(WorkRequested))
    await bench.rows("update service_case set thread_key = 'waybill:SF1234567890123' where id = $1", first)
    await bench.world.publish(two.started(), two.says(f"{WAYBILL} 坏了"))
    item = (await bench.world.wait_published(WorkRequested, before + 1))[-1]
    assert item.case_id != first
    await bench.accept(item)
    return first, item.case_id, one, two
