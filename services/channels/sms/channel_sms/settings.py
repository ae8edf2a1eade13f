"""Settings of the SMS channel, from `POSTHOUSE_SMS_*`."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from chassis.twilio.settings import TwilioSettings


class Settings(TwilioSettings):
    """The Twilio account behind our numbers."""

    model_config = SettingsConfigDict(env_prefix="POSTHOUSE_SMS_")

    default_number: str | None = Field(
        default=None,
        pattern=r"^\+[1-9][0-9]{6,14}$",
        description="our number for exchanges that we begin (E.164); unset: only who wrote to us is written to",
    )
