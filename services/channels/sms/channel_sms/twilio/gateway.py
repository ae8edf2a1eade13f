"""Twilio's Messages resource: create one, list what was created."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from twilio.base import values
from twilio.rest import Client
from twilio.rest.api.v2010.account.message import MessageInstance

from channel_sms.domain.sending import Listed
from chassis.twilio.client import TwilioRest

_EPOCH = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True)
class Accepted:
    """Twilio took a message. `error_code` is set when it refused it in the same breath (status `failed`)."""

    sid: str
    status: str
    error_code: str | None


class TwilioGateway:
    """Sends and finds messages. Failures are TwilioRefused, TwilioNotSent and TwilioAmbiguous."""

    def __init__(self, rest: TwilioRest, *, callback: Callable[[UUID], str], lookup_limit: int) -> None:
        """`callback` gives the public URL for the status callbacks of one of our messages."""
        self._rest = rest
        self._callback = callback
        self._lookup_limit = lookup_limit

    async def send(self, message_id: UUID, *, account: str, address: str, text: str) -> Accepted:
        """One attempt to have Twilio take the message."""
        created: MessageInstance = await self._rest.call(
            "messages.create",
            lambda client: client.messages.create_async(
                to=address, from_=account, body=text, status_callback=self._callback(message_id)
            ),
        )
        return Accepted(str(created.sid), str(created.status), _code(created.error_code))

    async def sent_since(self, since: datetime, *, account: str, address: str) -> list[Listed]:
        """Messages between the two numbers since about `since`, newest first, up to the limit.

        A message still in Twilio's queue has no DateSent and is missing from a list filtered by it, so the newest
        ones are listed without the filter too.
        """
        by_sid: dict[str, Listed] = {}
        for sent_after in (since, None):
            for message in await self._list(account, address, sent_after):
                by_sid[message.sid] = message
        return sorted(by_sid.values(), key=lambda message: message.created_at, reverse=True)

    async def _list(self, account: str, address: str, sent_after: datetime | None) -> list[Listed]:
        async def ask(client: Client) -> list[MessageInstance]:
            return await client.messages.list_async(
                to=address, from_=account, limit=self._lookup_limit, date_sent_after=sent_after or values.unset
            )

        found = await self._rest.call("messages.list", ask)
        return [_listed(message) for message in found if str(message.direction) != "inbound"]


def _listed(message: MessageInstance) -> Listed:
    return Listed(
        sid=str(message.sid),
        status=str(message.status),
        account=str(message.from_),
        address=str(message.to),
        text=str(message.body or ""),
        created_at=message.date_created or _EPOCH,
        error_code=_code(message.error_code),
    )


def _code(code: object) -> str | None:
    return None if code is None else str(code)
