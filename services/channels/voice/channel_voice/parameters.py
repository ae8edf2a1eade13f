"""Everything about the voice channel that a company may want to decide for itself."""

from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from channel_voice.domain.dialogue import MenuRules
from chassis.parameters import ParameterSet
from contracts.values import Language


class Voice(BaseModel):
    """Who speaks a language: a voice of Twilio's Say verb and its language tag."""

    model_config = ConfigDict(frozen=True)

    name: str
    language: str


class NumberForm(BaseModel):
    """A kind of waybill number whose letters cannot be typed on a keypad."""

    model_config = ConfigDict(frozen=True)

    letters: str
    digits: int


class VoiceParameters(ParameterSet):
    """Limits, times and voices. `version` counts changes of meaning or default."""

    version: int = 1

    agent_ring_seconds: int = Field(
        default=15, ge=5, le=60, description="how long an agent's phone rings; 12–15 s keeps the answer within 20 s"
    )
    leg_grace_seconds: float = Field(
        default=8, gt=0, description="after the ringing time, how long Twilio may take to report (it adds up to 5 s)"
    )
    join_grace_seconds: float = Field(
        default=5, gt=0, description="after an agent picked up, when the conference is looked at if no report came"
    )
    call_check_seconds: float = Field(
        default=300,
        gt=0,
        description="how often Twilio is asked whether a call still runs, should its end go unreported",
    )

    key_timeout_seconds: int = Field(default=6, ge=1, description="silence after a question counts as no answer")
    digits_timeout_seconds: int = Field(default=10, ge=1, description="silence while a waybill number is typed")
    wrong_limit: int = Field(default=3, ge=1, description="wrong keys in a row that lead to a person")
    silence_limit: int = Field(default=3, ge=1, description="unanswered questions in a row that end the call")
    waybill_min_digits: int = Field(default=8, ge=5, description="shortest waybill number, letters left out")
    waybill_max_digits: int = Field(default=22, le=40, description="longest waybill number (USPS: 22 digits)")
    untypeable: tuple[NumberForm, ...] = Field(
        default=(
            NumberForm(letters="SF", digits=13),
            NumberForm(letters="YT", digits=13),
            NumberForm(letters="JT", digits=13),
        ),
        description="tried when the bare digits are unknown; one hit is told with its letters, several go to a person",
    )
    lookup_seconds: float = Field(
        default=4,
        gt=0,
        le=10,
        description="time for tracking queries of one answer; the caller hears silence meanwhile",
    )

    wait_music_seconds: int = Field(
        default=20, ge=5, le=25, description="music between two announcements; a piece must stay below 30 s"
    )

    languages_by_number: dict[str, Language] = Field(
        default_factory=dict, description="called numbers that greet in a certain language, whoever calls"
    )
    chinese_prefixes: tuple[str, ...] = Field(
        default=("+86", "+852", "+853", "+886"), description="callers who are greeted in Chinese first"
    )
    withheld: frozenset[str] = Field(
        default=frozenset({"", "anonymous", "restricted", "unavailable", "unknown", "+266696687", "+7378742883",
                           "+2562533", "+8656696", "+86282452253"}),
        description="what Twilio puts in place of a number that is not disclosed (words, and their keypad spelling)",
    )  # fmt: skip
    agent_language: Language = Field(default=Language.ZH_CN, description="in which agents hear announcements")
    time_zone: str = Field(default="Asia/Shanghai", description="in which callers hear times")
    chinese_voice: Voice = Voice(name="Polly.Zhiyu", language="cmn-CN")
    english_voice: Voice = Voice(name="Polly.Joanna", language="en-US")

    command_lease_seconds: float = Field(
        default=30, gt=0, description="a request to Twilio under way for this long lost its process; above its time-out"
    )
    command_attempts: int = Field(default=8, ge=1, description="tries of a hang-up or look-up before it is given up")
    dial_attempts: int = Field(default=5, ge=1, description="tries of a dial that certainly did not reach Twilio")
    retry_first_seconds: float = Field(default=0.5, gt=0, description="pause before the second try; doubles each time")
    retry_longest_seconds: float = Field(default=30, gt=0, description="longest pause between tries")
    find_after_seconds: float = Field(
        default=2, gt=0, description="after an ambiguous dial, when Twilio's list of calls is read"
    )
    command_batch: int = Field(default=20, ge=1, description="requests to Twilio in flight at once, by one process")
    command_poll_seconds: float = Field(
        default=1, gt=0, description="safety net of the request loop, which is otherwise woken by the commit"
    )
    callback_days: int = Field(default=7, ge=1, description="how long reports are remembered to recognise repetitions")

    def menu(self) -> MenuRules:
        """The limits of the menu."""
        return MenuRules(
            wrong_limit=self.wrong_limit,
            silence_limit=self.silence_limit,
            waybill_min_digits=self.waybill_min_digits,
            waybill_max_digits=self.waybill_max_digits,
        )

    def zone(self) -> ZoneInfo:
        """The callers' time zone."""
        return ZoneInfo(self.time_zone)

    def language(self, account: str, caller: str) -> Language:
        """The language a call is greeted in: the called number's, else the caller's country's."""
        if account in self.languages_by_number:
            return self.languages_by_number[account]
        return Language.ZH_CN if caller.startswith(self.chinese_prefixes) else Language.EN

    def voice(self, language: Language) -> Voice:
        """Who speaks this language."""
        return self.chinese_voice if language is Language.ZH_CN else self.english_voice
