"""Settings every channel that speaks with Twilio has."""

from pydantic import Field, SecretStr

from chassis.settings import ServiceSettings


class TwilioSettings(ServiceSettings):
    """One Twilio account. Subclasses set their own `env_prefix`.

    Time-outs bound one REST request; a webhook that waits for one must still answer Twilio within its 15 seconds.
    """

    twilio_account_sid: str = Field(pattern=r"^AC[0-9a-fA-F]{32}$")
    twilio_auth_token: SecretStr = Field(description="signs webhooks and authenticates REST requests")
    twilio_auth_token_secondary: SecretStr | None = Field(
        default=None, description="also accepted on webhooks while the primary token is being rotated"
    )
    twilio_api_url: str = Field(
        default="https://api.twilio.com", description="REST API; the simulator's address in demos"
    )
    twilio_connect_seconds: float = Field(default=3, gt=0)
    twilio_request_seconds: float = Field(default=10, gt=0)
    twilio_max_fields: int = Field(default=200, ge=50, description="form fields a webhook may carry")

    def webhook_tokens(self) -> tuple[str, ...]:
        """The tokens a webhook may be signed with, the primary one first."""
        tokens = (self.twilio_auth_token, self.twilio_auth_token_secondary)
        return tuple(token.get_secret_value() for token in tokens if token is not None)
