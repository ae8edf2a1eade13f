"""The invented surroundings of the demo: numbers, tokens and addresses that exist only on this machine."""

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ACCOUNT_SID = "AC" + "0" * 31 + "d"
NUMBER_EN = "+12025550100"  # 555-01xx is reserved for fiction in North America
NUMBER_ZH = "+12025550101"
SITE = "demo"
BOT = "demo"
BOT_TOKEN_ID = "4815162342"  # noqa: S105 - the public half
MAILBOX = "support@posthouse.example"


@dataclass(frozen=True)
class DemoWorld:
    """What the demo's services and simulators agree on. Secrets are new at each start."""

    base_url: str
    mail_port: int
    relay_port: int
    auth_token: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    bot_token: str = field(default_factory=lambda: f"{BOT_TOKEN_ID}:{secrets.token_hex(16)}", repr=False)
    bot_secret: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    kuaidi100_salt: str = field(default_factory=lambda: secrets.token_hex(8), repr=False)

    def variables(self) -> dict[str, str]:
        """Environment variables for the services."""
        twilio = {
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": self.auth_token,
            "TWILIO_API_URL": self.base_url,
        }
        site = {"id": SITE, "origins": [self.base_url, self.base_url.replace("localhost", "127.0.0.1")]}
        return {
            "POSTHOUSE_PARAMETERS_FILE": str(Path(__file__).with_name("parameters.yaml")),
            **{f"POSTHOUSE_SMS_{name}": value for name, value in twilio.items()},
            "POSTHOUSE_SMS_DEFAULT_NUMBER": NUMBER_ZH,
            **{f"POSTHOUSE_VOICE_{name}": value for name, value in twilio.items()},
            "POSTHOUSE_EMAIL_LMTP_PORT": str(self.mail_port),
            "POSTHOUSE_EMAIL_RELAY_PORT": str(self.relay_port),
            "POSTHOUSE_EMAIL_MAILBOXES": json.dumps([{"address": MAILBOX, "name": "驿站快递客服 Posthouse"}]),
            "POSTHOUSE_CHAT_SITES": json.dumps([site]),
            "POSTHOUSE_CHAT_BOTS": json.dumps(
                [
                    {
                        "id": BOT,
                        "token": self.bot_token,
                        "secret": self.bot_secret,
                        "api_url": f"{self.base_url}/sim/telegram",
                    }
                ]
            ),
        }

    @contextmanager
    def applied(self) -> Iterator[None]:
        """The variables set for the length of the block."""
        before = dict(os.environ)
        self.apply()
        try:
            yield
        finally:
            for name in self.variables():
                if name not in before:
                    os.environ.pop(name, None)

    def apply(self) -> None:
        """Set the variables, without overriding what the person set."""
        for name, value in self.variables().items():
            os.environ.setdefault(name, value)
