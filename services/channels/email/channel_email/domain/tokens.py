"""Signed tokens in addresses and message ids, so that a reply finds its thread and nobody can guess into one.

An address detail is `t<interaction><mac>` (reply address) or `b<message><mac>` (bounce address, VERP); a message id is
`<m.<interaction>.<message>.<mac>@domain>`. Ids are 128 bits in base32, lower case (mail servers may change case);
the code is HMAC-SHA256 cut to 80 bits: one guess in 10^24 hits, and every guess costs a delivered mail.
"""

import hashlib
import hmac
import re
from base64 import b32decode, b32encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

_ID = r"[a-z2-7]{26}"
_MAC = r"[a-z2-7]{16}"
_DETAIL = re.compile(rf"([tb])({_ID})({_MAC})")
_OWN_ID = re.compile(rf"m\.({_ID})\.({_ID})\.({_MAC})@", re.IGNORECASE)
_MAC_BYTES = 10
DETAIL_CHARS = 1 + 26 + 16
"""Length of a detail; RFC 5321 allows 64 for the whole local part."""


@dataclass(frozen=True, slots=True)
class OwnMessage:
    """A mail of ours, as named by its verified message id."""

    interaction_id: UUID
    message_id: UUID


class Keyring:
    """Signs with the first secret and verifies with any, so that a secret can be rotated."""

    def __init__(self, secrets: Sequence[bytes]) -> None:
        if not secrets or any(len(secret) < 16 for secret in secrets):
            raise ValueError("at least one thread secret of 16 bytes or more is needed")
        self._secrets = tuple(secrets)

    def reply_detail(self, interaction_id: UUID) -> str:
        """The detail of the Reply-To address of mails in this interaction."""
        return f"t{_text(interaction_id)}{self._sign('t', interaction_id)}"

    def bounce_detail(self, message_id: UUID) -> str:
        """The detail of the envelope sender of this message: bounces name the message by coming back to it."""
        return f"b{_text(message_id)}{self._sign('b', message_id)}"

    def mail_id(self, interaction_id: UUID, message_id: UUID, domain: str) -> str:
        """The Message-ID (without angle brackets) of an outbound message."""
        mac = self._sign("m", interaction_id, message_id)
        return f"m.{_text(interaction_id)}.{_text(message_id)}.{mac}@{domain}"

    def replied_to(self, details: Iterable[str]) -> tuple[UUID, ...]:
        """The interactions named by verified reply details."""
        return self._verified("t", details)

    def bounced(self, details: Iterable[str]) -> tuple[UUID, ...]:
        """The messages named by verified bounce details."""
        return self._verified("b", details)

    def own_messages(self, mail_ids: Iterable[str]) -> tuple[OwnMessage, ...]:
        """Our messages among message ids (or any text that contains such ids), in order."""
        found: dict[OwnMessage, None] = {}
        for text in mail_ids:
            for match in _OWN_ID.finditer(text):
                own = OwnMessage(_uuid(match[1]), _uuid(match[2]))
                if self._is_signed(match[3], "m", own.interaction_id, own.message_id):
                    found[own] = None
        return tuple(found)

    def _verified(self, purpose: str, details: Iterable[str]) -> tuple[UUID, ...]:
        matches = (_DETAIL.fullmatch(detail.lower()) for detail in details)
        named = ((match[1], _uuid(match[2]), match[3]) for match in matches if match)
        return tuple(
            dict.fromkeys(name for kind, name, mac in named if kind == purpose and self._is_signed(mac, purpose, name))
        )

    def _sign(self, purpose: str, *ids: UUID) -> str:
        return _mac(self._secrets[0], purpose, ids)

    def _is_signed(self, mac: str, purpose: str, *ids: UUID) -> bool:
        return any(hmac.compare_digest(_mac(secret, purpose, ids), mac.lower()) for secret in self._secrets)


def _mac(secret: bytes, purpose: str, ids: Sequence[UUID]) -> str:
    content = purpose.encode() + b"".join(part.bytes for part in ids)
    return _base32(hmac.new(secret, content, hashlib.sha256).digest()[:_MAC_BYTES])


def _base32(data: bytes) -> str:
    return b32encode(data).decode().rstrip("=").lower()


def _text(value: UUID) -> str:
    return _base32(value.bytes)


def _uuid(text: str) -> UUID:
    return UUID(bytes=b32decode(text.upper() + "======"))
