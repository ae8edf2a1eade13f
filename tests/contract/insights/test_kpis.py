"""KPIs from events, against worked examples and a brute-force oracle."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from chassis.ids import uuid7
from contracts.assignments import AgentStateChanged, WorkAccepted, WorkCompleted
from contracts.event import EventData
from contracts.interactions import InteractionAnswered, MessagePersonal, MessageReceived
from contracts.sends import MessageSendRequested, OutboundPersonal
from contracts.values import Channel
from contracts.work import WorkCancelled, WorkRequested
from insights.app import build
from tests.support.world import World, eventually

NINE = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
DAY = {"from": "2026-01-05T00:00:00Z", "to": "2026-01-06T00:00:00Z"}


def at(seconds: float) -> datetime:
    return NINE + timedelta(seconds=seconds)


class Story:
    """One piece of work as its events tell it; all instants in seconds after nine."""

    def __init__(
        self,
        channel: Channel,
        arrived: float,
        *,
        accepted: float | None = None,
        answered: float | None = None,
        gave_up: float | None = None,
        queue: str = "general",
    ) -> None:
        self.channel, self.arrived, self.accepted = channel, arrived, accepted
        self.answered, self.gave_up, self.queue = answered, gave_up, queue
        self.work_item_id, self.interaction_id, self.case_id = uuid7(), uuid7(), uuid7()

    def events(self) -> list[EventData]:
        told: list[EventData] = [
            WorkRequested(
                work_item_id=self.work_item_id,
                case_id=self.case_id,
                case_no="PH-1",
                interaction_id=self.interaction_id,
                channel=self.channel,
                queue=self.queue,
                enqueued_at=at(self.arrived),
            )
        ]
        if self.channel is not Channel.VOICE:
            told.append(message(self.interaction_id, at(self.arrived), channel=self.channel))
        if self.accepted is not None:
            told.append(
                WorkAccepted(
                    work_item_id=self.work_item_id,
                    case_id=self.case_id,
                    interaction_id=self.interaction_id,
                    offer_id=uuid7(),
                    agent_id="li.na",
                    queue=self.queue,
                    channel=self.channel,
                    enqueued_at=at(self.arrived),
                    waited_seconds=self.accepted - self.arrived,
                    occurred_at=at(self.accepted),
                )
            )
        if self.answered is not None and self.channel is Channel.VOICE:
            told.append(
                InteractionAnswered(
                    interaction_id=self.interaction_id,
                    channel=self.channel,
                    agent_id="li.na",
                    occurred_at=at(self.answered),
                )
            )
        elif self.answered is not None:
            told.append(reply(self.interaction_id, at(self.answered), channel=self.channel))
        if self.gave_up is not None:
            told.append(
                WorkCancelled(
                    work_item_id=self.work_item_id, reason="left", abandoned=True, occurred_at=at(self.gave_up)
                )
            )
        return told


def message(interaction: UUID, when: datetime, *, channel: Channel = Channel.SMS, automatic: bool = False) -> EventData:
    return MessageReceived(
        interaction_id=interaction,
        message_id=uuid7(),
        seq=1,
        channel=channel,
        provider="test",
        provider_message_id="1",
        automatic=automatic,
        occurred_at=when,
        personal=MessagePersonal(text="hello"),
    )


def reply(
    interaction: UUID, when: datetime, *, channel: Channel = Channel.SMS, author: str = "li.na"
) -> MessageSendRequested:
    return MessageSendRequested(
        interaction_id=interaction,
        message_id=uuid7(),
        case_id=uuid7(),
        case_no="PH-1",
        channel=channel,
        author=author,
        requested_at=when,
        personal=OutboundPersonal(text="hello"),
    )


async def report(world: World, stories: Sequence[Story], *, extra: Sequence[EventData] = (), shuffle: int = 0) -> dict:
    service = await world.start(build)
    events = [event for story in stories for event in story.events()] + list(extra)
    if shuffle:
        random.Random(shuffle).shuffle(events)
    await world.publish(*events)
    client = world.client(service, "insights:read")

    async def handled() -> int:
        async with service.db.read() as tx:
            return int((await tx.fetch("select count(*) as n from inbox"))[0]["n"])

    await eventually(handled, lambda n: n == len(events))
    return (await client.get("/v1/kpis", params=DAY)).json()


class TestFormulas:
    async def test_worked_example_of_a_phone_queue(self, world: World) -> None:
        """Ten calls: six answered (four within 15 s), one short abandon, two abandons, one waiting."""
        voice = Channel.VOICE
        waits = [2, 9, 14, 15, 16, 40]
        stories = [Story(voice, i, accepted=i + w - 1, answered=i + w) for i, w in enumerate(waits)]
        stories += [Story(voice, 10, gave_up=14), Story(voice, 11, gave_up=31), Story(voice, 12, gave_up=42)]
        stories.append(Story(voice, 13))
        row = (await report(world, stories))["rows"][0]
        assert (row["offered"], row["answered"], row["in_target"], row["waiting"]) == (10, 6, 4, 1)
        assert (row["abandoned"], row["short_abandoned"]) == (3, 1)
        assert row["service_level"] == {"value": pytest.approx(4 / 8), "variant": "SL"}
        assert row["abandonment"] == {"value": pytest.approx(2 / 9), "variant": "AR2"}
        assert row["asa_seconds"] == pytest.approx(96 / 6)
        assert row["time_to_abandon_seconds"] == pytest.approx((4 + 20 + 30) / 3)

    async def test_a_message_is_answered_by_the_first_message_of_an_agent(self, world: World) -> None:
        story = Story(Channel.CHAT, 0, accepted=5, answered=50)
        bot = reply(story.interaction_id, at(1), channel=Channel.CHAT, author="system")
        row = (await report(world, [story], extra=[bot]))["rows"][0]
        assert row["asa_seconds"] == pytest.approx(50)
        assert row["in_target"] == 1

    async def test_response_time_counts_from_the_first_unanswered_message(self, world: World) -> None:
        story = Story(Channel.SMS, 0, accepted=5, answered=30)
        more = [
            message(story.interaction_id, at(100)),
            message(story.interaction_id, at(110)),
            message(story.interaction_id, at(105), automatic=True),
            reply(story.interaction_id, at(160)),
            reply(story.interaction_id, at(170)),
        ]
        row = (await report(world, [story], extra=more))["rows"][0]
        assert row["response"] == {"n": 2, "median": 30, "p90": 60}

    async def test_empty_groups_have_no_rates_instead_of_zero(self, world: World) -> None:
        total = (await report(world, []))["total"]
        assert (total["service_level"]["value"], total["abandonment"]["value"], total["asa_seconds"]) == (None,) * 3

    async def test_events_in_any_order_give_the_same_figures(self, world: World) -> None:
        stories = [Story(Channel.VOICE, i, accepted=i + 4, answered=i + 6) for i in range(5)]
        stories += [Story(Channel.VOICE, i, gave_up=i + 9) for i in range(5)]
        row = (await report(world, stories, shuffle=7))["rows"][0]
        assert (row["offered"], row["answered"], row["abandoned"], row["asa_seconds"]) == (10, 5, 5, 6)


class TestOracle:
    @pytest.mark.parametrize("seed", range(3))
    async def test_figures_equal_a_brute_force_count(self, world: World, seed: int) -> None:
        chance = random.Random(seed)
        stories = [_random_story(chance) for _ in range(120)]
        answer = await report(world, stories, shuffle=seed + 1)
        targets = {"voice": 15, "chat": 60, "sms": 300}
        for row in answer["rows"]:
            mine = [s for s in stories if (s.queue, s.channel) == (row["queue"], row["channel"])]
            waits = [s.answered - s.arrived for s in mine if s.answered is not None]
            lost = [s.gave_up - s.arrived for s in mine if s.gave_up is not None and s.answered is None]
            met = sum(wait <= targets[row["channel"]] for wait in waits)
            short = sum(wait < 5 for wait in lost)
            assert (row["offered"], row["answered"], row["in_target"]) == (len(mine), len(waits), met)
            assert (row["abandoned"], row["short_abandoned"]) == (len(lost), short)
            due = len(waits) + len(lost) - short
            assert row["service_level"]["value"] == (pytest.approx(met / due) if due else None)
        assert sum(row["offered"] for row in answer["rows"]) == answer["total"]["offered"] == len(stories)


class TestApi:
    async def test_range_must_make_sense(self, world: World) -> None:
        client = world.client(await world.start(build), "insights:read")
        backwards = await client.get("/v1/kpis", params={"from": DAY["to"], "to": DAY["from"]})
        naive = await client.get("/v1/kpis", params={"from": "2026-01-05T00:00:00", "to": DAY["to"]})
        wide = await client.get("/v1/kpis", params={"from": "2020-01-01T00:00:00Z", "to": DAY["to"]})
        assert [answer.status_code for answer in (backwards, naive, wide)] == [400, 400, 400]
        assert naive.json()["errors"][0]["pointer"] == "query/from"

    async def test_needs_the_scope(self, world: World) -> None:
        client = world.client(await world.start(build), "cases:read")
        assert (await client.get("/v1/kpis", params=DAY)).status_code == 403

    async def test_live_counts_agents_and_todays_work(self, manual_world: World) -> None:
        """The manual clock stands at nine, in the day of the stories."""
        service = await manual_world.start(build)
        await manual_world.publish(
            *Story(Channel.VOICE, -5).events(),
            AgentStateChanged(agent_id="li.na", presence="away", occurred_at=at(-20)),
            AgentStateChanged(agent_id="li.na", presence="available", occurred_at=at(-10)),
            WorkCompleted(
                work_item_id=uuid7(),
                agent_id="li.na",
                queue="general",
                channel=Channel.VOICE,
                handled_seconds=10,
                occurred_at=at(-1),
            ),
        )
        client = manual_world.client(service, "insights:read")

        async def live() -> dict:
            await manual_world.clock.advance(3)  # type: ignore[attr-defined]
            return (await client.get("/v1/live/snapshot")).json()

        seen = await eventually(live, lambda body: body["agents"] == {"available": 1})
        assert seen["report"]["total"]["waiting"] == 1


def _random_story(chance: random.Random) -> Story:
    channel = chance.choice([Channel.VOICE, Channel.CHAT, Channel.SMS])
    arrived = chance.uniform(0, 3600)
    fate = chance.random()
    patience = chance.choice([1, 4.9, 5, 12, 14, 16, 55, 70, 250, 310])
    queue = chance.choice(["general", "tracking"])
    if fate < 0.6:
        return Story(channel, arrived, accepted=arrived + 1, answered=arrived + patience, queue=queue)
    if fate < 0.9:
        return Story(channel, arrived, gave_up=arrived + patience, queue=queue)
    return Story(channel, arrived, queue=queue)
