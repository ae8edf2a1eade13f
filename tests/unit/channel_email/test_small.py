"""Statuses, languages, settings, secrets and blobs."""

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from channel_email.domain.language import language_of
from channel_email.domain.sending import may_follow, pause_after
from channel_email.settings import MailboxSettings, Settings
from channel_email.thread_secrets import NoThreadSecret, keyring
from chassis.files.blobs import BlobMissing, BlobsUnavailable, LocalBlobs
from chassis.i18n import Catalogue
from chassis.ids import uuid7
from chassis.settings import ChassisSettings
from contracts.values import Language, MessageStatus


class TestStatus:
    def test_never_downwards(self) -> None:
        assert may_follow(MessageStatus.PENDING, MessageStatus.SENDING)
        assert may_follow(MessageStatus.SENT, MessageStatus.UNDELIVERED)
        assert may_follow(MessageStatus.UNKNOWN, MessageStatus.DELIVERED)
        assert not may_follow(MessageStatus.SENT, MessageStatus.SENDING)
        assert not may_follow(MessageStatus.SENT, MessageStatus.SENT)

    def test_outcomes_exclude_each_other(self) -> None:
        assert not may_follow(MessageStatus.UNDELIVERED, MessageStatus.DELIVERED)
        assert not may_follow(MessageStatus.DELIVERED, MessageStatus.UNDELIVERED)
        assert not may_follow(MessageStatus.FAILED, MessageStatus.UNDELIVERED)

    def test_pauses(self) -> None:
        assert pause_after(1, (5, 10)) == timedelta(seconds=5)
        assert pause_after(2, (5, 10)) == timedelta(seconds=10)
        assert pause_after(3, (5, 10)) is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("我的快递到哪里了", Language.ZH_CN),
        ("单号 SF1234567890 三天没有更新", Language.ZH_CN),
        ("Where is my parcel SF1234567890?", Language.EN),
        ("Where is the parcel for 王芳 please, it has not arrived", None),
        ("SF123", None),
        ("", None),
    ],
)
def test_language(text: str, language: Language | None) -> None:
    assert language_of(text) is language


class TestSettings:
    def test_mailboxes_are_normalised(self) -> None:
        assert MailboxSettings(address="Support@Posthouse.Example").address == "support@posthouse.example"

    @pytest.mark.parametrize(
        "address", ["support+x@posthouse.example", "nonsense", "", "a" * 30 + "@posthouse.example"]
    )
    def test_mailboxes_that_cannot_work_are_refused(self, address: str) -> None:
        with pytest.raises(ValidationError):
            MailboxSettings(address=address)

    def test_from_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        imap = '{"host": "h", "user": "u", "password": "hush"}'
        monkeypatch.setenv("POSTHOUSE_EMAIL_MAILBOXES", f'[{{"address": "help@ex.test", "imap": {imap}}}]')
        monkeypatch.setenv("POSTHOUSE_EMAIL_THREAD_SECRETS", '["0123456789abcdef"]')
        monkeypatch.setenv("POSTHOUSE_EMAIL_LMTP_PORT", "null")
        settings = Settings()
        assert settings.mailboxes[0].imap is not None
        assert settings.lmtp_port is None
        assert "hush" not in repr(settings)
        assert "0123456789abcdef" not in repr(settings)


class TestSecrets:
    def test_given(self) -> None:
        settings = Settings(thread_secrets=("0123456789abcdef",))  # type: ignore[arg-type]
        assert keyring(settings, ChassisSettings(environment="production")).reply_detail(uuid7())

    def test_made_and_kept_on_a_laptop(self, tmp_path: Path) -> None:
        settings, chassis = Settings(blob_dir=tmp_path / "new"), ChassisSettings()
        interaction = uuid7()
        detail = keyring(settings, chassis).reply_detail(interaction)
        assert keyring(settings, chassis).replied_to([detail]) == (interaction,)
        assert (tmp_path / "new" / "thread-secret").stat().st_mode & 0o077 == 0

    def test_demanded_elsewhere(self, tmp_path: Path) -> None:
        with pytest.raises(NoThreadSecret, match="THREAD_SECRETS"):
            keyring(Settings(blob_dir=tmp_path), ChassisSettings(environment="production"))


class TestBlobs:
    async def test_round_trip_and_repetition(self, tmp_path: Path) -> None:
        blobs = LocalBlobs(tmp_path)
        names = await blobs.put([b"one", b"two", b"one"])
        assert names[0] == names[2] != names[1]
        assert await blobs.get(names[1]) == b"two"
        assert [path.name for path in tmp_path.rglob("*") if path.is_file() and path.name.startswith(".")] == []

    @pytest.mark.parametrize("name", ["0" * 64, "../../etc/passwd", "", "A" * 64])
    async def test_unknown_names(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(BlobMissing):
            await LocalBlobs(tmp_path).get(name)

    async def test_a_folder_that_cannot_be_written(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("in the way")
        with pytest.raises(BlobsUnavailable):
            await LocalBlobs(tmp_path / "file").put([b"x"])


def test_texts_exist_in_every_language() -> None:
    assert Catalogue.load("channel_email").keys() == {"mail.unreadable", "mail.too_large"}
