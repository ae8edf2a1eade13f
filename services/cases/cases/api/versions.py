"""The ETag of what a change returns."""

from typing import Any

from chassis.http.etag import etag


def etag_of(result: Any) -> dict[str, str]:
    """The header with the version of a result that has one."""
    version = getattr(result, "version", None)
    return {} if version is None else {"ETag": etag(version)}
