"""Mails that we begin, files of cases in them, and erasing what is stored of a person."""

import hashlib
from uuid import UUID

import httpx
import pytest

from channel_email.case_files import PREFIX
from chassis.ids import uuid7
from contracts.customers import CustomerErased
from contracts.interactions import InteractionEnded, InteractionStarted, MessageReceived, MessageStatusChanged
from contracts.values import Attachment, MessageStatus
from tests.contract.channel_email.conftest import CUSTOMER, SUPPORT, Post, mail
from tests.support.world import eventually

PHOTO = b"\x89PNG\r\n\x1a\n0"


def photo(**changes: object) -> Attachment:
    """A file that the case service keeps."""
    file_id = uuid7()
    known = {
        "attachment_id": str(file_id),
        "name": "破损.png",
        "content_type": "image/png",
        "size": len(PHOTO),
        "url": f"{PREFIX}{file_id}",
        "sha256": hashlib.sha256(PHOTO).hexdigest(),
    }
    return Attachment.model_validate({**known, **changes})


@pytest.fixture
def case_service(monkeypatch: pytest.MonkeyPatch) -> list[httpx.Request]:
    """The case service, as far as it hands out files: away the first time it is asked."""
    seen: list[httpx.Request] = []

    async def send(_self: object, request: httpx.Request, **_options: object) -> httpx.Response:
        seen.append(request)
        return httpx.Response(503 if len(seen) == 1 else 200, content=PHOTO, request=request)

    monkeypatch.setattr(httpx.AsyncClient, "send", send)
    return seen


async def test_a_mail_of_ours_begins_an_exchange_and_carries_files_of_the_case(
    post: Post, case_service: list[httpx.Request], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Tokens:
        async def bearer(self) -> str:
            return "t"

    monkeypatch.setattr(post.world.runtime, "tokens", Tokens())
    interaction_id = uuid7()
    request = post.request(interaction_id, recipient=CUSTOMER, subject="投诉已受理", attachments=(photo(),))
    await post.world.publish(request)
    (began,) = await post.world.wait_published(InteractionStarted)
    assert (began.interaction_id, began.direction, began.account) == (interaction_id, "outbound", SUPPORT)

    async def arrived() -> list[object]:
        return [file for one in post.simulator.mails(CUSTOMER) for file in one.files]

    assert len(await eventually(arrived)) == 1
    assert len(case_service) == 2 and case_service[0].headers["Authorization"] == "Bearer t"
    wrong = post.request(interaction_id, attachments=(photo(sha256="0" * 64),))
    await post.world.publish(wrong)
    changes = await eventually(
        lambda: post.world.published(MessageStatusChanged),
        lambda found: any(e.message_id == wrong.message_id and e.status is MessageStatus.FAILED for e in found),
    )
    assert next(e for e in changes if e.message_id == wrong.message_id).error_code == "attachment_missing"


async def test_what_is_stored_of_a_person_goes(post: Post) -> None:
    await post.smtp(mail("我叫李雷，请回电", subject="李雷的包裹"))
    (received,) = await post.received()
    blob = (await post.rows("select raw from inbound_message"))[0]["raw"]
    blobs = post.service.app.state.blobs
    assert await blobs.get(blob)
    erased = CustomerErased(
        customer_id=uuid7(), interaction_ids=(received.interaction_id,), erased_at=post.world.clock.now()
    )
    await post.world.publish(erased)
    (ended,) = await post.world.wait_published(InteractionEnded)
    assert ended.reason == "erased"
    left = await post.rows("select i::text as row from interaction i union all select m::text from inbound_message m")
    assert len(left) == 2
    assert not any("李雷" in row["row"] or CUSTOMER in row["row"] for row in left)
    folder = [path.name for path in blobs._directory.rglob("*")]
    assert blob not in folder
    await post.smtp(mail("我叫李雷，请回电", subject="李雷的包裹", mail_id="<again@customer.example>"))
    assert len(await post.world.wait_published(MessageReceived, 2)) == 2  # a new mail is a new contact
    started: list[UUID] = [event.interaction_id for event in await post.started()]
    assert len(set(started)) == 2
