"""Making tokens."""

import time
from collections.abc import Iterable

import jwt

from posthouse.issuer.keys import ALGORITHM, SigningKey
from posthouse.issuer.users import User

ACCESS_SECONDS = 3600
REFRESH_SECONDS = 12 * 3600


class TokenMaker:
    """Signs access tokens and refresh tokens of one issuer."""

    def __init__(self, key: SigningKey, *, issuer: str, audience: str) -> None:
        self.key = key
        self.issuer = issuer
        self.audience = audience

    def access(self, user: User) -> str:
        """An access token for a person."""
        return self._sign(
            {
                "aud": self.audience,
                "sub": user.id,
                "name": user.name,
                "roles": list(user.roles),
                "scope": " ".join(user.scopes),
                "exp": int(time.time()) + ACCESS_SECONDS,
            }
        )

    def service(self, name: str, scopes: Iterable[str]) -> str:
        """An access token for a service."""
        return self._sign(
            {
                "aud": self.audience,
                "sub": name,
                "client_id": name,
                "scope": " ".join(scopes),
                "exp": int(time.time()) + ACCESS_SECONDS,
            }
        )

    def refresh(self, user: User) -> str:
        """A refresh token: only good for this issuer's token endpoint."""
        return self._sign({"aud": f"{self.issuer}/token", "sub": user.id, "exp": int(time.time()) + REFRESH_SECONDS})

    def refreshed_subject(self, token: str) -> str:
        """The user a refresh token belongs to; raises `jwt.PyJWTError` if it is not valid."""
        claims = jwt.decode(
            token,
            self.key.private.public_key(),
            algorithms=[ALGORITHM],
            audience=f"{self.issuer}/token",
            issuer=self.issuer,
        )
        return str(claims["sub"])

    def _sign(self, claims: dict[str, object]) -> str:
        payload = {"iss": self.issuer, "iat": int(time.time()), **claims}
        return jwt.encode(payload, self.key.private, algorithm=ALGORITHM, headers={"kid": self.key.key_id})


class LocalTokens:
    """Bearer tokens for calls between the services of the all-in-one process."""

    SCOPES = ("tracking:read", "cases:read")

    def __init__(self, maker: TokenMaker) -> None:
        self._maker = maker
        self._token = ""
        self._renew_at = 0.0

    async def bearer(self) -> str:
        """A token that is valid for at least the next minutes."""
        if time.time() >= self._renew_at:
            self._token = self._maker.service("posthouse", self.SCOPES)
            self._renew_at = time.time() + ACCESS_SECONDS / 2
        return self._token
