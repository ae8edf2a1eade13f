"""Texts in both directions, the REST answers Twilio gives, and faults on demand."""

import asyncio
import json
from typing import Any

import pytest

from posthouse.simulators.twilio.messages import segments

OURS, PHONE, HOOKS = "+862100000000", "+8613900000001", "https://channel.test"
CALLBACK = f"{HOOKS}/sent"


async def send(bench: Any, **form: Any) -> Any:
    return await bench.rest("POST", "Messages.json", **{"To": PHONE, "From_": OURS, "Body": "你好", **form})


def statuses(bench: Any) -> list[str]:
    return [fields["MessageStatus"] for fields in bench.account.seen("sent")]


async def test_a_text_reaches_the_webhook_with_twilios_fields(bench: Any) -> None:
    sent = await bench.sim("POST", f"phones/{PHONE}/sms", to=OURS, body=" 我的快递到哪了？ ")
    [fields] = bench.account.seen("sms")
    assert fields["Body"] == " 我的快递到哪了？ "
    assert (fields["MessageSid"], fields["NumSegments"], fields["NumMedia"]) == (sent["sid"], "1", "0")
    assert sent["webhook_status"] == 200


async def test_a_failing_webhook_is_tried_again_and_then_reported(bench: Any) -> None:
    bench.account.answers["sms"] = [503]
    call = bench.http.post(f"/sim/phones/{PHONE}/sms", json={"to": OURS, "body": "x"})
    task = asyncio.create_task(call)
    await bench.until(task.done)
    assert task.result().json()["webhook_status"] == 503
    assert len(bench.account.seen("sms")) == 3
    assert (await bench.sim("GET", "alerts"))[0]["code"] == 11200


async def test_an_accepted_message_passes_through_its_statuses(bench: Any) -> None:
    answer = await send(bench, StatusCallback=CALLBACK)
    assert (answer.status_code, answer.json()["status"]) == (201, "queued")
    assert await bench.sim("GET", f"phones/{PHONE}/messages") == []
    await bench.until(lambda: len(statuses(bench)) == 3)
    assert statuses(bench) == ["sending", "sent", "delivered"]
    [received] = await bench.sim("GET", f"phones/{PHONE}/messages")
    assert received["body"] == "你好"
    fetched = await bench.rest("GET", f"Messages/{answer.json()['sid']}.json")
    assert fetched.json()["status"] == "delivered"


async def test_messages_are_listed_by_recipient_and_date(bench: Any) -> None:
    for _ in range(3):
        await send(bench)
    await bench.clock.advance(86400)
    newest = (await send(bench)).json()["sid"]
    tomorrow = bench.clock.now().date().isoformat()
    listed = await bench.rest("GET", f"Messages.json?To=%2B8613900000001&DateSent%3E={tomorrow}")
    assert [message["sid"] for message in listed.json()["messages"]] == [newest]
    page = (await bench.rest("GET", "Messages.json?PageSize=3")).json()
    assert len(page["messages"]) == 3
    following = await bench.http.get(
        page["next_page_uri"], auth=(bench.app.state.simulator.settings.account_sid, "simulated")
    )
    assert len(following.json()["messages"]) == 1
    assert (await bench.rest("GET", "Messages.json?To=%2B1")).json()["messages"] == []


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"To": ""}, 21604),
        ({"To": "12345"}, 21211),
        ({"From_": ""}, 21603),
        ({"From_": "+15550001111"}, 21606),
        ({"Body": ""}, 21602),
        ({"Body": "x" * 1601}, 21617),
    ],
)
async def test_bad_requests_get_twilios_code(bench: Any, form: dict[str, str], code: int) -> None:
    answer = await send(bench, **form)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


@pytest.mark.parametrize("auth", [None, ("AC" + "5" * 32, "wrong"), ("AC" + "6" * 32, "simulated")])
async def test_others_are_not_let_in(bench: Any, auth: tuple[str, str] | None) -> None:
    answer = await bench.http.get(f"/2010-04-01/Accounts/AC{'5' * 32}/Messages.json", auth=auth)
    assert (answer.status_code, answer.json()["code"]) == (401, 20003)


async def test_unknown_things_are_not_found(bench: Any) -> None:
    answer = await bench.rest("GET", f"Messages/SM{'0' * 32}.json")
    assert (answer.status_code, answer.json()["code"]) == (404, 20404)


class TestFaults:
    @pytest.mark.parametrize(
        ("fault", "status", "code"),
        [
            ({"kind": "refuse", "status": 400, "code": 21610}, 400, 21610),
            ({"kind": "rate_limit"}, 429, 20429),
            ({"kind": "error_500"}, 500, 20500),
        ],
    )
    async def test_a_request_can_be_refused_once(
        self, bench: Any, fault: dict[str, Any], status: int, code: int
    ) -> None:
        await bench.sim("POST", "faults", match="POST", **fault)
        answer = await send(bench)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert (await send(bench)).status_code == 201

    async def test_callbacks_can_be_repeated_reordered_and_lost(self, bench: Any) -> None:
        await bench.sim("POST", "faults", kind="duplicate", match="MessageStatus=sending")
        await send(bench, StatusCallback=CALLBACK)
        await bench.until(lambda: "delivered" in statuses(bench))
        assert statuses(bench) == ["sending", "sending", "sent", "delivered"]
        bench.account.requests.clear()
        await bench.sim("POST", "faults", kind="reorder", match="MessageStatus=sent")
        await send(bench, StatusCallback=CALLBACK)
        await bench.until(lambda: len(statuses(bench)) == 3)
        assert statuses(bench) == ["sending", "delivered", "sent"]
        bench.account.requests.clear()
        await bench.sim("POST", "faults", kind="drop", match="MessageStatus=sent")
        await send(bench, StatusCallback=CALLBACK)
        await bench.until(lambda: "delivered" in statuses(bench))
        assert statuses(bench) == ["sending", "delivered"]

    async def test_a_message_can_stay_undelivered(self, bench: Any) -> None:
        await bench.sim("POST", "faults", kind="undelivered", match=PHONE, code=30003)
        await send(bench, StatusCallback=CALLBACK)
        await bench.until(lambda: len(statuses(bench)) == 3)
        assert statuses(bench) == ["sending", "sent", "undelivered"]
        assert bench.account.seen("sent")[-1]["ErrorCode"] == "30003"
        assert await bench.sim("GET", f"phones/{PHONE}/messages") == []


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("[" * 80, 1),
        ("[" * 81, 2),
        ("你" * 70, 1),
        ("你" * 71, 2),
        ("😀" * 36, 2),
    ],
)
def test_segments(text: str, count: int) -> None:
    assert segments(text) == count


async def test_the_live_stream_resumes_after_the_last_event_seen(bench: Any) -> None:
    await bench.sim("POST", f"phones/{PHONE}/sms", to=OURS, body="one")
    await bench.sim("POST", f"phones/{PHONE}/sms", to=OURS, body="two")
    await bench.sim("POST", "phones/+8613900000002/sms", to=OURS, body="other")
    stream = bench.app.state.simulator.events.stream(1, PHONE)
    assert await anext(stream) == ": connected\n\n"
    event = await anext(stream)
    number, kind, data = (line.split(": ", 1)[1] for line in event.strip().splitlines())
    assert (number, kind, json.loads(data)["body"]) == ("2", "message.sent", "two")
    await bench.sim("POST", f"phones/{PHONE}/sms", to=OURS, body="three")
    assert '"three"' in await anext(stream)
    await stream.aclose()
