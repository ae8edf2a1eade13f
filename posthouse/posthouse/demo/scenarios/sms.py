"""SMS: in, accepted, answered, delivered; forged and repeated webhooks."""

from urllib.parse import urlencode

from chassis.twilio.signature import sign
from posthouse.demo.customer import Phone
from posthouse.demo.environment import ACCOUNT_SID, NUMBER_EN
from posthouse.demo.scenarios.stage import Stage, once
from posthouse.demo.steps import expect, until

CUSTOMER = "+12025550123"
STRANGER = "+12025550124"
QUESTION = "Hello, where is my parcel SF1000000000017?"
ANSWER = "It is on its way and arrives today before 18:00."


async def run(stage: Stage) -> None:
    """A customer texts, an agent answers."""
    phone, agent, steps = Phone(stage.http, CUSTOMER), stage.agent, stage.steps
    async with steps.step("sms: signed text is accepted"):
        sent = await phone.text(QUESTION)
        expect(sent["webhook_status"] in (200, 204), f"webhook answered {sent['webhook_status']}")
    async with steps.step("sms: agent is offered the work and accepts"):
        case = await agent.accept(await agent.next_offer("sms"))
    async with steps.step("sms: message and waybill are on the case"):
        once(await agent.timeline(case["id"]), QUESTION)
        expect(case["waybill_no"] == "SF1000000000017", f"waybill is {case['waybill_no']}")
    async with steps.step("sms: reply reaches the phone"):
        await agent.reply(case["id"], ANSWER)
        await until(phone.received, lambda received: received == [ANSWER], "the text on the phone")
    async with steps.step("sms: delivery status comes back"):
        await stage.answered(case["id"], ANSWER)
    async with steps.step("sms: case closes and the agent is free"):
        await stage.finish(case["id"])


async def refuses_forgeries(stage: Stage) -> None:
    """Webhooks that Twilio did not sign are refused; one that it repeats counts once."""
    url = f"{stage.world.base_url}/sms/v1/twilio/messages"
    text = "The same webhook three times"
    form = {
        "MessageSid": "SM" + "f" * 32,
        "AccountSid": ACCOUNT_SID,
        "From": STRANGER,
        "To": NUMBER_EN,
        "Body": text,
        "NumMedia": "0",
    }
    body = urlencode(form).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    signed = {**headers, "X-Twilio-Signature": sign(stage.world.auth_token, url, list(form.items()))}
    async with stage.steps.step("security: missing, forged and misplaced signatures get 403"):
        forged = {**headers, "X-Twilio-Signature": sign("0" * 32, url, list(form.items()))}
        altered = body.replace(b"three", b"four+")
        answers = [
            await stage.http.post(url, content=body, headers=headers),
            await stage.http.post(url, content=body, headers=forged),
            await stage.http.post(url, content=altered, headers=signed),
        ]
        expect([answer.status_code for answer in answers] == [403] * 3, str([a.status_code for a in answers]))
    async with stage.steps.step("security: a webhook delivered three times is one message"):
        answers = [await stage.http.post(url, content=body, headers=signed) for _ in range(3)]
        expect(all(answer.is_success for answer in answers), str([a.status_code for a in answers]))
        case = await stage.agent.accept(await stage.agent.next_offer("sms"))
        once(await stage.agent.timeline(case["id"]), text)
        await stage.finish(case["id"])
