"""Mail comes in by SMTP and LMTP: stored once, in a committed transaction, or refused in a way that keeps it."""

import asyncio

import pytest

from channel_email.domain.mail import Automatic
from channel_email.parameters import EmailParameters
from chassis.db.server import PostgresServer
from contracts.interactions import InteractionStarted
from contracts.values import Channel, ContactKind, Language
from posthouse.simulators.mailbox.simulator import NotDelivered
from tests.contract.channel_email.conftest import CLAIMS, CUSTOMER, KEYS, RECOVERY_SECONDS, SUPPORT, Post, mail
from tests.support.world import eventually


class TestFirstMail:
    async def test_starts_an_interaction_and_is_received(self, post: Post) -> None:
        code, _ = await post.smtp(
            mail("您好，单号 SF1234567890 到哪了", sender=f"李雷 <{CUSTOMER}>", mail_id="<a1@c.example>")
        )
        assert code == 250
        (received,) = await post.received()
        (started,) = await post.started()
        assert started.interaction_id == received.interaction_id
        assert started.channel is Channel.EMAIL
        assert started.account == SUPPORT
        assert started.contact_kind is ContactKind.EMAIL
        assert started.personal.address == CUSTOMER
        assert started.personal.display_name == "李雷"
        assert started.language is Language.ZH_CN
        assert started.case_id is None
        assert (received.seq, received.automatic, received.provider_message_id) == (1, False, "a1@c.example")
        assert received.personal.text == "您好，单号 SF1234567890 到哪了"
        assert received.personal.subject == "查询快递"

    async def test_an_accepted_mail_is_stored_when_the_answer_comes(self, post: Post) -> None:
        await post.smtp(mail())
        (row,) = await post.rows("select via, raw_size, raw from inbound_message")
        assert row["via"] == "smtp"
        assert len(await post.service.app.state.blobs.get(row["raw"])) == row["raw_size"]

    async def test_mails_of_different_people_are_different_interactions(self, post: Post) -> None:
        await post.smtp(mail())
        await post.smtp(mail(sender="han.meimei@customer.example"))
        await post.smtp(mail(to=CLAIMS), to=CLAIMS)
        assert len({each.interaction_id for each in await post.received(3)}) == 3

    async def test_a_burst_is_numbered_without_gaps(self, post: Post) -> None:
        first = mail(mail_id="<first@c.example>")
        await post.smtp(first)
        (received,) = await post.received()
        follow_ups = [mail(f"补充 {n}", headers={"In-Reply-To": "<first@c.example>"}) for n in range(20)]
        await asyncio.gather(*(post.smtp(each) for each in follow_ups))
        messages = await post.received(21)
        assert {each.interaction_id for each in messages} == {received.interaction_id}
        assert sorted(each.seq for each in messages) == list(range(1, 22))


class TestTwice:
    async def test_the_same_mail_counts_once(self, post: Post) -> None:
        same = mail(mail_id="<same@c.example>")
        for _ in range(3):
            assert (await post.smtp(same))[0] == 250
        await post.lmtp(b"Received: by another.example; Mon, 05 Jan 2026 09:00:01 +0800\r\n" + same.as_bytes())
        await post.smtp(mail("最后一封"))
        texts = [each.personal.text for each in await post.received(2)]
        assert sorted(texts) == sorted(["我的快递到哪里了？", "最后一封"])

    async def test_at_the_same_moment(self, post: Post) -> None:
        same = mail(mail_id="<same@c.example>")
        answers = await asyncio.gather(*(post.smtp(same) for _ in range(10)))
        assert {code for code, _ in answers} == {250}
        assert len(await post.rows("select 1 from inbound_message")) == 1

    async def test_without_message_id(self, post: Post) -> None:
        for _ in range(2):
            await post.smtp(mail(mail_id=None))
        await post.smtp(mail("别的内容", mail_id=None))
        assert len(await post.rows("select 1 from inbound_message")) == 2

    async def test_an_empty_message_id_joins_nothing(self, post: Post) -> None:
        for text in ("甲", "乙"):
            raw = mail(text, mail_id=None, sender=f"{'a' if text == '甲' else 'b'}@c.example").as_bytes()
            await post.smtp(b"Message-ID: <>\r\n" + raw)
        messages = await post.received(2)
        assert len({each.interaction_id for each in messages}) == 2

    async def test_different_mails_under_one_message_id_are_both_kept(self, post: Post) -> None:
        await post.smtp(mail("第一封", mail_id="<constant@broken.example>"))
        await post.smtp(mail("第二封", mail_id="<constant@broken.example>"))
        assert [each.personal.text for each in await post.received(2)] == ["第一封", "第二封"]

    async def test_two_mailboxes_each_get_it(self, post: Post) -> None:
        await post.smtp(mail(to=f"{SUPPORT}, {CLAIMS}"), to=[SUPPORT, CLAIMS])
        assert {each.account for each in await post.world.wait_published(InteractionStarted, 2)} == {SUPPORT, CLAIMS}


class TestRefusals:
    async def test_unknown_mailbox(self, post: Post) -> None:
        code, text = await post.smtp(mail(), to="nobody@posthouse.example")
        assert (code, text[:5]) == (550, "5.1.1")

    async def test_no_relaying(self, post: Post) -> None:
        assert (await post.smtp(mail(), to="someone@else.example"))[0] == 550

    async def test_a_detail_is_part_of_no_mailbox_name(self, post: Post) -> None:
        assert (await post.smtp(mail(), to="support+whatever@posthouse.example"))[0] == 250

    @pytest.mark.timeout(2 * RECOVERY_SECONDS)
    async def test_database_away(self, post: Post, postgres_server: PostgresServer) -> None:
        postgres_server.kill()
        try:
            code, _ = await post.smtp(mail(mail_id="<later@c.example>"))
        finally:
            postgres_server.start(timeout=RECOVERY_SECONDS)
        assert code == 451

        async def again() -> bool:
            return (await post.smtp(mail(mail_id="<later@c.example>")))[0] == 250

        await eventually(again)
        assert len(await post.rows("select 1 from inbound_message")) == 1

    async def test_bus_away(self, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(post.service, "_bus_answers", False)
        monkeypatch.setattr(post.service, "_bus_healthy", _never)
        assert (await post.smtp(mail()))[0] == 451
        assert await post.rows("select 1 from inbound_message") == []

    async def test_files_cannot_be_written(self, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
        blobs = post.service.app.state.blobs
        monkeypatch.setattr(blobs, "_put", _full_disk)
        assert (await post.smtp(mail()))[0] == 451
        assert await post.rows("select 1 from inbound_message") == []

    async def test_draining(self, post: Post) -> None:
        post.world.runtime.draining.set()
        assert (await post.smtp(mail()))[0] == 421

    async def test_lmtp_answers_for_each_recipient(self, post: Post) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", post.port("lmtp"))
        await reader.readline()
        writer.write(b"LHLO mx.example\r\n")
        while (await reader.readline())[3:4] == b"-":
            pass
        content = mail().as_bytes().replace(b"\n", b"\r\n")
        writer.write(
            b"MAIL FROM:<a@b.example>\r\nRCPT TO:<support@posthouse.example>\r\nRCPT TO:<claims@posthouse.example>\r\n"
            b"RCPT TO:<nobody@posthouse.example>\r\nDATA\r\n" + content + b"\r\n.\r\nQUIT\r\n"
        )
        replies = [(await reader.readline())[:3] for _ in range(8)]
        writer.close()
        assert replies == [b"250", b"250", b"250", b"550", b"354", b"250", b"250", b"221"]


async def _never() -> bool:
    return False


def _full_disk(_contents: list[bytes]) -> list[str]:
    raise OSError(28, "No space left on device")


class TestOversize:
    @pytest.fixture
    def parameters(self) -> EmailParameters:
        return EmailParameters(mail_bytes=70_000)

    async def test_announced_size_is_refused_before_the_content(self, post: Post) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", post.port("smtp"))
        await reader.readline()
        writer.write(b"EHLO mx.example\r\n")
        while (await reader.readline())[3:4] == b"-":
            pass
        writer.write(b"MAIL FROM:<a@b.example> SIZE=70001\r\n")
        assert (await reader.readline()).startswith(b"552")
        writer.close()

    async def test_unannounced_size_is_refused_after_it(self, post: Post) -> None:
        code, _ = await post.smtp(mail("长" * 70_000))
        assert code == 552
        with pytest.raises(NotDelivered) as refused:
            await post.lmtp(mail("长" * 70_000))
        assert refused.value.code == 552
        assert await post.rows("select 1 from inbound_message") == []

    async def test_long_lines_are_no_reason_to_lose_a_mail(self, post: Post) -> None:
        raw = b"From: a@c.example\r\nSubject: long\r\nMessage-ID: <l@c.example>\r\n\r\n" + b"x" * 60_000 + b"\r\n"
        assert (await post.smtp(raw))[0] == 250
        (received,) = await post.received()
        assert len(received.personal.text) == 50_000


class TestMalformed:
    @pytest.mark.parametrize(
        "raw",
        [
            b"",
            b"\r\n\r\n",
            b"no header at all, just words",
            b"From: \xff\xfe\r\nSubject: \x80\x81\r\nMessage-ID: <\xff@x>\r\n\r\n\x00\x01\xff",
            b"From: a@c.example\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--y\r\n\r\nlost\r\n",
            b"From: a@c.example\r\nContent-Type: text/plain; charset=x-unknown\r\n\r\nhello \xe9\r\n",
            b"From: a@c.example\r\n"
            + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(2000)),
        ],
        ids=["nothing", "no-fields", "no-header", "bytes", "lost-boundary", "unknown-charset", "nested-2000-deep"],
    )
    async def test_is_shown_all_the_same(self, post: Post, raw: bytes) -> None:
        assert (await post.smtp(raw, sender="a@c.example"))[0] == 250
        (received,) = await post.received()
        assert received.seq == 1

    async def test_what_cannot_be_read_is_attached(self, post: Post) -> None:
        nested = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(2000))
        raw = b"From: a@c.example\r\nSubject: help\r\n" + nested
        await post.smtp(raw)
        (received,) = await post.received()
        (file,) = received.personal.attachments
        assert file.name == "original.eml"
        assert received.personal.subject == "help"
        assert "附件" in received.personal.text or "attached" in received.personal.text

    async def test_no_sender_anywhere(self, post: Post) -> None:
        await post.smtp(b"Subject: who am I\r\n\r\nhello there, nobody\r\n", sender="")
        (started,) = await post.world.wait_published(InteractionStarted)
        assert started.personal.address.endswith("@unknown.invalid")


class TestAutomatic:
    async def test_auto_reply_to_us_is_filed_but_no_answer(self, post: Post) -> None:
        await post.smtp(mail())
        (received,) = await post.received()
        answer = await post.answered(received.interaction_id)
        vacation = mail(
            "I am away until Monday.",
            to=answer.reply_to,
            subject="Automatic reply: Re: 查询快递",
            headers={"Auto-Submitted": "auto-replied", "In-Reply-To": f"<{answer.id}>"},
        )
        await post.smtp(vacation, to=answer.reply_to, sender="")
        (_, automatic) = await post.received(2)
        assert automatic.automatic
        assert (automatic.interaction_id, automatic.seq) == (received.interaction_id, 2)

    async def test_it_does_not_reopen_what_has_ended(self, post: Post) -> None:
        await post.smtp(mail())
        (received,) = await post.received()
        answer = await post.answered(received.interaction_id)
        await post.end(received.interaction_id)
        vacation = mail("away", to=answer.reply_to, headers={"Auto-Submitted": "auto-replied"})
        await post.smtp(vacation, to=answer.reply_to)
        (_, automatic) = await post.received(2)
        assert automatic.interaction_id == received.interaction_id
        assert len(await post.started()) == 1

    async def test_a_merchants_help_desk_is_read_by_a_person(self, post: Post) -> None:
        marked = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
        await post.smtp(mail("本店客户投诉包裹破损", headers=marked))
        (opened,) = await post.received()
        assert not opened.automatic
        answer = await post.answered(opened.interaction_id)
        reply = mail("照片见附件", to=answer.reply_to, subject=f"Re: {answer.subject}", headers=marked)
        await post.smtp(reply, to=answer.reply_to)
        (_, replied) = await post.received(2)
        assert (replied.interaction_id, replied.automatic) == (opened.interaction_id, False)

    async def test_generated_mail_is_no_answer_of_a_person_who_wrote_before(self, post: Post) -> None:
        await post.smtp(mail())
        (received,) = await post.received()
        answer = await post.answered(received.interaction_id)
        generated = mail("ticket received", to=answer.reply_to, headers={"Auto-Submitted": "auto-generated"})
        await post.smtp(generated, to=answer.reply_to)
        assert (await post.received(2))[1].automatic

    async def test_a_newsletter_is_automatic(self, post: Post) -> None:
        await post.smtp(mail("big sale", headers={"List-Unsubscribe": "<https://shop.example/u>"}))
        assert (await post.received())[0].automatic

    async def test_machines_answer_the_bounce_address(self, post: Post) -> None:
        await post.smtp(mail())
        (received,) = await post.received()
        answer = await post.answered(received.interaction_id)
        await post.smtp(mail("no headers to tell", to=answer.envelope_sender), to=answer.envelope_sender)
        (_, automatic) = await post.received(2)
        assert automatic.automatic
        assert automatic.interaction_id == received.interaction_id

    async def test_bounces_of_foreign_mail_are_kept_but_not_shown(self, post: Post) -> None:
        bounce = mail("550 5.1.1 unknown user", sender="MAILER-DAEMON@mx.example", subject="Undelivered Mail")
        assert (await post.smtp(bounce, sender=""))[0] == 250
        await post.smtp(mail("an ordinary one"))
        assert len(await post.received()) == 1
        (row,) = await post.rows("select automatic, interaction_id from inbound_message where automatic is not null")
        assert (row["automatic"], row["interaction_id"]) == (Automatic.BOUNCE, None)

    async def test_our_own_mail_that_comes_back_is_not_shown(self, post: Post) -> None:
        await post.smtp(mail())
        (received,) = await post.received()
        answer = await post.answered(received.interaction_id)
        assert KEYS.own_messages([answer.id])
        await post.smtp(mail("hello", sender=SUPPORT, mail_id=f"<{answer.id}>"))
        await post.smtp(mail("an ordinary one"))
        assert [each.personal.text for each in await post.received(2)] == ["我的快递到哪里了？", "an ordinary one"]
