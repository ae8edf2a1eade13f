"""Requests to Twilio's REST API about calls."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from twilio.rest import Client

from channel_voice.twilio.urls import Urls
from chassis.twilio.client import TwilioRefused, TwilioRest
from chassis.twilio.identity import client_of

LEG_EVENTS = ["initiated", "ringing", "answered", "completed"]
_LISTED = 20
_GONE = (404, 21220)


@dataclass(frozen=True)
class Seen:
    """A call as Twilio lists it."""

    sid: str
    status: str
    created_at: datetime


class Gateway:
    """The calls of our account. Every method raises TwilioRefused, TwilioNotSent or TwilioAmbiguous."""

    def __init__(self, rest: TwilioRest, urls: Urls, ring_seconds: int) -> None:
        self._rest, self._urls, self._ring_seconds = rest, urls, ring_seconds

    async def dial(self, leg_id: UUID, agent_id: str, account: str) -> str:
        """Ring an agent's phone; returns Twilio's id of the call."""

        async def create(client: Client) -> str:
            call = await client.calls.create_async(
                to=client_of(agent_id),
                from_=account,
                url=self._urls.leg(leg_id),
                method="POST",
                timeout=self._ring_seconds,
                status_callback=self._urls.leg_status(leg_id),
                status_callback_method="POST",
                status_callback_event=LEG_EVENTS,
            )
            return str(call.sid)

        return await self._rest.call("calls.create", create)

    async def hang_up(self, call_sid: str) -> None:
        """End a call, ringing or answered. A call that is over already, or unknown, is as good."""

        async def update(client: Client) -> None:
            await client.calls(call_sid).update_async(status="completed")

        try:
            await self._rest.call("calls.update", update)
        except TwilioRefused as refused:
            if refused.status not in _GONE and refused.code not in _GONE:
                raise

    async def status(self, call_sid: str) -> str | None:
        """The call's status; None if Twilio does not know it."""

        async def fetch(client: Client) -> str:
            return str((await client.calls(call_sid).fetch_async()).status)

        try:
            return await self._rest.call("calls.fetch", fetch)
        except TwilioRefused as refused:
            if refused.status in _GONE:
                return None
            raise

    async def calls_to(self, agent_id: str) -> list[Seen]:
        """The newest calls to an agent's phone."""

        async def read(client: Client) -> list[Seen]:
            calls = await client.calls.list_async(to=client_of(agent_id), limit=_LISTED)
            return [Seen(str(call.sid), str(call.status), call.date_created) for call in calls if call.date_created]

        return await self._rest.call("calls.list", read)

    async def conference_runs(self, name: UUID) -> bool:
        """Whether the conference of this name has begun and not ended: somebody joined the caller."""

        async def read(client: Client) -> bool:
            found = await client.conferences.list_async(friendly_name=str(name), status="in-progress", limit=1)
            return bool(found)

        return await self._rest.call("conferences.list", read)
