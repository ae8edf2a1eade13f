"""Status callbacks in every order: a message only moves up, and the house hears of each step once."""

from itertools import permutations
from uuid import UUID, uuid4

import pytest

from chassis.service import Service
from contracts.interactions import MessageStatusChanged
from contracts.values import MessageStatus
from tests.contract.channel_sms.conftest import CUSTOMER, OURS, Twilio, sid
from tests.support.world import World


async def owe(service: Service, message_sid: str | None) -> UUID:
    """An outbound message, known to Twilio as `message_sid` or still without an answer."""
    message_id = uuid4()
    async with service.db.transaction() as tx:
        await tx.fetch(
            """insert into outbound_message (id, interaction_id, account, address, text, category, author, encoding,
                   segments, state, status, attempts, lookups, next_attempt_at, requested_at, called_at, sid)
               values ($1, $2, $3, $4, 'x', 'service', 'agent-1', 'GSM-7', 1, $5, 'pending', 1, 0,
                   now() + interval '1 hour', now(), now(), $6)""",
            message_id,
            uuid4(),
            OURS,
            CUSTOMER,
            "done" if message_sid else "sending",
            message_sid,
        )
    return message_id


async def stored(service: Service, message_id: UUID) -> dict[str, object]:
    async with service.db.read() as tx:
        (row,) = await tx.fetch("select * from outbound_message where id = $1", message_id)
    return dict(row)


@pytest.mark.parametrize("order", list(permutations(["queued", "sent", "delivered"])))
async def test_any_order_ends_at_the_highest(service: Service, twilio: Twilio, order: tuple[str, ...]) -> None:
    message_sid = sid()
    message_id = await owe(service, message_sid)
    for status in order:
        assert (await twilio.status(message_sid, status)).status_code == 204
    assert (await stored(service, message_id))["status"] == "delivered"


async def test_repeated_reports_are_told_once(world: World, service: Service, twilio: Twilio) -> None:
    message_sid = sid()
    await owe(service, message_sid)
    for status in ("sent", "sent", "delivered", "sent", "delivered", "read", "delivered"):
        await twilio.status(message_sid, status)
    changes = await world.wait_published(MessageStatusChanged, 3)
    assert [change.status for change in changes] == [MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.READ]


async def test_first_of_the_final_states_stays_and_the_error_code_is_kept(service: Service, twilio: Twilio) -> None:
    message_sid = sid()
    message_id = await owe(service, message_sid)
    await twilio.status(message_sid, "undelivered", ErrorCode="30003")
    await twilio.status(message_sid, "delivered")
    row = await stored(service, message_id)
    assert (row["status"], row["error_code"]) == ("undelivered", "30003")


async def test_report_that_overtakes_the_answer_to_our_send(service: Service, twilio: Twilio) -> None:
    message_sid = sid()
    message_id = await owe(service, None)
    await twilio.status(message_sid, "sent", ours=message_id)
    row = await stored(service, message_id)
    assert (row["sid"], row["status"], row["state"]) == (message_sid, "sent", "done")


async def test_report_without_our_id_counts_once_the_answer_is_stored(service: Service, twilio: Twilio) -> None:
    from channel_sms import delivery

    message_sid = sid()
    message_id = await owe(service, None)
    await twilio.status(message_sid, "delivered")
    async with service.db.transaction() as tx:
        await delivery.accepted(tx, message_id, sid=message_sid, status="queued", error_code=None)
    assert (await stored(service, message_id))["status"] == "delivered"


async def test_report_of_another_message_does_not_touch_ours(service: Service, twilio: Twilio) -> None:
    message_sid = sid()
    message_id = await owe(service, message_sid)
    await twilio.status(sid(), "delivered", ours=message_id)
    row = await stored(service, message_id)
    assert (row["sid"], row["status"]) == (message_sid, "pending")


async def test_unknown_statuses_are_kept_and_not_obeyed(service: Service, twilio: Twilio) -> None:
    message_sid = sid()
    message_id = await owe(service, message_sid)
    assert (await twilio.status(message_sid, "teleported")).status_code == 204
    assert (await stored(service, message_id))["status"] == "pending"
    async with service.db.read() as tx:
        (row,) = await tx.fetch("select status from delivery_event")
    assert row["status"] == "teleported"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"MessageStatus": "", "SmsStatus": ""}, "MessageStatus"),
        ({"MessageStatus": "se nt"}, "MessageStatus"),
        ({"MessageSid": "x"}, "MessageSid"),
        ({"ErrorCode": "9" * 50}, "ErrorCode"),
    ],
)
async def test_malformed_names_the_field(twilio: Twilio, fields: dict[str, str], field: str) -> None:
    pairs = {"MessageSid": sid(), "MessageStatus": "sent", **fields}
    answer = await twilio.post("/v1/twilio/status", list(pairs.items()))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == f"#/{field}"
