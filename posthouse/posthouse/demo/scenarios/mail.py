"""Mail: in, answered, answered again: one thread, one case."""

from posthouse.demo.customer import Mailbox
from posthouse.demo.scenarios.stage import Stage
from posthouse.demo.steps import expect, until

ADDRESS = "wang.fang@customer.example"
QUESTION = "The box arrived wet on one side. What can I do?"
ANSWER = "We are sorry. Please send us two photos of the box."
THANKS = "Here they are, thank you for the quick help."


async def run(stage: Stage) -> None:
    """A customer writes, gets an answer, and replies to it."""
    mailbox, agent, steps = Mailbox(stage.http, ADDRESS), stage.agent, stage.steps
    async with steps.step("mail: message in, agent accepts"):
        await mailbox.send(QUESTION, subject="Wet parcel")
        case = await agent.accept(await agent.next_offer("email"))
    async with steps.step("mail: reply reaches the customer's mailbox"):
        await agent.reply(case["id"], ANSWER)
        mails = await until(mailbox.mails, lambda found: any(ANSWER in mail["text"] for mail in found), "the answer")
        reply = next(mail for mail in mails if ANSWER in mail["text"])
    async with steps.step("mail: the customer's reply keeps the thread"):
        await mailbox.send(THANKS, in_reply_to=reply["id"])
        entries = await until(
            lambda: agent.timeline(case["id"]),
            lambda found: any(entry["text"] and entry["text"].startswith(THANKS) for entry in found),
            "the reply on the same case",
        )
        arrived = [entry for entry in entries if entry["kind"] == "message_in"]
        expect(len(arrived) == 2, f"{len(arrived)} messages of the customer on the case")
        await stage.finish(case["id"])
