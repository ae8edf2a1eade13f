"""Everything about the SMS channel that a company may want to decide for itself."""

from pydantic import Field

from channel_sms.domain.optout import Words, fold
from chassis.parameters import ParameterSet


class SmsParameters(ParameterSet):
    """Thresholds and word lists. `version` is stored with every suppression they led to."""

    version: int = 1

    idle_hours: float = Field(
        default=24, gt=0, description="an interaction without messages for this long is over; company parameter"
    )
    idle_sweep_seconds: float = Field(default=60, gt=0, description="how often idle interactions are looked for")
    idle_sweep_batch: int = Field(default=200, ge=1, description="interactions ended in one transaction")

    text_limit: int = Field(
        default=1600, ge=1, description="longest text Twilio accepts, in characters (its error 21617)"
    )
    segment_limit: int = Field(default=10, ge=1, description="most segments one message may cost; company parameter")

    send_lease_seconds: float = Field(
        default=60,
        gt=0,
        description="a send `sending` for this long lost its process: ambiguous. Above the client's time-out",
    )
    send_attempts: int = Field(
        default=20, ge=1, description="tries of a send that certainly did not reach Twilio or was told to wait"
    )
    retry_first_seconds: float = Field(default=1, gt=0, description="pause before the second try; doubles each time")
    retry_longest_seconds: float = Field(default=120, gt=0, description="longest pause between tries")
    send_batch: int = Field(default=20, ge=1, description="sends claimed, and in flight at once, by one process")
    send_poll_seconds: float = Field(
        default=1, gt=0, description="safety net of the send loop, which is otherwise woken by the commit"
    )

    drain_seconds: float = Field(
        default=12, gt=0, description="at shutdown, how long calls under way may take; above the client's time-out"
    )

    lookup_after_seconds: tuple[float, ...] = Field(
        default=(2, 10, 60),
        min_length=1,
        description="when, after an ambiguous send, Twilio's list is asked; what the last does not show was not taken",
    )
    lookup_window_seconds: float = Field(
        default=300, gt=0, description="how far Twilio's clock and ours may differ when a listed message is matched"
    )
    lookup_limit: int = Field(default=100, ge=1, description="newest listed messages that are compared")

    media_limit_bytes: int = Field(
        default=16 * 1024 * 1024, ge=1, description="largest received file handed out; Twilio accepts up to 5 MB today"
    )

    stop_words: tuple[str, ...] = Field(
        default=(
            "STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "REVOKE", "OPTOUT", "CANCEL", "REMOVE", "ARRET",
            "TD", "TX", "退订", "回T", "回TD", "回T退订", "回TD退订", "T退订", "TD退订", "拒收", "不要再发",
            "停止", "取消",
        ),
        description="exact words that opt out; Twilio's and AWS's defaults and those customary in China",
    )  # fmt: skip
    ambiguous_stop_words: tuple[str, ...] = Field(
        default=("END", "QUIT", "CANCEL", "REMOVE", "停止", "取消", "拒收"),
        description="stop words that a courier's customer may mean otherwise: obeyed, and still read by a person",
    )
    stop_letters: tuple[str, ...] = Field(
        default=("R", "T", "N"),
        description="letters that opt out only as the answer to a promotion offering them (China: 拒收请回复R)",
    )
    letter_offers: tuple[str, ...] = Field(
        default=("回复", "回", "reply", "text"), description="what stands before the letter in such a promotion"
    )
    start_words: tuple[str, ...] = Field(
        default=("START", "UNSTOP", "恢复订阅"), description="exact words that opt in again"
    )
    help_words: tuple[str, ...] = Field(default=("HELP", "INFO"), description="exact words that are always answered")

    chinese_prefixes: tuple[str, ...] = Field(
        default=("+86",), description="numbers that get the channel's own answers in Chinese"
    )

    def words(self) -> Words:
        """The word lists, folded for matching."""

        def folded(words: tuple[str, ...]) -> frozenset[str]:
            return frozenset(map(fold, words))

        return Words(
            stop=folded(self.stop_words),
            start=folded(self.start_words),
            help=folded(self.help_words),
            letters=folded(self.stop_letters),
            ambiguous=folded(self.ambiguous_stop_words),
            offers=tuple(map(fold, self.letter_offers)),
        )
