"""What endpoints ask for by type: the database, the caller with its scopes, the raw body, a healthy intake."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from chassis.auth.principal import Principal
from chassis.db.database import Database
from chassis.http.problems import Forbidden, Unauthorised, Unavailable

if TYPE_CHECKING:
    from chassis.service import Service

_bearer = HTTPBearer(auto_error=False, description="OIDC access token, or an API key (`phk_…`)")


def service_of(request: Request) -> "Service":
    """The service that answers this request."""
    service: Service = request.app.state.service
    return service


async def _database(request: Request) -> Database:  # FastAPI would run a plain function in a thread
    return service_of(request).db


DB = Annotated[Database, Depends(_database)]


async def _principal(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Principal:
    if credentials is None:
        raise Unauthorised("Send `Authorization: Bearer …` with an access token or an API key.")
    principal = await service_of(request).authenticate(credentials.credentials)
    request.state.principal = principal
    return principal


def require(*scopes: str) -> Callable[..., Awaitable[Principal]]:
    """A dependency: the caller, who must hold every one of `scopes`. 401 if unknown, 403 if a scope is missing."""

    async def authorised(principal: Annotated[Principal, Depends(_principal)]) -> Principal:
        missing = [scope for scope in scopes if scope not in principal.scopes]
        if missing:
            raise Forbidden(f"This needs the scope {' '.join(missing)}.", extra={"missing_scopes": missing})
        return principal

    return authorised


async def raw_body(request: Request) -> bytes:
    """The body as it came, for signature checks. Bounded by the service's limit (413)."""
    return await request.body()


def require_intake(service: "Service") -> None:
    """503 while what we depend on is away, so the provider tries again."""
    if not service.accepts_intake():
        raise Unavailable("The message bus is away; nothing was accepted. Deliver it again later.")


async def _intake(request: Request) -> None:
    require_intake(service_of(request))


WebhookIntake = Depends(_intake)
"""`require_intake` for `dependencies=[…]` of provider webhooks."""
