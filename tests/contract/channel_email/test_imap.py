"""Mail is read from a real IMAP server: pushed or polled, once each, and the folder stays as it was."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from channel_email.app import build
from channel_email.parameters import EmailParameters
from channel_email.settings import ImapAccount, MailboxSettings, Settings
from posthouse.simulators.mailbox import MailboxSimulator
from tests.contract.channel_email.conftest import CUSTOMER, SUPPORT, Post, free_port, mail
from tests.contract.channel_email.dovecot import Dovecot, is_installed
from tests.support.world import World, eventually


@pytest.fixture
def idle() -> bool:
    """Whether the server offers IDLE."""
    return True


@pytest.fixture
async def dovecot(tmp_path_factory: pytest.TempPathFactory, idle: bool) -> AsyncIterator[Dovecot]:
    """An IMAP server of this test's own."""
    if not is_installed():
        if os.environ.get("CI"):
            pytest.fail("Dovecot is missing: install dovecot-imapd and dovecot-lmtpd, and run as root")
        pytest.skip("needs Dovecot (dovecot-imapd, dovecot-lmtpd) and root")
    folder = tmp_path_factory.mktemp("dovecot")
    server = Dovecot(folder, imap_port=free_port(), lmtp_port=free_port(), idle=idle)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def settings(settings: Settings, dovecot: Dovecot) -> Settings:
    """The support mailbox is read by IMAP, too."""
    account = ImapAccount(host="127.0.0.1", port=dovecot.imap_port, tls=False, user=SUPPORT, password=SecretStr("test"))
    return settings.model_copy(update={"mailboxes": (MailboxSettings(address=SUPPORT, imap=account),)})


@pytest.fixture
def parameters(parameters: EmailParameters) -> EmailParameters:
    """A minute between looks: what comes sooner was pushed."""
    return parameters.model_copy(update={"imap_poll_seconds": 60, "imap_timeout_seconds": 5})


async def connected(post: Post) -> None:
    """Wait until the folder has been read once."""
    await eventually(lambda: post.rows("select 1 from imap_mark"))


class TestIdle:
    async def test_new_mail_is_pushed(self, post: Post, dovecot: Dovecot) -> None:
        await connected(post)
        await dovecot.deliver(mail("你好").as_bytes(), to=SUPPORT)
        (received,) = await post.received()
        assert received.personal.text == "你好"
        (row,) = await post.rows("select via, return_path from inbound_message")
        assert (row["via"], row["return_path"]) == ("imap", CUSTOMER)

    async def test_one_after_the_other_in_order(self, post: Post, dovecot: Dovecot) -> None:
        await connected(post)
        for number in range(5):
            await dovecot.deliver(mail(f"{number}").as_bytes(), to=SUPPORT)
        received = await post.received(5)
        assert [each.personal.text for each in sorted(received, key=lambda each: each.occurred_at)] == list("01234")

    async def test_nothing_is_marked_as_read(self, post: Post, dovecot: Dovecot) -> None:
        await dovecot.deliver(mail().as_bytes(), to=SUPPORT)
        await post.received()
        assert await dovecot.run(SUPPORT, ("search", None, "SEEN")) == [b""]
        assert await dovecot.run(SUPPORT, ("search", None, "UNSEEN")) == [b"1"]

    async def test_mail_that_somebody_has_read_is_taken_too(self, post: Post, dovecot: Dovecot) -> None:
        await connected(post)
        await dovecot.run(SUPPORT, ("append", "INBOX", r"(\Seen)", None, mail("已读").as_bytes()))
        assert (await post.received())[0].personal.text == "已读"

    async def test_the_token_in_delivered_to(self, post: Post, dovecot: Dovecot) -> None:
        await dovecot.deliver(mail().as_bytes(), to=SUPPORT)
        (first,) = await post.received()
        answer = await post.answered(first.interaction_id)
        await dovecot.deliver(mail("按地址", subject="").as_bytes(), to=answer.reply_to)
        assert (await post.received(2))[1].interaction_id == first.interaction_id


class TestPoll:
    @pytest.fixture
    def idle(self) -> bool:
        return False

    @pytest.fixture
    def parameters(self, parameters: EmailParameters) -> EmailParameters:
        return parameters.model_copy(update={"imap_poll_seconds": 0.2, "imap_timeout_seconds": 5})

    async def test_new_mail_is_found(self, post: Post, dovecot: Dovecot) -> None:
        await connected(post)
        await dovecot.deliver(mail("轮询").as_bytes(), to=SUPPORT)
        assert (await post.received())[0].personal.text == "轮询"


class TestOnce:
    async def test_the_same_mail_by_lmtp_and_imap(self, post: Post, dovecot: Dovecot) -> None:
        await connected(post)
        same = mail("两条路", mail_id="<both@customer.example>").as_bytes()
        await asyncio.gather(post.lmtp(same), dovecot.deliver(same, to=SUPPORT))
        await dovecot.deliver(mail("末").as_bytes(), to=SUPPORT)
        assert sorted(each.personal.text for each in await post.received(2)) == ["两条路", "末"]
        assert len(await post.rows("select 1 from inbound_message")) == 2

    async def test_without_message_id_by_lmtp_and_imap(self, post: Post, dovecot: Dovecot) -> None:
        await connected(post)
        same = mail("无编号", mail_id=None).as_bytes()
        await post.lmtp(same)
        await dovecot.deliver(same, to=SUPPORT)
        await dovecot.deliver(mail("末").as_bytes(), to=SUPPORT)
        await post.received(2)
        assert len(await post.rows("select 1 from inbound_message")) == 2

    async def test_renumbered_folder(self, post: Post, dovecot: Dovecot) -> None:
        await dovecot.deliver(mail("旧").as_bytes(), to=SUPPORT)
        await post.received()
        async with post.service.db.transaction() as tx:
            await tx.fetch("update imap_mark set uid_validity = uid_validity - 1, last_uid = 4711")
        await dovecot.deliver(mail("新").as_bytes(), to=SUPPORT)
        assert [each.personal.text for each in await post.received(2)] == ["旧", "新"]
        (mark,) = await eventually(lambda: post.rows("select last_uid from imap_mark where last_uid = 2"))
        assert mark["last_uid"] == 2

    async def test_after_a_restart(
        self,
        world: World,
        settings: Settings,
        parameters: EmailParameters,
        simulator: MailboxSimulator,
        post: Post,
        dovecot: Dovecot,
    ) -> None:
        await dovecot.deliver(mail("之前").as_bytes(), to=SUPPORT)
        await post.received()
        await post.service.stop()
        await dovecot.deliver(mail("期间").as_bytes(), to=SUPPORT)
        again = Post(world, await world.start(build, settings, parameters), simulator)
        assert [each.personal.text for each in await again.received(2)] == ["之前", "期间"]
        assert len(await again.rows("select 1 from inbound_message")) == 2

    async def test_a_deleted_mail_is_not_missed(self, post: Post, dovecot: Dovecot) -> None:
        await connected(post)
        await dovecot.deliver(mail("会被删").as_bytes(), to=SUPPORT)
        await post.received()
        await dovecot.run(SUPPORT, ("store", "1", "+FLAGS", r"\Deleted"), ("expunge",))
        await dovecot.deliver(mail("之后").as_bytes(), to=SUPPORT)
        assert [each.personal.text for each in await post.received(2)] == ["会被删", "之后"]


class TestOld:
    async def test_an_old_mailbox_is_not_imported(
        self, world: World, settings: Settings, simulator: MailboxSimulator, dovecot: Dovecot
    ) -> None:
        old = '"01-Jan-2020 09:00:00 +0000"'
        await dovecot.run(SUPPORT, ("append", "INBOX", "", old, mail("陈年旧事").as_bytes()))
        parameters = EmailParameters(imap_poll_seconds=60)
        post = Post(world, await world.start(build, settings, parameters), simulator)
        await connected(post)
        await dovecot.deliver(mail("新的").as_bytes(), to=SUPPORT)
        assert [each.personal.text for each in await post.received()] == ["新的"]


class TestReconnect:
    async def test_the_server_restarts(self, post: Post, dovecot: Dovecot) -> None:
        await connected(post)
        await dovecot.stop()
        await dovecot.start()
        await dovecot.deliver(mail("又连上了").as_bytes(), to=SUPPORT)
        assert (await post.received())[0].personal.text == "又连上了"

    async def test_nothing_is_taken_while_the_bus_is_away(
        self, post: Post, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await connected(post)

        async def away() -> bool:
            return False

        with monkeypatch.context() as patched:
            patched.setattr(post.service, "_bus_answers", False)
            patched.setattr(post.service, "_bus_healthy", away)
            await dovecot.stop()  # so that it connects anew while the bus is away
            await dovecot.start()
            await dovecot.deliver(mail("等一等").as_bytes(), to=SUPPORT)
            assert await post.rows("select 1 from inbound_message") == []
        assert (await post.received())[0].personal.text == "等一等"


class TestOversize:
    @pytest.fixture
    def parameters(self) -> EmailParameters:
        return EmailParameters(mail_bytes=70_000, imap_poll_seconds=60)

    async def test_is_announced_without_its_content(self, post: Post, dovecot: Dovecot) -> None:
        await dovecot.deliver(mail("很长" * 40_000, subject="太大").as_bytes(), to=SUPPORT)
        (received,) = await post.received()
        assert received.personal.subject == "太大"
        assert SUPPORT in received.personal.text


class TestOddMail:
    async def test_whatever_lies_in_the_folder_is_shown(self, post: Post, dovecot: Dovecot, tmp_path: Path) -> None:
        odd = [
            b"From: a@c.example\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--y\r\n\r\nlost\r\n",
            b"Subject: only\r\n\r\n",
            b"\r\n\xff\xfe",
            b"From: a@c.example\r\nSubject: last\r\n\r\n)\r\n* 1 FETCH (UID 1)\r\nA1 OK\r\n{12}\r\n",
        ]
        for content in odd:
            await dovecot.run(SUPPORT, ("append", "INBOX", "", None, content))
        received = await post.received(len(odd))
        assert len(received) == len(odd)
