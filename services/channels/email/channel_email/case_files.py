"""Files that agents put on cases, fetched from the case service when the mail that carries them is made."""

import hashlib
from collections.abc import Awaitable, Callable

import httpx

from chassis.files.blobs import BlobMissing, BlobsUnavailable
from contracts.values import Attachment

PREFIX = "/cases/v1/attachments/"
"""Where the case service hands files out; anything else is a file of this channel."""

Bearer = Callable[[], Awaitable[str]]


def is_case_file(attachment: Attachment) -> bool:
    """Whether the case service keeps the file."""
    return attachment.url.startswith(PREFIX)


class CaseFiles:
    """The case service's files."""

    def __init__(self, http: httpx.AsyncClient, bearer: Bearer) -> None:
        """`http` has the case service's address as base."""
        self._http, self._bearer = http, bearer

    async def get(self, file: Attachment) -> bytes:
        """The content. Raises `BlobMissing` for what will never come, `BlobsUnavailable` for what may later."""
        try:
            token = await self._bearer()
            answer = await self._http.get(
                f"/v1/attachments/{file.attachment_id}", headers={"Authorization": f"Bearer {token}"}
            )
        except httpx.HTTPError as error:
            raise BlobsUnavailable(repr(error)) from error
        if answer.status_code in (httpx.codes.NOT_FOUND, httpx.codes.CONFLICT):
            raise BlobMissing(file.attachment_id)
        if answer.status_code != httpx.codes.OK:
            raise BlobsUnavailable(f"HTTP {answer.status_code}")
        if file.sha256 is not None and hashlib.sha256(answer.content).hexdigest() != file.sha256:
            raise BlobMissing(file.attachment_id)
        return answer.content
