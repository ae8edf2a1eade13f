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

    webhooks_to_private_addresses: bool = Field(
        default=False, description="allow plain HTTP and private networks for webhooks: laptops and tests only"
    )

    kuaidi100_url: str = Field(default="https://poll.kuaidi100.com", description="the provider's address")
    kuaidi100_customer: str | None = Field(default=None, description="our customer number; unset: no queries")
    kuaidi100_key: SecretStr | None = Field(default=None, description="our key; unset: no queries")
    kuaidi100_salt: SecretStr | None = Field(default=None, description="secret of pushes; unset: pushes are refused")

    kdniao_url: str = Field(default="https://api.kdniao.com", description="the provider's address")
    kdniao_business_id: str | None = Field(default=None, description="EBusinessID; unset: no queries")
    kdniao_app_key: SecretStr | None = Field(default=None, description="signs queries and pushes; unset: neither")

    track17_url: str = Field(default="https://api.17track.net", description="the provider's address")
    track17_key: SecretStr | None = Field(default=None, description="17token; unset: no queries, pushes are refused")

    aftership_url: str = Field(default="https://api.aftership.com", description="the provider's address")
    aftership_api_key: SecretStr | None = Field(default=None, description="unset: no queries")
    aftership_webhook_secret: SecretStr | None = Field(default=None, description="unset: webhooks are refused")

    easypost_url: str = Field(default="https://api.easypost.com", description="the provider's address")
    easypost_api_key: SecretStr | None = Field(default=None, description="unset: no queries")
    easypost_webhook_secret: SecretStr | None = Field(default=None, description="unset: webhooks are refused")

    sf_url: str = Field(default="https://sfapi.sf-express.com", description="the carrier's address")
    sf_partner_id: str | None = Field(default=None, description="partnerID; unset: no queries")
    sf_check_word: SecretStr | None = Field(default=None, description="signs queries; unset: no queries")
    sf_push_token: SecretStr | None = Field(default=None, description="token in the push address; unset: refused")

    ups_url: str = Field(default="https://onlinetools.ups.com", description="the carrier's address")
    ups_client_id: str | None = Field(default=None, description="unset: no queries")
    ups_client_secret: SecretStr | None = Field(default=None, description="unset: no queries")

    fedex_url: str = Field(default="https://apis.fedex.com", description="the carrier's address")
    fedex_client_id: str | None = Field(default=None, description="unset: no queries")
    fedex_client_secret: SecretStr | None = Field(default=None, description="unset: no queries")

    usps_url: str = Field(default="https://apis.usps.com", description="the carrier's address")
    usps_client_id: str | None = Field(default=None, description="unset: no queries")
    usps_client_secret: SecretStr | None = Field(default=None, description="unset: no queries")

    dhl_url: str = Field(default="https://api-eu.dhl.com", description="the carrier's address")
    dhl_api_key: SecretStr | None = Field(default=None, description="unset: no queries")
