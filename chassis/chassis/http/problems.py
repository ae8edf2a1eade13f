"""Errors as RFC 9457 problem documents: what was wrong, where, and what to do about it."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import orjson
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from opentelemetry import trace
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from chassis.db.errors import DatabaseUnavailable
from chassis.telemetry.logs import get_logger

log = get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 2


class FieldError(BaseModel):
    """One thing that is wrong with the input."""

    pointer: str = Field(description="where: a JSON pointer, or `query/…`, `path/…`, `header/…`")
    detail: str


class Problem(BaseModel):
    """An error document (RFC 9457)."""

    type: str = Field(description="identifies the kind of problem", examples=["urn:posthouse:problem:not-found"])
    title: str
    status: int
    detail: str
    instance: str | None = None
    errors: list[FieldError] = []
    trace_id: str | None = None


class ProblemError(Exception):
    """Base of all errors that a caller is told about. Subclasses set status, slug and title and write the detail."""

    status: ClassVar[int] = 500
    slug: ClassVar[str] = "internal"
    title: ClassVar[str] = "Something went wrong"

    def __init__(
        self,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        """`extra` members are added to the document (RFC 9457 section 3.2)."""
        super().__init__(detail)
        self.detail = detail
        self.errors = list(errors)
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})


class BadRequest(ProblemError):
    """The request cannot be understood."""

    status, slug, title = 400, "bad-request", "The request is not valid"


class Unauthorised(ProblemError):
    """Nobody is signed in."""

    status, slug, title = 401, "unauthorised", "Authentication is required"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer"})


class Forbidden(ProblemError):
    """The caller may not do this."""

    status, slug, title = 403, "forbidden", "Not allowed"


class NotFound(ProblemError):
    """There is no such thing, or the caller may not know of it."""

    status, slug, title = 404, "not-found", "Not found"

    def __init__(self, kind: str, id: object) -> None:
        super().__init__(f"There is no {kind} {str(id)[:200]!r}.")


class Conflict(ProblemError):
    """The state of things does not allow it."""

    status, slug, title = 409, "conflict", "Not possible in the present state"


class PreconditionFailed(ProblemError):
    """Somebody else changed it meanwhile."""

    status, slug, title = 412, "precondition-failed", "It was changed meanwhile"


class TooLarge(ProblemError):
    """The body exceeds the limit."""

    status, slug, title = 413, "too-large", "The request body is too large"


class Unprocessable(ProblemError):
    """Understood, but against a rule."""

    status, slug, title = 422, "unprocessable", "The request breaks a rule"


class TooManyRequests(ProblemError):
    """The caller exceeds its rate."""

    status, slug, title = 429, "too-many-requests", "Too many requests"

    def __init__(self, detail: str, *, retry_after_seconds: int) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after_seconds)})


class Unavailable(ProblemError):
    """Something we depend on is away; trying again later helps."""

    status, slug, title = 503, "unavailable", "Temporarily unavailable"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})


_KINDS: tuple[type[ProblemError], ...] = (
    *(BadRequest, Unauthorised, Forbidden, NotFound, Conflict, PreconditionFailed),
    *(TooLarge, Unprocessable, TooManyRequests, Unavailable),
)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """`responses=` of an endpoint: the problems it can answer with."""
    titles = {kind.status: kind.title for kind in _KINDS}
    return {
        status: {"description": titles[status], "content": {MEDIA_TYPE: {"schema": {"$ref": PROBLEM_REF}}}}
        for status in statuses
    }


PROBLEM_REF = "#/components/schemas/Problem"


def problem_response(error: ProblemError, instance: str | None = None) -> Response:
    """The document of an error."""
    context = trace.get_current_span().get_span_context()
    document = Problem(
        type=f"urn:posthouse:problem:{error.slug}",
        title=error.title,
        status=error.status,
        detail=error.detail,
        instance=instance,
        errors=error.errors,
        trace_id=trace.format_trace_id(context.trace_id) if context.is_valid else None,
    )
    body = {**document.model_dump(exclude_none=True), **error.extra}
    return Response(orjson.dumps(body), status_code=error.status, headers=error.headers, media_type=MEDIA_TYPE)


async def on_problem(request: Request, error: Exception) -> Response:
    """Handler of our own errors."""
    assert isinstance(error, ProblemError)  # noqa: S101 - registered for this class only
    return problem_response(error, request.url.path)


async def on_validation(request: Request, error: Exception) -> Response:
    """Handler of input that does not fit the schema: 400, naming each field."""
    assert isinstance(error, RequestValidationError)  # noqa: S101
    errors = [FieldError(pointer=_pointer(item["loc"]), detail=item["msg"]) for item in error.errors()]
    detail = "; ".join(f"{item.pointer}: {item.detail}" for item in errors[:5])
    return problem_response(BadRequest(detail or "The input is not valid.", errors=errors), request.url.path)


async def on_http(request: Request, error: Exception) -> Response:
    """Handler of the framework's own errors (no such route, wrong method)."""
    assert isinstance(error, HTTPException)  # noqa: S101
    kind = next((kind for kind in _KINDS if kind.status == error.status_code), None)
    described = ProblemError.__new__(kind or ProblemError)
    ProblemError.__init__(described, str(error.detail), headers=dict(error.headers or {}))
    response = problem_response(described, request.url.path)
    if kind is None:
        response = _framework_problem(error, request.url.path)
    return response


async def on_database_away(request: Request, error: Exception) -> Response:
    """Handler of a database that is away: 503, so that providers and clients try again."""
    log.warning("request refused, database is away", path=request.url.path, error=str(error))
    return problem_response(Unavailable("The database is away. Nothing was changed; try again."), request.url.path)


async def on_unexpected(request: Request, error: Exception) -> Response:
    """Handler of everything else: the cause goes to the log, not to the caller."""
    if _not_storable(error):
        return problem_response(BadRequest("The text holds characters that cannot be stored (NUL or lone surrogates)."))
    log.error("request failed", path=request.url.path, error=repr(error), exc_info=error)
    return problem_response(ProblemError("An unexpected error occurred; it has been logged."), request.url.path)


HANDLERS = {
    ProblemError: on_problem,
    RequestValidationError: on_validation,
    HTTPException: on_http,
    DatabaseUnavailable: on_database_away,
}


def _framework_problem(error: HTTPException, path: str) -> Response:
    document = Problem(
        type="about:blank", title=str(error.detail), status=error.status_code, detail=str(error.detail), instance=path
    )
    return Response(
        orjson.dumps(document.model_dump(exclude_none=True)),
        status_code=error.status_code,
        headers=dict(error.headers or {}),
        media_type=MEDIA_TYPE,
    )


def _pointer(location: Sequence[int | str]) -> str:
    place, *rest = location
    path = "/".join(str(part) for part in rest)
    return f"#/{path}" if place == "body" else f"{place}/{path}"


def _not_storable(error: BaseException | None) -> bool:
    """PostgreSQL text holds neither NUL (SQLSTATE 22021, 22P05) nor lone surrogates."""
    while error is not None:
        if isinstance(error, UnicodeEncodeError) or getattr(error, "sqlstate", None) in ("22021", "22P05"):
            return True
        error = getattr(error, "orig", None) or error.__cause__
    return False
