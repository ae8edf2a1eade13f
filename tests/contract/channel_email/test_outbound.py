"""Mail goes out once, in order, or nobody claims that it did."""

from email import message_from_bytes
from email.policy import default
from uuid import UUID

import aiosmtplib
import pytest

from channel_email.domain.sending import INTERRUPTED
from chassis.bus.port import BusUnavailable
from chassis.db.server import PostgresServer
from chassis.ids import uuid7
from contracts.interactions import InteractionEnded, MessageStatusChanged
from contracts.sends import InteractionEndRequested
from contracts.values import Channel, EndedBy, MessageStatus
from tests.contract.channel_email.conftest import CUSTOMER, KEYS, RECOVERY_SECONDS, SUPPORT, Post, mail
from tests.support.world import eventually


@pytest.fixture
async def begun(post: Post) -> UUID:
    """An interaction with the customer."""
    await post.smtp(mail(mail_id="<first@customer.example>", headers={"References": "<zero@customer.example>"}))
    (received,) = await post.received()
    return received.interaction_id


async def statuses(post: Post, message_id: UUID) -> list[MessageStatus]:
    """What was said of a message, in order."""
    return [each.status for each in await post.world.published(MessageStatusChanged) if each.message_id == message_id]


async def texts(post: Post, count: int) -> list[str]:
    """The texts in the customer's mailbox, once there are `count`."""

    async def arrived() -> list[str]:
        return [each.text for each in post.simulator.mails(CUSTOMER)]

    return await eventually(arrived, lambda found: len(found) >= count)


async def settled(post: Post, message_id: UUID, status: MessageStatus) -> MessageStatusChanged:
    """The event that a message reached a status."""

    async def found() -> list[MessageStatusChanged]:
        try:
            events = await post.world.published(MessageStatusChanged)
        except BusUnavailable:  # a test has killed the database, and the bus with it
            return []
        return [each for each in events if (each.message_id, each.status) == (message_id, status)]

    return (await eventually(found))[0]


class TestSending:
    async def test_the_customer_gets_a_proper_reply(self, post: Post, begun: UUID) -> None:
        answer = await post.answered(begun, text="您好：\n包裹在 https://track.example/SF1 派送中。")
        assert answer.subject == "Re: 查询快递 [#C-26-000017]"
        assert answer.sender == f"王芳 · 驿站客服 <{SUPPORT}>"
        assert answer.text == "您好：\n包裹在 https://track.example/SF1 派送中。"
        assert '<a href="https://track.example/SF1">' in answer.html
        assert answer.in_reply_to == "first@customer.example"
        assert answer.references == ["zero@customer.example", "first@customer.example"]
        assert KEYS.own_messages([answer.id])[0].interaction_id == begun
        assert answer.reply_to == f"support+{KEYS.reply_detail(begun)}@posthouse.example"
        assert answer.envelope_sender.startswith("support+b")

    async def test_the_status_is_told(self, post: Post, begun: UUID) -> None:
        request = post.request(begun)
        await post.world.publish(request)
        sent = await settled(post, request.message_id, MessageStatus.SENT)
        assert sent.provider_message_id == post.simulator.mails(CUSTOMER)[0].id
        assert await statuses(post, request.message_id) == [MessageStatus.SENDING, MessageStatus.SENT]

    async def test_a_command_that_comes_twice_sends_once(self, post: Post, begun: UUID) -> None:
        request = post.request(begun)
        await post.world.publish(request, request, post.request(begun, text="第二封"))
        assert await texts(post, 2) == ["您好，包裹在派送中。", "第二封"]

    async def test_the_thread_grows(self, post: Post, begun: UUID) -> None:
        one = await post.answered(begun, text="一")
        two = await post.answered(begun, text="二")
        assert two.references == ["zero@customer.example", one.id, "first@customer.example"]
        await post.simulator.send(CUSTOMER, text="好", in_reply_to=two.id)
        await post.received(2)
        three = await post.answered(begun, text="三")
        assert three.references[:-1] == [*two.references, two.id]
        assert three.subject == "Re: 查询快递 [#C-26-000017]"

    async def test_mails_of_an_interaction_keep_their_order(self, post: Post, begun: UUID) -> None:
        post.simulator.let_fail(CUSTOMER, "later", times=2)
        await post.world.publish(*(post.request(begun, text=f"{n}") for n in range(5)))
        assert await texts(post, 5) == ["0", "1", "2", "3", "4"]

    async def test_a_received_file_can_be_sent_on(self, post: Post, begun: UUID) -> None:
        with_file = mail("见附件", headers={"In-Reply-To": "<first@customer.example>"})
        with_file.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="运单.pdf")
        await post.smtp(with_file)
        (_, received) = await post.received(2)
        answer = await post.answered(begun, attachments=received.personal.attachments)
        assert [(file.name, file.content_type, file.size) for file in answer.files] == [
            ("运单.pdf", "application/pdf", 8)
        ]

    async def test_other_channels_are_not_ours(self, post: Post, begun: UUID) -> None:
        foreign = post.request(begun).model_copy(update={"channel": Channel.SMS})
        await post.world.publish(foreign)
        await post.answered(begun)
        assert len(post.simulator.mails(CUSTOMER)) == 1

    async def test_unknown_interaction(self, post: Post) -> None:
        request = post.request(uuid7())
        await post.world.publish(request)
        failed = await settled(post, request.message_id, MessageStatus.FAILED)
        assert failed.error_code == "unknown_interaction"

    async def test_line_breaks_do_not_make_headers(self, post: Post, begun: UUID) -> None:
        answer = await post.answered(begun, subject="hello\r\nBcc: victim@example.org")
        assert answer.subject == "hello Bcc: victim@example.org [#C-26-000017]"


class TestFailures:
    async def test_refused(self, post: Post, begun: UUID) -> None:
        post.simulator.let_fail(CUSTOMER, "refuse")
        request = post.request(begun)
        await post.world.publish(request)
        failed = await settled(post, request.message_id, MessageStatus.FAILED)
        assert failed.error_code == "550"
        assert await statuses(post, request.message_id) == [MessageStatus.FAILED]

    async def test_later_is_tried_again(self, post: Post, begun: UUID) -> None:
        post.simulator.let_fail(CUSTOMER, "later", times=2)
        request = post.request(begun)
        await post.world.publish(request)
        await settled(post, request.message_id, MessageStatus.SENT)
        assert len(post.simulator.mails(CUSTOMER)) == 1

    async def test_later_for_ever_fails(self, post: Post, begun: UUID) -> None:
        post.simulator.let_fail(CUSTOMER, "later", times=99)
        request = post.request(begun)
        await post.world.publish(request)
        failed = await settled(post, request.message_id, MessageStatus.FAILED)
        assert failed.error_code == "451"

    async def test_no_mail_server(self, post: Post, begun: UUID) -> None:
        await post.simulator.stop()
        request = post.request(begun)
        await post.world.publish(request)
        failed = await settled(post, request.message_id, MessageStatus.FAILED)
        assert failed.error_code == "unreachable"

    @pytest.mark.parametrize("fault", ["silent", "cut"])
    async def test_no_answer_after_the_content_is_never_sent_again(self, post: Post, begun: UUID, fault: str) -> None:
        post.simulator.let_fail(CUSTOMER, fault)  # type: ignore[arg-type]
        request = post.request(begun)
        await post.world.publish(request)
        unknown = await settled(post, request.message_id, MessageStatus.UNKNOWN)
        assert unknown.error_code == INTERRUPTED
        await post.world.publish(post.request(begun, text="下一封"))
        assert await texts(post, 2) == ["您好，包裹在派送中。", "下一封"]

    async def test_an_answer_of_the_customer_settles_the_unknown(self, post: Post, begun: UUID) -> None:
        post.simulator.let_fail(CUSTOMER, "cut")
        request = post.request(begun)
        await post.world.publish(request)
        await settled(post, request.message_id, MessageStatus.UNKNOWN)
        await post.simulator.send(CUSTOMER, text="收到", in_reply_to=post.simulator.mails(CUSTOMER)[0].id)
        await settled(post, request.message_id, MessageStatus.DELIVERED)

    @pytest.mark.timeout(2 * RECOVERY_SECONDS)
    async def test_the_database_away_while_the_answer_comes(
        self, post: Post, begun: UUID, postgres_server: PostgresServer
    ) -> None:
        """What the mail server said is recorded as soon as there is a database again."""
        keep = post.simulator.keep

        def keep_and_kill(content: bytes, *, envelope_sender: str, recipient: str) -> None:
            postgres_server.kill()
            keep(content, envelope_sender=envelope_sender, recipient=recipient)

        post.simulator.keep = keep_and_kill  # type: ignore[method-assign]
        request = post.request(begun)
        await post.world.publish(request)

        async def arrived() -> int:
            return len(post.simulator.mails(CUSTOMER))

        try:
            await eventually(arrived)
        finally:
            post.simulator.keep = keep  # type: ignore[method-assign]
            postgres_server.start(timeout=RECOVERY_SECONDS)
        await settled(post, request.message_id, MessageStatus.SENT)
        assert await arrived() == 1


class TestBounces:
    async def test_a_bounce_makes_it_undelivered(self, post: Post, begun: UUID) -> None:
        post.simulator.let_fail(CUSTOMER, "bounce")
        request = post.request(begun)
        await post.world.publish(request)
        undelivered = await settled(post, request.message_id, MessageStatus.UNDELIVERED)
        assert undelivered.error_code == "5.1.1"
        assert "no such mailbox" in (undelivered.error_text or "")
        (_, report) = await post.received(2)
        assert report.automatic
        assert report.interaction_id == begun

    async def test_without_a_standard_report_the_bounce_address_tells(self, post: Post, begun: UUID) -> None:
        answer = await post.answered(begun)
        message_id = KEYS.own_messages([answer.id])[0].message_id
        await settled(post, message_id, MessageStatus.SENT)
        text = "Sorry, it did not work.\n550 5.7.1 rejected by policy"
        bounce = mail(text, sender="postmaster@odd.example", to=answer.envelope_sender, subject="failure notice")
        await post.smtp(bounce, to=answer.envelope_sender, sender="")
        undelivered = await settled(post, message_id, MessageStatus.UNDELIVERED)
        assert undelivered.error_code == "5.7.1"

    async def test_a_delay_is_no_bounce(self, post: Post, begun: UUID) -> None:
        answer = await post.answered(begun)
        text = "Delivery delayed, will be tried again.\n450 4.2.0 mailbox busy"
        delay = mail(text, sender="mailer-daemon@odd.example", to=answer.envelope_sender, subject="Delivery delayed")
        await post.smtp(delay, to=answer.envelope_sender, sender="")
        await post.received(2)
        events = await post.world.published(MessageStatusChanged)
        assert MessageStatus.UNDELIVERED not in {each.status for each in events}

    async def test_a_bounce_without_our_signature_changes_nothing(self, post: Post, begun: UUID) -> None:
        answer = await post.answered(begun)
        forged = answer.envelope_sender.replace("support+b", "support+c")
        bounce = mail("550 5.1.1", sender="mailer-daemon@evil.example", to=forged, subject="Undelivered Mail")
        await post.smtp(bounce, to=forged, sender="")
        await post.smtp(mail("afterwards"))
        await post.received(2)
        events = await post.world.published(MessageStatusChanged)
        assert MessageStatus.UNDELIVERED not in {each.status for each in events}


class TestEnd:
    async def test_is_told_once(self, post: Post, begun: UUID) -> None:
        for _ in range(2):
            await post.world.publish(
                InteractionEndRequested(
                    interaction_id=begun,
                    channel=Channel.EMAIL,
                    ended_by=EndedBy.AGENT,
                    reason="closed",
                    requested_at=post.world.clock.now(),
                )
            )
        await post.answered(begun, text="still possible")
        (ended,) = await post.world.published(InteractionEnded)
        assert (ended.interaction_id, ended.ended_by, ended.reason) == (begun, EndedBy.AGENT, "closed")


class TestWire:
    async def test_the_mail_is_seven_bit_with_short_lines(self, post: Post, begun: UUID) -> None:
        captured: list[bytes] = []
        keep = post.simulator.keep

        def capture(content: bytes, *, envelope_sender: str, recipient: str) -> None:
            captured.append(content)
            keep(content, envelope_sender=envelope_sender, recipient=recipient)

        post.simulator.keep = capture  # type: ignore[method-assign]
        await post.answered(begun, text="长" * 3000 + "\n.\n..\nend")
        (content,) = captured
        assert content.isascii()
        assert max(len(line) for line in content.split(b"\r\n")) <= 998
        body = message_from_bytes(content, policy=default).get_body(("plain",))
        assert body is not None
        assert str(body.get_content()).split()[1:] == [".", "..", "end"]

    async def test_simulated_server_is_a_real_one(self, post: Post) -> None:
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=post.simulator.port)
        await client.connect()
        assert (await client.ehlo()).code == 250
        client.close()
