"""How services authenticate to each other: client credentials of the identity provider, or a configured API key."""

import time

import httpx

from chassis.runtime import ServiceTokens
from chassis.settings import ChassisSettings

_RENEW_BEFORE_SECONDS = 60


class ClientCredentials:
    """Tokens from an OAuth token endpoint (RFC 6749 section 4.4), renewed a minute before they expire."""

    def __init__(self, url: str, client_id: str, client_secret: str) -> None:
        self._url, self._id, self._secret = url, client_id, client_secret
        self._token, self._until = "", 0.0

    async def bearer(self) -> str:
        """A valid token; raises `httpx.HTTPError` if the endpoint refuses."""
        if time.monotonic() > self._until:
            async with httpx.AsyncClient(timeout=5) as client:
                answer = await client.post(
                    self._url, data={"grant_type": "client_credentials"}, auth=(self._id, self._secret)
                )
            body = answer.raise_for_status().json()
            self._token = str(body["access_token"])
            self._until = time.monotonic() + float(body.get("expires_in", 300)) - _RENEW_BEFORE_SECONDS
        return self._token


class FixedToken:
    """One API key for all calls."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def bearer(self) -> str:
        """The key."""
        return self._token


def tokens_from_settings(settings: ChassisSettings) -> ServiceTokens | None:
    """What the settings provide for, if anything."""
    if settings.service_token_url and settings.service_client_id and settings.service_client_secret:
        secret = settings.service_client_secret.get_secret_value()
        return ClientCredentials(settings.service_token_url, settings.service_client_id, secret)
    if settings.service_token:
        return FixedToken(settings.service_token.get_secret_value())
    return None
