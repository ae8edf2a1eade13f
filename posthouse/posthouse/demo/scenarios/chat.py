"""Web chat: in, answered, line cut and resumed, closed by the customer."""

from posthouse.demo.customer import Visitor
from posthouse.demo.scenarios.stage import Stage, once
from posthouse.demo.steps import expect, until

QUESTION = "Hi, can I change my delivery address?"
ANSWER = "Yes, until the parcel is out for delivery. Which address?"
MISSED = "Are you still there?"


async def run(stage: Stage) -> None:
    """A visitor chats, loses the line, comes back, and closes."""
    agent, steps = stage.agent, stage.steps
    async with Visitor(stage.http, stage.world.base_url) as visitor:
        async with steps.step("chat: message is acknowledged"):
            await visitor.say(QUESTION)
        async with steps.step("chat: agent accepts and the reply appears"):
            case = await agent.accept(await agent.next_offer("chat"))
            await agent.reply(case["id"], ANSWER)
            await visitor.hear(ANSWER)
        async with steps.step("chat: cut line is resumed without loss or repetition"):
            await visitor.cut()
            await agent.reply(case["id"], MISSED)
            await stage.answered(case["id"], MISSED, status=("sent", "delivered", "read"))
            await visitor.connect()
            await visitor.hear(MISSED)
            said = [entry["text"] for entry in visitor.entries if entry["type"] == "message"]
            expect(said == [QUESTION, ANSWER, MISSED], f"the visitor saw {said}")
        async with steps.step("chat: customer closes"):
            await visitor.end()
            await until(
                lambda: agent.case(case["id"]),
                lambda found: all(item["ended_at"] for item in found["interactions"]),
                "the interaction has ended on the case",
            )
        async with steps.step("chat: timeline is complete, case closes, agent is free"):
            entries = await agent.timeline(case["id"])
            for text in (QUESTION, ANSWER, MISSED):
                once(entries, text)
            if (await agent.case(case["id"]))["state"] == "open":
                await stage.finish(case["id"])
