"""Telegram: in and out, by webhook."""

from posthouse.demo.customer import TelegramUser
from posthouse.demo.environment import BOT
from posthouse.demo.scenarios.stage import Stage, once
from posthouse.demo.steps import expect, until

QUESTION = "你好，我的快件到哪里了？"
ANSWER = "您好，请提供运单号，我马上为您查询。"


async def run(stage: Stage) -> None:
    """A customer writes to the bot, an agent answers."""
    user, agent, steps = TelegramUser(stage.http, 7001), stage.agent, stage.steps
    async with steps.step("telegram: webhook with a wrong secret gets 403"):
        answer = await stage.http.post(
            f"/chat/v1/telegram/{BOT}/webhook",
            json={"update_id": 1},
            headers={"X-Telegram-Bot-Api-Secret-Token": "wrong"},
        )
        expect(answer.status_code == 403, f"answered {answer.status_code}")
    async with steps.step("telegram: message in, agent accepts"):
        await user.send(QUESTION)
        case = await agent.accept(await agent.next_offer("telegram"))
        once(await agent.timeline(case["id"]), QUESTION)
    async with steps.step("telegram: reply out"):
        await agent.reply(case["id"], ANSWER)
        await until(user.received, lambda received: received == [ANSWER], "the message in Telegram")
        await stage.answered(case["id"], ANSWER, status=("sent", "delivered", "read"))
        await stage.finish(case["id"])
