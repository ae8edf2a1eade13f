"""Settings: read once from `POSTHOUSE_*` environment variables; secrets are never shown or logged."""

from typing import Literal
from urllib.parse import urlsplit, urlunsplit

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """Base of each service's own settings; subclasses set their `env_prefix`."""

    model_config = SettingsConfigDict(env_prefix="POSTHOUSE_", extra="ignore")


class ChassisSettings(ServiceSettings):
    """What a process needs to know about its surroundings."""

    environment: str = Field(default="local", description="shown in logs and traces")
    public_base_url: str = Field(
        default="http://localhost:8080",
        description="the address customers' providers reach us at; webhook signatures are checked against it",
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="PostgreSQL server; each service uses its own database on it. "
        "Unset: a `postgres` on the PATH, else the packaged one, is started in `data_dir`",
    )
    database_prefix: str = Field(default="posthouse_", description="names of the databases: prefix + service")
    bus_url: str = Field(
        default="embedded:", description="`embedded:` (PostgreSQL log) or `kafka://host:port[,host:port]`"
    )
    instance: str | None = Field(
        default=None, description="stable name of this process among its replicas; unset: the host name"
    )
    data_dir: str = Field(default=".posthouse", description="where the embedded default keeps its files")
    migrate_on_start: bool = Field(default=False, description="`posthouse serve` brings its schema up to date first")
    database_pool: int = Field(default=5, ge=1, description="connections per service that stay open")
    database_pool_overflow: int = Field(default=15, ge=0, description="further connections per service under load")

    auth_issuer: str | None = Field(default=None, description="OIDC issuer; unset: `<public_base_url>/auth`")
    auth_audience: str = "posthouse"
    auth_jwks_url: str | None = Field(default=None, description="unset: taken from the issuer's discovery document")

    service_token: SecretStr | None = Field(
        default=None, description="API key that services present to each other, if there is no token endpoint"
    )
    service_token_url: str | None = Field(default=None, description="OAuth token endpoint for client credentials")
    service_client_id: str | None = None
    service_client_secret: SecretStr | None = None

    intake_without_broker: Literal["refuse", "accept"] = Field(
        default="refuse",
        description="what webhooks answer while the broker is away: 503 so that the provider retries, or 2xx on the "
        "strength of the outbox alone",
    )
    max_body_bytes: int = Field(default=1_048_576, ge=1024, description="larger request bodies get 413")

    log_level: str = "INFO"
    log_format: Literal["json", "text"] = "json"
    trace_ratio: float = Field(default=0.05, ge=0, le=1, description="share of new traces that are sampled")
    otlp_endpoint: str | None = Field(
        default=None, description="OTLP/HTTP collector; unset: traces stay in the process"
    )

    drain_seconds: float = Field(default=10, ge=0, description="how long work in flight may take after SIGTERM")

    def issuer(self) -> str:
        """The issuer whose tokens are accepted."""
        return self.auth_issuer or f"{self.public_base_url.rstrip('/')}/auth"


def database_of(server_url: str, name: str) -> str:
    """The URL of database `name` on the server that `server_url` points at, in plain `postgresql://` form."""
    parts = urlsplit(server_url)
    return urlunsplit(("postgresql", parts.netloc, f"/{name}", parts.query, ""))
