"""Files in an object store that speaks S3, through the `obstore` client."""

import hashlib
from collections.abc import Iterable
from typing import Any

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from chassis.files.blobs import SHA256, BlobMissing, BlobsUnavailable


class S3Blobs:
    """Blobs as objects `<prefix>/ab/<sha-256>`. A put is durable when the store has answered."""

    def __init__(
        self,
        *,
        bucket: str,
        prefix: str,
        region: str,
        endpoint: str | None = None,
        access_key_id: str | None = None,
        secret_access_key: str | None = None,
    ) -> None:
        """Without keys the client asks the platform (instance role, environment). A plain `http` endpoint is taken as
        one inside the house."""
        options: dict[str, Any] = {"region": region}
        if endpoint is not None:
            options |= {"endpoint": endpoint, "virtual_hosted_style_request": False}
            options["client_options"] = {"allow_http": endpoint.startswith("http://")}
        if access_key_id is not None:
            options |= {"access_key_id": access_key_id, "secret_access_key": secret_access_key}
        self._store = S3Store(bucket, prefix=prefix, **options)

    async def put(self, contents: Iterable[bytes]) -> list[str]:
        """Keep the contents and return their names."""
        names = []
        for content in contents:
            name = hashlib.sha256(content).hexdigest()
            try:
                await obstore.put_async(self._store, _path(name), content)
            except (BaseError, OSError) as error:
                raise BlobsUnavailable(str(error)) from error
            names.append(name)
        return names

    async def get(self, name: str) -> bytes:
        """The content; raises `BlobMissing` if there is none of this name."""
        if not SHA256.fullmatch(name):
            raise BlobMissing(name)
        try:
            found = await obstore.get_async(self._store, _path(name))
            return bytes(await found.bytes_async())
        except FileNotFoundError as error:
            raise BlobMissing(name) from error
        except (BaseError, OSError) as error:
            raise BlobsUnavailable(str(error)) from error

    async def delete(self, names: Iterable[str]) -> None:
        """Remove these blobs; one that is gone already is no error."""
        for name in names:
            if SHA256.fullmatch(name):
                try:
                    await obstore.delete_async(self._store, _path(name))
                except FileNotFoundError:
                    continue
                except (BaseError, OSError) as error:
                    raise BlobsUnavailable(str(error)) from error


def _path(name: str) -> str:
    return f"{name[:2]}/{name}"
