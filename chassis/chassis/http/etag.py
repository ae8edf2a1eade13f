"""Optimistic locking: a resource's version is its ETag, and a writer names the version it saw (RFC 9110 section 13)."""

from fastapi import Request

from chassis.http.problems import BadRequest, PreconditionFailed


def etag(version: int) -> str:
    """The strong ETag of a version."""
    return f'"{version}"'


def if_match(request: Request) -> int | None:
    """The version the caller wants to change; None if it does not say or says `*`. 400 if it is not one of ours."""
    header = request.headers.get("if-match")
    if header is None or header.strip() == "*":
        return None
    value = header.strip().strip('"')
    if not value.isdigit() or len(value) > 18:
        raise BadRequest(f"If-Match must be an ETag of this resource, such as {etag(3)}.")
    return int(value)


def check_if_match(request: Request, version: int) -> None:
    """412 if the caller saw another version than the present one."""
    wanted = if_match(request)
    if wanted is not None and wanted != version:
        raise PreconditionFailed(
            f"You saw version {wanted}, the present one is {version}. Read it again and repeat your change.",
            headers={"ETag": etag(version)},
        )
