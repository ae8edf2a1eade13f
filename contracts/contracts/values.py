"""Value types that several events and APIs share."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from contracts.event import Payload


class Channel(StrEnum):
    """The channel an interaction runs on."""

    VOICE = "voice"
    SMS = "sms"
    EMAIL = "email"
    CHAT = "chat"
    TELEGRAM = "telegram"


class ContactKind(StrEnum):
    """What kind of address a contact point is."""

    PHONE = "phone"
    EMAIL = "email"
    CHAT = "chat"
    TELEGRAM = "telegram"


class Language(StrEnum):
    """Languages every text of the product exists in (BCP 47)."""

    ZH_CN = "zh-CN"
    EN = "en"


class MessageStatus(StrEnum):
    """What became of an outbound message.

    Ranked in declaration order up to `read`; a status never moves down (callbacks arrive out of order). `failed`,
    `undelivered` and `delivered` exclude each other; `unknown` means the provider never said and must not be retried.
    """

    PENDING = "pending"
    SENDING = "sending"
    UNKNOWN = "unknown"
    SENT = "sent"
    FAILED = "failed"
    UNDELIVERED = "undelivered"
    DELIVERED = "delivered"
    READ = "read"


class EndedBy(StrEnum):
    """Who ended an interaction."""

    CUSTOMER = "customer"
    AGENT = "agent"
    SYSTEM = "system"


Address = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=320)]
"""A contact address: E.164 phone, mailbox, chat visitor id or Telegram chat id."""

WaybillNo = Annotated[str, StringConstraints(strip_whitespace=True, min_length=5, max_length=40)]


class KnownAddress(Payload):
    """A further address of the same person, for which the channel vouches."""

    kind: ContactKind
    address: Address


class Attachment(Payload):
    """A file that came with a message. `url` is internal to the channel that stored it and needs a token."""

    attachment_id: str
    name: str = Field(max_length=255)
    content_type: str
    size: int = Field(ge=0, description="bytes")
    url: str
    sha256: str | None = None
