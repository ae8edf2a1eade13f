"""Settings of the chat channels, from `POSTHOUSE_CHAT_*`. Lists are JSON."""

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from chassis.settings import ServiceSettings
from contracts.values import Language


class SiteSettings(BaseModel):
    """A website that carries the widget."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(
        pattern=r"^[a-z0-9][a-z0-9-]{0,39}$", description="appears in URLs and as the account of interactions"
    )
    origins: tuple[str, ...] = Field(
        min_length=1, description="`scheme://host[:port]` of the pages that may use the site"
    )
    identity_secrets: tuple[SecretStr, ...] = Field(
        default=(), max_length=2, description="keys the site signs its users' identities with; two during a rotation"
    )
    language: Language = Field(default=Language.ZH_CN, description="language of visitors that name none")

    @field_validator("origins")
    @classmethod
    def _normal(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(origin.rstrip("/").lower() for origin in origins)

    @field_validator("identity_secrets")
    @classmethod
    def _long_enough(cls, secrets: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if any(len(secret.get_secret_value()) < 32 for secret in secrets):
            raise ValueError("an identity secret needs at least 32 characters (RFC 7518 section 3.2)")
        return secrets


class BotSettings(BaseModel):
    """A Telegram bot."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(
        pattern=r"^[a-z0-9][a-z0-9-]{0,39}$", description="appears in URLs and as the account of interactions"
    )
    token: SecretStr
    secret: SecretStr = Field(description="comes back in X-Telegram-Bot-Api-Secret-Token with each update")
    api_url: str = Field(default="https://api.telegram.org", description="Bot API; the simulator's address in demos")

    @field_validator("secret")
    @classmethod
    def _allowed(cls, secret: SecretStr) -> SecretStr:
        value = secret.get_secret_value()
        if not 1 <= len(value) <= 256 or not value.replace("_", "").replace("-", "").isalnum() or not value.isascii():
            raise ValueError("a webhook secret has 1 to 256 characters of A-Z a-z 0-9 _ -")
        return secret


class Settings(ServiceSettings):
    """Sites and bots."""

    model_config = SettingsConfigDict(env_prefix="POSTHOUSE_CHAT_")

    sites: tuple[SiteSettings, ...] = Field(description="websites with the widget")
    bots: tuple[BotSettings, ...] = Field(default=(), description="Telegram bots")
    token_secrets: tuple[SecretStr, ...] = Field(
        default=(),
        max_length=2,
        description="keys of visitors' tokens, the first signs; unset: one is made and kept in the service's database",
    )
    register_webhooks: bool = Field(default=True, description="tell Telegram our webhook address at start")
