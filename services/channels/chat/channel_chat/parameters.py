"""Everything about the chat channels that a company may want to decide for itself."""

from pydantic import Field

from chassis.parameters import ParameterSet


class ChatParameters(ParameterSet):
    """Thresholds of web chat and Telegram. Rates are token buckets: so many at once, then so many a second."""

    version: int = 1

    text_chars: int = Field(default=4000, ge=1, description="longest message of a visitor, in characters; proposed")
    frame_bytes: int = Field(default=65_536, ge=1024, description="largest frame of a visitor; channel reference")
    hello_seconds: float = Field(default=10, gt=0, description="how long a socket may stay silent before its hello")
    ping_seconds: float = Field(default=20, gt=0, description="heartbeat asked of clients; channel reference")
    silence_seconds: float = Field(
        default=60, gt=0, description="a socket silent for this long is closed: 3 heartbeats"
    )
    typing_ttl_seconds: float = Field(default=6, gt=0, description="how long a typing sign lasts; reference: 5 to 10 s")
    replay_limit: int = Field(default=500, ge=1, description="entries replayed at most after a gap; beyond: resync")
    page_limit: int = Field(default=200, ge=1, description="entries read from the database at once")

    token_days: float = Field(default=30, gt=0, description="life of a visitor's token; renewed at each session")
    identity_seconds: float = Field(default=300, gt=0, description="longest life of a site's identity token")
    clock_leeway_seconds: float = Field(default=30, ge=0, description="how far a site's clock may be off")

    session_burst: int = Field(default=60, ge=1, description="new sessions of one address at once (offices share one)")
    session_rate: float = Field(default=1, gt=0, description="new sessions of one address a second")
    sockets_per_address: int = Field(default=200, ge=1, description="open sockets of one address in a process")
    sockets_per_visitor: int = Field(default=10, ge=1, description="open sockets (tabs) of one visitor in a process")
    message_burst: int = Field(default=20, ge=1, description="messages of one visitor at once")
    message_rate: float = Field(default=2, gt=0, description="messages of one visitor a second")
    address_message_burst: int = Field(default=200, ge=1, description="messages from one address at once")
    address_message_rate: float = Field(default=50, gt=0, description="messages from one address a second")
    frame_burst: int = Field(default=200, ge=1, description="frames of any kind of one socket at once")
    frame_rate: float = Field(default=20, gt=0, description="frames of any kind of one socket a second")
    strikes: int = Field(default=20, ge=1, description="refused messages of one socket before it is closed (4429)")

    chat_idle_hours: float = Field(default=4, gt=0, description="a web chat without messages for this long is over")
    telegram_idle_hours: float = Field(default=24, gt=0, description="the same for Telegram")
    idle_sweep_seconds: float = Field(default=60, gt=0, description="how often idle interactions are looked for")
    idle_sweep_batch: int = Field(default=200, ge=1, description="interactions ended in one transaction")

    telegram_text_chars: int = Field(default=4096, ge=1, description="longest Telegram text; Bot API")
    telegram_connections: int = Field(
        default=1, ge=1, le=100, description="updates Telegram delivers at once; above 1 it gives up their order"
    )
    telegram_send_attempts: int = Field(default=20, ge=1, description="tries of a send that certainly was not taken")
    telegram_retry_first_seconds: float = Field(default=1, gt=0, description="pause before the second try; doubles")
    telegram_retry_longest_seconds: float = Field(default=120, gt=0, description="longest pause between tries")
    telegram_send_lease_seconds: float = Field(
        default=60, gt=0, description="a send `sending` for this long lost its process: unknown. Above the time-outs"
    )
    telegram_timeout_seconds: float = Field(default=10, gt=0, description="how long the Bot API may take to answer")
    telegram_send_batch: int = Field(default=20, ge=1, description="sends in flight at once in one process")
    telegram_poll_seconds: float = Field(default=1, gt=0, description="safety net of the send loop")
    drain_seconds: float = Field(default=12, gt=0, description="at shutdown, how long sends under way may take")
