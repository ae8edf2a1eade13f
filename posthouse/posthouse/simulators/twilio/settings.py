"""What the simulator is told: one account, its numbers and where their webhooks go, and how fast things happen."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Number:
    """A number of the account. URLs may carry Twilio's connection overrides in their fragment (`#rc=2&rp=5xx`)."""

    number: str
    voice_url: str | None = None
    voice_fallback_url: str | None = None
    status_callback: str | None = None
    sms_url: str | None = None


@dataclass(frozen=True)
class Pace:
    """Seconds that things take. Twilio states none of these; they are typical values."""

    message_step: float = 0.3
    call_setup: float = 0.2
    retry: float = 0.5
    per_cjk_character: float = 0.22
    per_character: float = 0.065
    play: float = 15.0
    answer_after: float | None = None
    """Agents (`client:…`) and phones that never asked otherwise pick up by themselves after this; None: never."""


@dataclass(frozen=True)
class SimulatorSettings:
    """The account and its world."""

    account_sid: str
    auth_token: str = field(repr=False)
    numbers: tuple[Number, ...] = ()
    pace: Pace = Pace()
    webhook_connect_seconds: float = 5.0
    webhook_total_seconds: float = 15.0

    def number(self, number: str) -> Number | None:
        """The account's number, if it is one."""
        return next((owned for owned in self.numbers if owned.number == number), None)
