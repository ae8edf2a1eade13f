"""Access tokens of any OpenID Connect issuer, verified against its published keys (RFC 7519, RFC 9068)."""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import httpx
import jwt

from chassis.auth.principal import Principal
from chassis.http.problems import Unauthorised, Unavailable
from chassis.telemetry.logs import get_logger

log = get_logger(__name__)

_ALGORITHMS = ["RS256", "ES256", "EdDSA"]
_CACHED_TOKENS = 2048
_KEYS_MAX_AGE = 3600.0
_REFRESH_NO_MORE_THAN_EVERY = 10.0
_LEEWAY_SECONDS = 30


class TokenVerifier:
    """Verifies bearer tokens. Keys are fetched once and again when a token names an unknown one."""

    def __init__(
        self, *, issuer: str, audience: str, jwks_url: str | None = None, keys: Mapping[str, Any] | None = None
    ) -> None:
        """`keys` is a JSON Web Key Set known beforehand (the all-in-one's own issuer); nothing is fetched then."""
        self._issuer = issuer.rstrip("/")
        self._audience = audience
        self._jwks_url = jwks_url
        self._fixed = keys is not None
        self._keys = jwt.PyJWKSet.from_dict(dict(keys)) if keys else None
        self._fetched = 0.0
        self._lock = asyncio.Lock()
        self._verified: OrderedDict[bytes, tuple[float, Principal]] = OrderedDict()

    async def verify(self, token: str) -> Principal:
        """The principal of a valid token; 401 otherwise. 503 if the issuer's keys cannot be had."""
        digest = hashlib.sha256(token.encode("utf-8", "replace")).digest()
        known = self._verified.get(digest)
        if known and known[0] > time.time():
            return known[1]
        claims = await self._claims(token)
        principal = _principal(claims)
        self._verified[digest] = (float(claims["exp"]), principal)
        if len(self._verified) > _CACHED_TOKENS:
            self._verified.popitem(last=False)
        return principal

    async def _claims(self, token: str) -> Mapping[str, Any]:
        try:
            header = jwt.get_unverified_header(token)
            key = await self._key(str(header.get("kid", "")))
            claims: Mapping[str, Any] = jwt.decode(
                token,
                key=key,
                algorithms=_ALGORITHMS,
                audience=self._audience,
                issuer=self._issuer,
                leeway=_LEEWAY_SECONDS,
                options={"require": ["exp", "iss", "sub", "aud"]},
            )
        except (jwt.PyJWTError, ValueError) as error:
            raise Unauthorised(f"The access token is not valid: {error}.") from error
        return claims

    async def _key(self, key_id: str) -> jwt.PyJWK:
        if self._keys is None or (not self._fixed and time.monotonic() - self._fetched > _KEYS_MAX_AGE):
            await self._fetch()
        for attempt in (1, 2):
            found = next((key for key in self._keys.keys if key.key_id == key_id), None) if self._keys else None
            if found is not None:
                return found
            if attempt == 1 and not self._fixed and time.monotonic() - self._fetched > _REFRESH_NO_MORE_THAN_EVERY:
                await self._fetch()
        raise Unauthorised("The access token was signed with a key that the issuer does not publish.")

    async def _fetch(self) -> None:
        async with self._lock:
            try:
                async with httpx.AsyncClient(timeout=5) as client:
                    url = self._jwks_url
                    if url is None:
                        discovery = await client.get(f"{self._issuer}/.well-known/openid-configuration")
                        url = str(discovery.raise_for_status().json()["jwks_uri"])
                    keys = (await client.get(url)).raise_for_status().json()
                self._keys = jwt.PyJWKSet.from_dict(keys)
                self._fetched = time.monotonic()
            except (httpx.HTTPError, KeyError, ValueError, jwt.PyJWTError) as error:
                log.warning("cannot fetch the issuer's keys", issuer=self._issuer, error=repr(error))
                if self._keys is None:
                    raise Unavailable("The identity provider cannot be reached; try again.") from error


def _principal(claims: Mapping[str, Any]) -> Principal:
    scope = claims.get("scope", "")
    scopes = scope.split() if isinstance(scope, str) else [str(item) for item in scope]
    roles = claims.get("roles", [])
    subject = str(claims["sub"])
    return Principal(
        subject=subject,
        name=str(claims.get("name") or claims.get("preferred_username") or subject),
        kind="service" if claims.get("client_id") == subject or claims.get("gty") == "client-credentials" else "agent",
        scopes=frozenset(scopes),
        roles=frozenset(str(role) for role in roles) if isinstance(roles, list) else frozenset(),
    )
