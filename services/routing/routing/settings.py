"""Settings of routing, from `POSTHOUSE_ROUTING_*`."""

from pathlib import Path

from pydantic import Field, model_validator
from pydantic_settings import SettingsConfigDict

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """Where the first queues come from, and how work divides into domains. Everything else is data or a parameter."""

    model_config = SettingsConfigDict(env_prefix="POSTHOUSE_ROUTING_", extra="ignore")

    queues_file: Path | None = Field(
        default=None,
        description="YAML list of queue rules that an empty database starts with; unset: the packaged ones",
    )
    domains: dict[str, list[str]] = Field(
        default={"default": []},
        min_length=1,
        description="routing domains and their queues, as JSON; the first takes the queues named nowhere. Domains "
        "share no agents and no queues, and each has one owner among the replicas, so more domains use more replicas",
    )

    @model_validator(mode="after")
    def _each_queue_once(self) -> "Settings":
        named = [queue for queues in self.domains.values() for queue in queues]
        twice = sorted({queue for queue in named if named.count(queue) > 1})
        if twice:
            raise ValueError(f"domains: the queue {twice[0]} is in two of them")
        return self

    def domain_of_queue(self) -> dict[str, str]:
        """Queue to domain, for the queues that are named."""
        return {queue: domain for domain, queues in self.domains.items() for queue in queues}
