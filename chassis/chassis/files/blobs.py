"""Where files are kept: the port, and a folder on disk."""

import asyncio
import hashlib
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

SHA256 = re.compile(r"[0-9a-f]{64}")


class BlobMissing(LookupError):
    """There is no blob of this name."""


class BlobsUnavailable(Exception):
    """The store cannot be written or read now; trying again later helps."""


class Blobs(Protocol):
    """Content-addressed files.

    A blob's name is the SHA-256 of its content, so putting it again changes nothing, and a blob whose transaction was
    rolled back does no harm: it is simply there when the mail comes again.
    """

    async def put(self, contents: Iterable[bytes]) -> list[str]:
        """Keep the contents and return their names. When this returns they survive a power cut."""

    async def get(self, name: str) -> bytes:
        """The content; raises `BlobMissing` if there is none of this name."""

    async def delete(self, names: Iterable[str]) -> None:
        """Remove these blobs; one that is gone already is no error."""


class LocalBlobs:
    """Blobs as files in a folder, `ab/cd/<sha-256>`. Replicas of the service need to share it."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def put(self, contents: Iterable[bytes]) -> list[str]:
        try:
            return await asyncio.to_thread(self._put, list(contents))
        except OSError as error:
            raise BlobsUnavailable(str(error)) from error

    async def get(self, name: str) -> bytes:
        if not SHA256.fullmatch(name):
            raise BlobMissing(name)
        try:
            return await asyncio.to_thread(self._path(name).read_bytes)
        except FileNotFoundError as error:
            raise BlobMissing(name) from error
        except OSError as error:
            raise BlobsUnavailable(str(error)) from error

    async def delete(self, names: Iterable[str]) -> None:
        try:
            await asyncio.to_thread(self._delete, [name for name in names if SHA256.fullmatch(name)])
        except OSError as error:
            raise BlobsUnavailable(str(error)) from error

    def _delete(self, names: list[str]) -> None:
        for name in names:
            self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._directory / name[:2] / name[2:4] / name

    def _put(self, contents: list[bytes]) -> list[str]:
        return [self._put_one(content) for content in contents]

    def _put_one(self, content: bytes) -> str:
        name = hashlib.sha256(content).hexdigest()
        path = self._path(name)
        if path.exists():
            return name
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{name}.{os.getpid()}.{id(content):x}")
        with partial.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        for folder in (path.parent, path.parent.parent, self._directory):
            _sync(folder)
        return name


def _sync(folder: Path) -> None:
    """Make the folder's entries durable: a file that was synced can still be lost with its name."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
