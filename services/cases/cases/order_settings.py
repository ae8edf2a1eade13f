"""Settings of orders, from `POSTHOUSE_CASES_*`."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from chassis.settings import ServiceSettings


class OrderSettings(ServiceSettings):
    """Where webhooks may go."""

    model_config = SettingsConfigDict(env_prefix="POSTHOUSE_CASES_", extra="ignore")

    webhooks_to_private_addresses: bool = Field(
        default=False, description="allow plain HTTP and private networks for webhooks: laptops and tests only"
    )
