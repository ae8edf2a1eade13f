"""Settings of the SMS channel, from `POSTHOUSE_SMS_*`."""

from pydantic_settings import SettingsConfigDict

from chassis.twilio.settings import TwilioSettings


class Settings(TwilioSettings):
    """The Twilio account behind our numbers."""

    model_config = SettingsConfigDict(env_prefix="POSTHOUSE_SMS_")
