"""A reply finds its thread by what proves it; nothing else gets into one."""

from uuid import UUID

import pytest

from chassis.ids import uuid7
from contracts.interactions import InteractionStarted
from tests.contract.channel_email.conftest import CLAIMS, CUSTOMER, KEYS, SUPPORT, Post, mail

STRANGER = "mallory@elsewhere.example"


@pytest.fixture
async def begun(post: Post) -> UUID:
    """An interaction with the customer."""
    await post.smtp(mail(mail_id="<first@customer.example>"))
    (received,) = await post.received()
    return received.interaction_id


class TestReply:
    async def test_by_a_mail_program(self, post: Post, begun: UUID) -> None:
        answer = await post.answered(begun)
        await post.simulator.send(CUSTOMER, text="谢谢，收到了", in_reply_to=answer.id)
        (_, reply) = await post.received(2)
        assert (reply.interaction_id, reply.seq, reply.automatic) == (begun, 2, False)
        assert reply.personal.text == "谢谢，收到了"
        (row,) = await post.rows("select full_text from inbound_message where id = $1", reply.message_id)
        assert "写道" in row["full_text"]

    async def test_by_the_reply_address_alone(self, post: Post, begun: UUID) -> None:
        answer = await post.answered(begun)
        await post.smtp(mail("没有引用", to=answer.reply_to, subject=""), to=answer.reply_to)
        assert (await post.received(2))[1].interaction_id == begun

    async def test_by_the_address_in_a_header_when_the_envelope_lost_it(self, post: Post, begun: UUID) -> None:
        answer = await post.answered(begun)
        for header in ("Delivered-To", "X-Original-To", "X-Forwarded-To"):
            await post.smtp(mail(header, subject="", headers={header: answer.reply_to}))
        assert {each.interaction_id for each in await post.received(4)} == {begun}

    async def test_by_the_address_in_capitals(self, post: Post, begun: UUID) -> None:
        answer = await post.answered(begun)
        await post.smtp(mail("caps", to=answer.reply_to.upper(), subject=""), to=answer.reply_to.upper())
        assert (await post.received(2))[1].interaction_id == begun

    @pytest.mark.parametrize("header", ["In-Reply-To", "References"])
    async def test_by_our_message_id(self, post: Post, begun: UUID, header: str) -> None:
        answer = await post.answered(begun)
        await post.smtp(mail("ok", headers={header: f"<someone@else> <{answer.id}>"}))
        assert (await post.received(2))[1].interaction_id == begun

    async def test_by_their_own_earlier_mail(self, post: Post, begun: UUID) -> None:
        await post.smtp(mail("补充一句", headers={"In-Reply-To": "<first@customer.example>"}))
        assert (await post.received(2))[1].interaction_id == begun

    async def test_by_the_case_number_in_the_subject(self, post: Post, begun: UUID) -> None:
        await post.answered(begun, case_no="C-26-000017")
        await post.smtp(mail("又来了", subject="查询快递 [#C-26-000017]"))
        assert (await post.received(2))[1].interaction_id == begun

    async def test_a_new_mail_is_a_new_exchange(self, post: Post, begun: UUID) -> None:
        await post.answered(begun)
        await post.smtp(mail("另一件事", subject="发票"))
        assert (await post.received(2))[1].interaction_id != begun


class TestAfterTheEnd:
    async def test_a_reply_starts_an_interaction_that_carries_the_case(self, post: Post, begun: UUID) -> None:
        case_id = uuid7()
        answer = await post.answered(begun, case_id=case_id)
        await post.end(begun)
        await post.simulator.send(CUSTOMER, text="还是没收到", in_reply_to=answer.id)
        (_, reply) = await post.received(2)
        assert reply.interaction_id != begun
        assert reply.seq == 1
        (_, started) = await post.started()
        assert (started.interaction_id, started.case_id) == (reply.interaction_id, case_id)

    async def test_further_replies_join_the_new_one(self, post: Post, begun: UUID) -> None:
        answer = await post.answered(begun)
        await post.end(begun)
        for text in ("一", "二"):
            await post.simulator.send(CUSTOMER, text=text, in_reply_to=answer.id)
        messages = await post.received(3)
        assert messages[1].interaction_id == messages[2].interaction_id != begun

    async def test_without_an_answer_of_ours_there_is_no_case_yet(self, post: Post, begun: UUID) -> None:
        await post.end(begun)
        await post.smtp(mail("后续", headers={"References": "<first@customer.example>"}))
        (_, started) = await post.world.wait_published(InteractionStarted, 2)
        assert started.case_id is None

    async def test_another_subject_is_another_matter(self, post: Post, begun: UUID) -> None:
        answer = await post.answered(begun)
        await post.end(begun)
        await post.simulator.send(CUSTOMER, text="请开发票", in_reply_to=answer.id, subject="开票申请")
        (_, started) = await post.world.wait_published(InteractionStarted, 2)
        assert started.case_id is None


class TestStrangers:
    async def test_who_holds_our_mail_may_continue_the_case_as_himself(self, post: Post, begun: UUID) -> None:
        case_id = uuid7()
        answer = await post.answered(begun, case_id=case_id)
        await post.smtp(
            mail("我是他的家人", sender=STRANGER, to=answer.reply_to, subject=f"Re: {answer.subject}"),
            to=answer.reply_to,
            sender=STRANGER,
        )
        (_, other) = await post.received(2)
        (_, started) = await post.started()
        assert other.interaction_id != begun
        assert (started.personal.address, started.case_id) == (STRANGER, case_id)

    async def test_quoting_the_case_number_gets_nowhere(self, post: Post, begun: UUID) -> None:
        await post.answered(begun, case_no="C-26-000017")
        await post.smtp(mail("what about this case?", sender=STRANGER, subject="[#C-26-000017]"), sender=STRANGER)
        (_, other) = await post.received(2)
        (_, started) = await post.started()
        assert other.interaction_id != begun
        assert started.case_id is None

    async def test_quoting_the_customers_message_id_gets_nowhere(self, post: Post, begun: UUID) -> None:
        await post.answered(begun)
        raw = mail("hi", sender=STRANGER, headers={"In-Reply-To": "<first@customer.example>"})
        await post.smtp(raw, sender=STRANGER)
        (_, started) = await post.world.wait_published(InteractionStarted, 2)
        assert started.case_id is None

    async def test_guessed_tokens_get_nowhere(self, post: Post, begun: UUID) -> None:
        answer = await post.answered(begun)
        genuine = KEYS.reply_detail(begun)
        forged = genuine[:-1] + ("a" if genuine[-1] != "a" else "b")
        address = f"support+{forged}@posthouse.example"
        wrong_id = answer.id.replace("@", "x@")
        await post.smtp(
            mail("hi", sender=STRANGER, to=address, headers={"References": f"<{wrong_id}>"}),
            to=address,
            sender=STRANGER,
        )
        (_, other) = await post.received(2)
        (_, started) = await post.started()
        assert other.interaction_id != begun
        assert started.case_id is None

    async def test_a_token_counts_in_its_own_mailbox_only(self, post: Post, begun: UUID) -> None:
        answer = await post.answered(begun)
        address = answer.reply_to.replace("support+", "claims+")
        await post.smtp(mail("hi", to=address, subject=""), to=address)
        (_, other) = await post.received(2)
        assert other.interaction_id != begun
        assert (await post.started())[1].account == CLAIMS

    async def test_a_forged_from_is_seen_as_whom_it_answers_to(self, post: Post, begun: UUID) -> None:
        await post.answered(begun, case_no="C-26-000017")
        forged = mail("send me everything", subject="[#C-26-000017]", headers={"Reply-To": STRANGER})
        await post.smtp(forged, sender=STRANGER)
        (_, started) = await post.world.wait_published(InteractionStarted, 2)
        assert started.personal.address == STRANGER
        assert started.case_id is None

    async def test_our_own_address_as_reply_to_is_ignored(self, post: Post) -> None:
        await post.smtp(mail("hi", headers={"Reply-To": f"{SUPPORT.upper()}"}))
        (started,) = await post.world.wait_published(InteractionStarted)
        assert started.personal.address == CUSTOMER
