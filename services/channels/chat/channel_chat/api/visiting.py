"""What the endpoints of visitors share: the site, its origins, the visitor's token, the address they come from."""

from typing import Annotated

from fastapi import Depends, Path, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import HTTPConnection

from channel_chat.limits import Limits
from channel_chat.settings import SiteSettings
from channel_chat.sites import Sites
from channel_chat.visitors import BadCredential, Visitor, Visitors
from chassis.http.problems import Forbidden, NotFound, TooManyRequests, Unauthorised

_bearer = HTTPBearer(auto_error=False, description="the visitor's token", scheme_name="VisitorToken")


def client_address(connection: HTTPConnection) -> str:
    """Where the request comes from: the peer, or whom a trusted proxy names (uvicorn's forwarded-allow-ips)."""
    return connection.client.host if connection.client else "unknown"


async def _site(request: Request, site: Annotated[str, Path(max_length=40)]) -> SiteSettings:
    """The site, for pages of its own. 404 if there is none, 403 for pages of another origin."""
    sites: Sites = request.app.state.sites
    found = sites.get(site)
    if found is None:
        raise NotFound("site", site)
    origin = request.headers.get("origin")
    if origin is not None and not sites.allows(site, origin):
        raise Forbidden("Pages of this origin may not use this site.")
    return found


Site = Annotated[SiteSettings, Depends(_site)]


async def _visitor(
    request: Request, site: Site, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Visitor:
    """The visitor of the bearer token. 401 without a valid one, 403 with one of another site."""
    if credentials is None:
        raise Unauthorised("Send `Authorization: Bearer …` with the visitor's token.")
    visitors: Visitors = request.app.state.visitors
    try:
        visitor = visitors.of_token(credentials.credentials)
    except BadCredential as error:
        raise Unauthorised(f"The visitor's token does not hold: {error}") from error
    if visitor.site != site.id:
        raise Forbidden("The token is of another site.")
    return visitor


Caller = Annotated[Visitor, Depends(_visitor)]


def slow_down(wait: float) -> None:
    """429 if `wait` seconds must pass first."""
    if wait:
        raise TooManyRequests("Too many requests from here.", retry_after_seconds=int(wait) + 1)


def limits_of(request: Request) -> Limits:
    """The limits of this process."""
    limits: Limits = request.app.state.limits
    return limits
