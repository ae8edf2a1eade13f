"""Settings of the email channel, from `POSTHOUSE_EMAIL_*`."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from channel_email.domain.addresses import split_detail
from channel_email.domain.headers import normalised
from channel_email.domain.tokens import DETAIL_CHARS
from chassis.settings import ServiceSettings

_LOCAL_PART_CHARS = 64


class ImapAccount(BaseModel):
    """Where a mailbox is read by IMAP."""

    host: str
    port: int = Field(default=993, ge=1, le=65535)
    tls: bool = True
    user: str
    password: SecretStr
    folder: str = "INBOX"


class MailboxSettings(BaseModel):
    """One of our mailboxes. Its provider must deliver `mailbox+anything@…` to it (plus addressing)."""

    address: str
    name: str = Field(default="Posthouse", max_length=100, description="what customers see as the sender")
    imap: ImapAccount | None = None

    @field_validator("address")
    @classmethod
    def _own_address(cls, value: str) -> str:
        address = normalised(value)
        if address is None or split_detail(address)[1]:
            raise ValueError("a mailbox is a plain address without `+detail`")
        if len(address.partition("@")[0]) + 1 + DETAIL_CHARS > _LOCAL_PART_CHARS:
            raise ValueError(f"the local part leaves no room for a token of {DETAIL_CHARS} characters (RFC 5321: 64)")
        return address


class Settings(ServiceSettings):
    """Our mailboxes, the listeners for inbound mail, the mail server for outbound mail, where files are kept."""

    model_config = SettingsConfigDict(env_prefix="POSTHOUSE_EMAIL_", env_parse_none_str="null", extra="ignore")

    mailboxes: tuple[MailboxSettings, ...] = Field(
        default=(MailboxSettings(address="support@posthouse.example", name="驿站快递客服 Posthouse"),),
        min_length=1,
        description='JSON: [{"address": …, "name": …, "imap": {"host": …, "user": …, "password": …}}]',
    )
    thread_secrets: tuple[SecretStr, ...] = Field(
        default=(),
        description="JSON list of secrets for thread tokens, 16 bytes or more; the first signs, all verify. Unset in a "
        "local environment: one is made and kept in the data directory",
    )
    blob_dir: Path | None = Field(
        default=None, description="where mails and files are kept; replicas share it. Unset: `<data_dir>/email`"
    )

    cases_url: str | None = Field(
        default=None, description="the case service's address, for files of cases; unset: `<public_base_url>/cases`"
    )

    listen_host: str = Field(default="127.0.0.1", description="address of the LMTP and SMTP listeners")
    lmtp_port: int | None = Field(default=8024, ge=0, le=65535, description="unset (`null`): no LMTP listener")
    smtp_port: int | None = Field(default=None, ge=0, le=65535, description="unset: no SMTP listener")
    hostname: str = Field(default="posthouse.localhost", description="our name in SMTP greetings")

    relay_host: str = Field(default="127.0.0.1", description="the mail server that takes outbound mail")
    relay_port: int = Field(default=8026, ge=1, le=65535)
    relay_tls: Literal["none", "starttls", "tls"] = "none"
    relay_user: str | None = None
    relay_password: SecretStr | None = None
