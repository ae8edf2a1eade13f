"""Files that came with a message: Twilio keeps them and hands them out to the account that received them."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import aiohttp

from channel_sms.settings import Settings

_CHUNK = 64 * 1024


class MediaUnavailable(Exception):
    """Twilio did not give the file (any more)."""


class MediaTooLarge(Exception):
    """The file is over the limit."""


class MediaSource:
    """Fetches files with the account's credentials, which are sent to Twilio's own address only."""

    def __init__(self, settings: Settings, *, limit_bytes: int) -> None:
        self._settings = settings
        self._limit = limit_bytes
        self._host = urlsplit(settings.twilio_api_url).netloc
        self._session: aiohttp.ClientSession | None = None

    async def fetch(self, url: str) -> AsyncIterator[bytes]:
        """The file in pieces. Raises MediaUnavailable or MediaTooLarge before the first piece, if it can know."""
        answer = await self._open(url)
        return self._pieces(answer)

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def _open(self, url: str) -> aiohttp.ClientResponse:
        if urlsplit(url).netloc != self._host:
            raise MediaUnavailable("the file is not at Twilio's address")
        try:
            answer = await self._client().get(url, headers=self._credentials(), allow_redirects=False)
            if answer.status in (301, 302, 307, 308):  # to the store, with a signed address: no credentials there
                location = answer.headers.get("Location", "")
                answer.release()
                answer = await self._client().get(location, allow_redirects=False)
        except (aiohttp.ClientError, ValueError, TimeoutError) as error:
            raise MediaUnavailable(type(error).__name__) from error
        if answer.status != 200:
            answer.release()
            raise MediaUnavailable(f"Twilio answered {answer.status}")
        if (answer.content_length or 0) > self._limit:
            answer.close()
            raise MediaTooLarge
        return answer

    async def _pieces(self, answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
        """Cut off, with an error, at the limit or when Twilio stops: a client must not take a part for the whole."""
        received = 0
        async with answer:
            async for piece in answer.content.iter_chunked(_CHUNK):
                received += len(piece)
                if received > self._limit:
                    raise MediaTooLarge
                yield piece

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(
                    sock_connect=self._settings.twilio_connect_seconds, sock_read=self._settings.twilio_request_seconds
                ),
                loop=asyncio.get_running_loop(),
            )
        return self._session

    def _credentials(self) -> dict[str, str]:
        token = self._settings.twilio_auth_token.get_secret_value()
        return {"Authorization": aiohttp.encode_basic_auth(self._settings.twilio_account_sid, token)}
