"""Who a visitor is: tokens that we sign for our own widget, identities that a site signs for its users."""

import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import jwt
from pydantic import ValidationError

from channel_chat.parameters import ChatParameters
from channel_chat.settings import SiteSettings
from channel_chat.store.conversations import Party
from chassis.clock import Clock
from contracts.values import Channel, ContactKind, KnownAddress, Language

_ALGORITHM = "HS256"
_AUDIENCE = "widget"
_ISSUER = "posthouse-chat"
_LONGEST_NAME = 80
_LONGEST_SUBJECT = 200


class BadCredential(Exception):
    """A token or identity that proves nothing. The message may be shown."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """A visitor of a site. `verified` ones are users whom the site vouches for; `also` are addresses it has proven."""

    site: str
    id: str
    name: str | None
    language: Language
    verified: bool
    also: tuple[KnownAddress, ...] = ()

    def party(self) -> Party:
        """The visitor as the other end of a conversation."""
        return Party(Channel.CHAT, self.site, self.id, self.name, self.language, self.verified, self.also)


class Visitors:
    """Signs and checks. A token names its site and holds there only; times are the injected clock's."""

    def __init__(self, keys: Sequence[str], parameters: ChatParameters, clock: Clock) -> None:
        """The first of `keys` signs, all are accepted."""
        self._keys = keys
        self._parameters = parameters
        self._clock = clock

    def anonymous(self, site: SiteSettings, *, name: str | None, language: Language | None) -> Visitor:
        """Somebody new; the id has 128 random bits."""
        return Visitor(
            site.id, f"v-{secrets.token_hex(16)}", clean_name(name), language or site.language, verified=False
        )

    def renewed(self, visitor: Visitor, *, name: str | None, language: Language | None) -> Visitor:
        """The same visitor in a new session. Whom the site vouches for keeps the name the site gave."""
        new_name = visitor.name if visitor.verified else clean_name(name) or visitor.name
        return replace(visitor, name=new_name, language=language or visitor.language)

    def token(self, visitor: Visitor) -> tuple[str, datetime]:
        """A bearer token of this visitor, and when it ends."""
        now = self._clock.now()
        expires = now + timedelta(days=self._parameters.token_days)
        claims = {
            "iss": _ISSUER,
            "aud": _AUDIENCE,
            "sub": visitor.id,
            "site": visitor.site,
            "verified": visitor.verified,
            "name": visitor.name,
            "lang": visitor.language,
            "also": [[known.kind, known.address] for known in visitor.also],
            "iat": int(now.timestamp()),
            "exp": int(expires.timestamp()),
        }
        return jwt.encode(claims, self._keys[0], algorithm=_ALGORITHM), expires

    def of_token(self, token: str) -> Visitor:
        """The visitor of a token of ours, of whatever site. Raises BadCredential."""
        claims = self._checked(token, self._keys, audience=_AUDIENCE, issuer=_ISSUER)
        return Visitor(
            site=str(claims.get("site", "")),
            id=str(claims["sub"]),
            name=claims.get("name"),
            language=Language(claims.get("lang", Language.ZH_CN)),
            verified=claims.get("verified") is True,
            also=tuple(KnownAddress(kind=kind, address=address) for kind, address in claims.get("also", ())),
        )

    def of_identity(self, site: SiteSettings, identity: str, *, language: Language | None) -> Visitor:
        """The user a site vouches for. Raises BadCredential."""
        if not site.identity_secrets:
            raise BadCredential("This site does not sign its users in.")
        keys = [secret.get_secret_value() for secret in site.identity_secrets]
        claims = self._checked(identity, keys, audience=None, issuer=None)
        lifetime = claims["exp"] - self._clock.now().timestamp()
        if lifetime > self._parameters.identity_seconds + self._parameters.clock_leeway_seconds:
            raise BadCredential(f"An identity may live for {self._parameters.identity_seconds:.0f} seconds at most.")
        subject = str(claims["sub"])
        if not 1 <= len(subject) <= _LONGEST_SUBJECT or not subject.isprintable():
            raise BadCredential(f"`sub` must have 1 to {_LONGEST_SUBJECT} printable characters.")
        name = claims.get("name")
        return Visitor(
            site.id,
            f"u-{site.id}-{subject}",
            clean_name(name) if isinstance(name, str) else None,
            language or site.language,
            verified=True,
            also=_vouched(claims),
        )

    def _checked(
        self, token: str, keys: Sequence[str], *, audience: str | None, issuer: str | None
    ) -> Mapping[str, Any]:
        """The claims, if one of the keys signed them and their time is now."""
        options = {"require": ["exp", "sub"], "verify_exp": False, "verify_iat": False, "verify_nbf": False}
        for key in keys:
            try:
                claims: Mapping[str, Any] = jwt.decode(
                    token,
                    key,
                    algorithms=[_ALGORITHM],
                    audience=audience,
                    issuer=issuer,
                    options={**options, "verify_aud": audience is not None},  # type: ignore[arg-type]
                )
            except (jwt.PyJWTError, ValueError):
                continue
            expires = claims["exp"]
            if isinstance(expires, bool) or not isinstance(expires, int | float):
                break
            if expires + self._parameters.clock_leeway_seconds < self._clock.now().timestamp():
                raise BadCredential("It has expired.")
            return claims
        raise BadCredential("It is not valid.")


_CLAIMS = (
    (ContactKind.EMAIL, "email", "email_verified"),
    (ContactKind.PHONE, "phone_number", "phone_number_verified"),
)
"""Standard OpenID Connect claims (Core 1.0, section 5.1)."""


def _vouched(claims: Mapping[str, Any]) -> tuple[KnownAddress, ...]:
    """The addresses that the site says it has verified; what is no address is left out."""
    found = []
    for kind, name, verified in _CLAIMS:
        if claims.get(verified) is True and isinstance(claims.get(name), str):
            with suppress(ValidationError):
                found.append(KnownAddress(kind=kind, address=claims[name]))
    return tuple(found)


def clean_name(name: str | None) -> str | None:
    """A display name without control characters, of bounded length; None if nothing is left."""
    kept = "".join(character for character in name or "" if character.isprintable()).strip()
    return kept[:_LONGEST_NAME] or None
