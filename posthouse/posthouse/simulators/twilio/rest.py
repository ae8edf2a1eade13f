"""What all REST resources share: Basic auth, Twilio's errors, form fields, pages and date filters."""

import hmac
from base64 import b64decode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode

from fastapi import HTTPException, Request
from fastapi.responses import JSONResponse

from chassis.clock import Clock
from chassis.twilio.signature import Fields, form_fields
from posthouse.simulators.twilio.calls import Exchange
from posthouse.simulators.twilio.delivery import Webhooks
from posthouse.simulators.twilio.events import Events
from posthouse.simulators.twilio.faults import Faults
from posthouse.simulators.twilio.messages import Texting
from posthouse.simulators.twilio.settings import SimulatorSettings
from posthouse.simulators.twilio.state import Callback, Hook, World

T = TypeVar("T")
MAX_FIELDS = 200
CALL_EVENTS = frozenset({"initiated", "ringing", "answered", "completed"})


@dataclass
class Simulator:
    """The running simulator, as its endpoints see it."""

    settings: SimulatorSettings
    clock: Clock
    world: World
    faults: Faults
    events: Events
    webhooks: Webhooks
    exchange: Exchange
    texting: Texting


class TwilioError(Exception):
    """An error answer of the REST API."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message

    def response(self) -> JSONResponse:
        """As Twilio writes it."""
        more = f"https://www.twilio.com/docs/errors/{self.code}"
        body = {"code": self.code, "message": self.message, "more_info": more, "status": self.status}
        headers = {"WWW-Authenticate": 'Basic realm="Twilio API"'} if self.status == 401 else {}
        return JSONResponse(body, self.status, headers)


def not_found(path: str) -> TwilioError:
    """The answer for anything that does not exist."""
    return TwilioError(404, 20404, f"The requested resource {path} was not found")


@dataclass(frozen=True)
class Form:
    """A POST's form."""

    fields: Fields = field(default_factory=list)

    def get(self, name: str) -> str | None:
        """The field's last value; None when it is missing or empty."""
        return next((value for key, value in reversed(self.fields) if key == name and value), None)

    def all(self, name: str) -> list[str]:
        """Every value of a repeated field."""
        return [value for key, value in self.fields if key == name]

    def truth(self, name: str) -> bool | None:
        """A truth value; None when missing."""
        value = self.get(name)
        if value is None:
            return None
        if value.lower() not in ("true", "false"):
            raise TwilioError(400, 20001, f"Parameter '{name}' is not valid")
        return value.lower() == "true"

    def number(self, name: str, default: float) -> float:
        """A number."""
        try:
            return float(self.get(name) or default)
        except ValueError as error:
            raise TwilioError(400, 20001, f"Parameter '{name}' is not valid") from error

    def callback(self) -> Callback | None:
        """The call progress subscription in `StatusCallback…`."""
        url = self.get("StatusCallback")
        events = frozenset(" ".join(self.all("StatusCallbackEvent")).split()) or frozenset({"completed"})
        if not events <= CALL_EVENTS:
            raise TwilioError(400, 21626, "Call status callback event is not valid")
        return Callback(Hook(url, self.get("StatusCallbackMethod") or "POST"), events) if url else None


async def form(request: Request) -> Form:
    """The request's form, read as Twilio's clients write it."""
    return Form(form_fields(await request.body(), MAX_FIELDS))


async def simulator(request: Request) -> Simulator:
    """The simulator of this application."""
    found: Simulator = request.app.state.simulator
    return found


async def authorised(request: Request, account_sid: str) -> Simulator:
    """The simulator, for the account's own SID and token only."""
    sim = await simulator(request)
    try:
        user, _, password = b64decode(request.headers.get("authorization", "").removeprefix("Basic ")).partition(b":")
    except ValueError:
        user, password = b"", b""
    right = hmac.compare_digest(user, sim.settings.account_sid.encode())
    right &= hmac.compare_digest(password, sim.settings.auth_token.encode())
    if not right:
        raise TwilioError(401, 20003, "Authenticate")
    if account_sid != sim.settings.account_sid:
        raise not_found(request.url.path)
    return sim


def page(request: Request, name: str, items: Sequence[T], render: Callable[[T], dict[str, Any]]) -> dict[str, Any]:
    """One page of a list resource, in Twilio's form with relative links."""
    query = dict(request.query_params)
    size = min(max(int(query.get("PageSize", 50)), 1), 1000)
    number = max(int(query.get("Page", 0)), 0)
    start = number * size
    shown = items[start : start + size]
    path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))

    def link(index: int) -> str:
        return f"{path}?{urlencode({**query, 'PageSize': size, 'Page': index})}"

    return {
        "end": max(start + len(shown) - 1, start),
        "first_page_uri": link(0),
        "next_page_uri": link(number + 1) if start + size < len(items) else None,
        "page": number,
        "page_size": size,
        "previous_page_uri": link(number - 1) if number else None,
        "start": start,
        "uri": link(number),
        name: [render(item) for item in shown],
    }


def within(request: Request, name: str, instant: datetime | None) -> bool:
    """Whether an instant passes the filters `name`, `name<` and `name>` (dates, or instants in ISO 8601)."""
    for suffix in ("", "<", ">"):
        wanted = request.query_params.get(name + suffix)
        if wanted is None:
            continue
        if instant is None:
            return False
        try:
            bound = datetime.fromisoformat(wanted)
        except ValueError as error:
            raise HTTPException(400, f"{name} is not a date") from error
        day = timedelta(days=1) if len(wanted) == len("2026-01-05") else timedelta(seconds=1)
        bound = bound if bound.tzinfo else bound.replace(tzinfo=instant.tzinfo)
        passes = {"": bound <= instant < bound + day, "<": instant < bound + day, ">": instant >= bound}[suffix]
        if not passes:
            return False
    return True
