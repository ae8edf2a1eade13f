"""Settings of the tracking gateway: `POSTHOUSE_TRACKING_*`."""

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """Whose network this is, and the accounts at the providers. What is not set is switched off."""

    model_config = SettingsConfigDict(env_prefix="POSTHOUSE_TRACKING_", extra="ignore")

    own_carrier: str = Field(default="posthouse", pattern="^[a-z0-9_]{2,40}$", description="our own carrier code")
    own_waybill_pattern: str = Field(default=r"PH\d{10,13}", description="our waybill numbers, as a pattern")
    own_zone: str = Field(default="Asia/Shanghai", description="zone of scan times that come without one")

    kuaidi100_url: str = Field(default="https://poll.kuaidi100.com", description="the provider's address")
    kuaidi100_customer: str | None = Field(default=None, description="our customer number; unset: no queries")
    kuaidi100_key: SecretStr | None = Field(default=None, description="our key; unset: no queries")
    kuaidi100_salt: SecretStr | None = Field(default=None, description="secret of pushes; unset: pushes are refused")
