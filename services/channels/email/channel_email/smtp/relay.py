"""The mail server that takes our mail. Its answer is told apart by what it proves, not by how it failed."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from channel_email.parameters import EmailParameters
from channel_email.settings import Settings

_ACCEPTED = range(200, 300)
_LATER = range(400, 500)
_NOT_LET_IN = frozenset({530, 534, 535, 538})
"""Codes about our own log-in: the mail is not to blame, so it waits for the operator."""
_TEXT_CHARS = 300


class RelayFailure(Exception):
    """The mail server did not confirm the mail. The subclasses say what that means."""


@dataclass
class NotAccepted(RelayFailure):
    """The server certainly does not have the mail. `retry`: it may take it later. `code` is None without an answer."""

    code: int | None
    text: str
    retry: bool


@dataclass
class Ambiguous(RelayFailure):
    """The content went out, and no answer came: the server may have the mail."""

    text: str


class SmtpRelay:
    """One connection per mail. No retries of its own."""

    def __init__(self, settings: Settings, parameters: EmailParameters) -> None:
        self._settings = settings
        self._command_seconds = parameters.smtp_timeout_seconds
        self._data_seconds = parameters.smtp_data_seconds

    async def deliver(
        self, mail: bytes, *, sender: str, recipient: str, before_content: Callable[[], Awaitable[None]]
    ) -> str:
        """Hand the mail over; returns the server's words. Raises `NotAccepted` or `Ambiguous`.

        `before_content` runs when greeting, sender and recipient are accepted; what it raises ends the attempt with
        nothing sent, and is passed on.
        """
        client = self._client()
        try:
            await self._envelope(client, sender, recipient)
            await before_content()
            return await self._content(client, mail)
        finally:
            client.close()

    def _client(self) -> SMTP:
        settings = self._settings
        password = settings.relay_password.get_secret_value() if settings.relay_password else None
        return SMTP(
            hostname=settings.relay_host,
            port=settings.relay_port,
            username=settings.relay_user,
            password=password,
            local_hostname=settings.hostname,
            timeout=self._command_seconds,
            use_tls=settings.relay_tls == "tls",
            start_tls=settings.relay_tls == "starttls",
        )

    async def _envelope(self, client: SMTP, sender: str, recipient: str) -> None:
        try:
            await client.connect()
            await client.mail(sender)
            await client.rcpt(recipient)
        except SMTPResponseException as error:
            retry = error.code in _LATER or error.code in _NOT_LET_IN
            raise NotAccepted(error.code, _text(error.message), retry) from error
        except (SMTPException, OSError, TimeoutError) as error:
            raise NotAccepted(None, _text(str(error)), True) from error

    async def _content(self, client: SMTP, mail: bytes) -> str:
        try:
            answer = await client.data(mail, timeout=self._data_seconds)
        except SMTPResponseException as error:  # an answer, to DATA or to the content, says whether it was accepted
            if error.code in _ACCEPTED:
                return _text(error.message)
            raise NotAccepted(error.code, _text(error.message), error.code in _LATER) from error
        except (SMTPException, OSError, TimeoutError) as error:
            raise Ambiguous(_text(str(error))) from error
        with suppress(SMTPException, OSError, TimeoutError):
            await client.quit(timeout=1)
        return _text(answer.message)


def _text(message: str) -> str:
    return " ".join(message.split())[:_TEXT_CHARS]
