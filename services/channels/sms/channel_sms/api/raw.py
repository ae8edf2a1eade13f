"""A route for hot webhooks: documented like any other, but its endpoint gets the bare request."""

from collections.abc import Callable, Coroutine
from typing import Any, cast

from fastapi import Request, Response
from fastapi.routing import APIRoute


class RawRoute(APIRoute):
    """Calls the endpoint with the request and sends its response: nothing is resolved, parsed or serialised.

    Dependencies on such a route would be ignored; what they check, the endpoint must check.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        return cast("Callable[[Request], Coroutine[Any, Any, Response]]", self.endpoint)
