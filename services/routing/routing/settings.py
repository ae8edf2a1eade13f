"""Settings of routing, from `POSTHOUSE_ROUTING_*`."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """Where the first queues come from. Everything else is data or a parameter."""

    model_config = SettingsConfigDict(env_prefix="POSTHOUSE_ROUTING_", extra="ignore")

    queues_file: Path | None = Field(
        default=None,
        description="YAML list of queue rules that an empty database starts with; unset: the packaged ones",
    )
