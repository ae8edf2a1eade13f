"""Every threshold of the engine, with where it comes from. Queues may override some in their own rules."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts.values import Channel

Seconds = Annotated[float, Field(ge=0, le=7 * 24 * 3600)]


class ChannelRules(BaseModel):
    """What one piece of work on a channel costs an agent, and how long its steps may take."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cost: int = Field(ge=0, le=1000, description="units of an agent's capacity that one item takes")
    at_most: int = Field(ge=0, le=100, description="items of this channel that one agent may hold at a time")
    offer_seconds: Annotated[float, Field(gt=0, le=3600)] | None = Field(
        default=None, description="time to answer an offer; unset: as long as the rings of `rings_before_missed` take"
    )
    wrap_up_seconds: Seconds = Field(description="after-contact work that still holds the capacity; 0 for none")


def _channels() -> dict[Channel, ChannelRules]:
    return {
        Channel.VOICE: ChannelRules(cost=100, at_most=1, wrap_up_seconds=10),  # answered within so many rings
        Channel.CHAT: ChannelRules(cost=30, at_most=3, offer_seconds=30, wrap_up_seconds=0),
        Channel.TELEGRAM: ChannelRules(cost=30, at_most=3, offer_seconds=30, wrap_up_seconds=0),
        Channel.SMS: ChannelRules(cost=25, at_most=4, offer_seconds=45, wrap_up_seconds=0),
        Channel.EMAIL: ChannelRules(cost=20, at_most=4, offer_seconds=60, wrap_up_seconds=0),
    }


class Parameters(BaseModel):
    """Thresholds of a routing domain. Ours unless a source is named."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    channels: dict[Channel, ChannelRules] = Field(
        default_factory=_channels,
        description="cost, limit, offer time and wrap-up per channel; one scalar capacity excludes across channels "
        "(Azure Job Router's model: voice 100 of 100)",
    )
    capacity: int = Field(default=100, ge=1, le=10_000, description="capacity of an agent who has no own value")
    default_queue: str = Field(default="general", description="takes work for a queue that does not exist")
    neutral_priority: int = Field(default=5, ge=1, le=9, description="priority without head start (contracts: 1 to 9)")
    head_start_seconds: Seconds = Field(
        default=60, description="head start per point of priority; a minute a point, as in Genesys Cloud"
    )
    cooldown_seconds: Seconds = Field(
        default=30, description="an agent who declined or missed an item is not offered it again for this long"
    )
    rings_before_missed: int = Field(
        default=3, ge=1, le=20, description="rings an offered call may last (seed S1: answer within three rings)"
    )
    ring_seconds: float = Field(
        default=5, gt=0, le=30, description="one ring: a second of tone and four of silence, the Chinese cadence"
    )
    misses_before_away: int = Field(
        default=2, ge=1, le=20, description="missed offers in a row before the agent is set away (RONA)"
    )
    preferred_wait_seconds: Seconds = Field(
        default=20, description="how long an item waits for its preferred agent alone, if that agent is signed in"
    )
    presence_grace_seconds: Annotated[float, Field(gt=0, le=3600)] = Field(
        default=30, description="an agent unheard of for this long is offline; open offers are taken back"
    )
    new_agent_skills: dict[str, Annotated[int, Field(ge=1, le=5)]] = Field(
        default_factory=lambda: {"language.zh-CN": 3, "language.en": 3, "tracking": 3},
        description="skills and levels of an agent at first sign-in, until a supervisor edits them",
    )

    def offer_seconds(self, channel: Channel) -> float:
        """Time to answer an offer on a channel, where the queue says nothing else."""
        return self.channels[channel].offer_seconds or self.rings_before_missed * self.ring_seconds

    @model_validator(mode="after")
    def _complete(self) -> "Parameters":
        missing = [channel.value for channel in Channel if channel not in self.channels]
        if missing:
            raise ValueError(f"channels: no rules for {', '.join(missing)}")
        return self
