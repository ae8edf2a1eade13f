"""Settings of the voice channel, from `POSTHOUSE_VOICE_*`."""

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from chassis.twilio.settings import TwilioSettings


class Settings(TwilioSettings):
    """The Twilio account behind our numbers, and where parcels are looked up."""

    model_config = SettingsConfigDict(env_prefix="POSTHOUSE_VOICE_")

    tracking_url: str | None = Field(
        default=None, description="the tracking gateway's address; unset: `<public_base_url>/tracking`"
    )
    tracking_api_key: SecretStr | None = Field(
        default=None, description="API key for the gateway; unset: the service's own token"
    )
