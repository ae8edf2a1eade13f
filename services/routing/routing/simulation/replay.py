"""A recorded day once more, under other rules, with other agents.

Customers arrive when they did and need what they needed. What a recording cannot know is drawn: how much longer an
answered customer would have waited (exponential, from the rate at which those who waited gave up; having waited
already changes nothing then), and how long the contact of one who gave up would have taken (from those of the same
queue and channel).
"""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field

from routing.domain.commands import AgentProfile
from routing.domain.configuration import FloorRules
from routing.domain.parameters import Parameters
from routing.domain.rules import QueueRules
from routing.domain.skills import Need
from routing.domain.values import micros, span
from routing.simulation.centre import Agent, Call, Centre, Stream, asked_skills, whole
from routing.simulation.recording import RecordedAgent, RecordedCall, Recording
from routing.simulation.scenario import Answering, Part, overridden

_FALLBACK_HANDLE = 180.0
"""seconds, for a queue nobody of which was ever answered"""


class ExtraAgents(Part):
    """Agents who were not there, for the whole of the recording."""

    count: int = Field(ge=1, le=10_000)
    skills: dict[str, int] = Field(default_factory=dict)
    groups: tuple[str, ...] = ()
    capacity: int = Field(default=100, ge=1, le=10_000)


class Changes(Part):
    """What is to be different from the recorded day. `queues` replace recorded ones of the same name."""

    queues: tuple[QueueRules, ...] = ()
    floor: FloorRules | None = Field(default=None, description="instead of the recorded calendars and the like")
    profiles: dict[str, dict[str, int]] = Field(default_factory=dict, description="agent id to skills")
    without_agents: tuple[str, ...] = ()
    more_agents: tuple[ExtraAgents, ...] = ()
    target_seconds: float = Field(default=20, ge=0)
    answering: Answering = Answering()
    parameters: dict[str, Any] = Field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> "Changes":
        """From a YAML file; raises `pydantic.ValidationError` naming what is wrong."""
        return cls.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")) or {})


def centre_of_recording(recording: Recording, changes: Changes) -> Centre:
    """The recorded day under the changed rules."""
    parameters = overridden(Parameters(), changes.parameters)
    rules = {one.name: one for one in (*recording.queues, *changes.queues)}
    for call in recording.calls:  # events name queues without their rules
        rules.setdefault(call.queue, QueueRules(name=call.queue, ask_language=False))
    streams = _Streams(rules, changes.target_seconds)
    patience, handles = _giving_up(recording.calls), _handles(recording.calls)

    def calls(chance: random.Random) -> Iterator[Call]:
        for call in sorted(recording.calls, key=lambda one: one.at):
            yield Call(
                micros(call.at),
                streams.of(call),
                call.priority,
                span(_handle(call, handles, chance)),
                _patience(call, patience.get(call.channel), chance),
                call.preferred_agent_id,
            )

    begin, end = micros(recording.begin), micros(recording.end)
    return Centre(
        parameters,
        whole(rules.values(), changes.floor or recording.floor, parameters),
        _agents(recording, changes, parameters),
        calls,
        begin,
        begin,
        end,
        changes.answering.seconds,
        changes.answering.missed,
    )


class _Streams:
    """Customers who ask for the same, found once."""

    def __init__(self, rules: dict[str, QueueRules], target_seconds: float) -> None:
        self._rules = rules
        self._target = span(target_seconds)
        self._known: dict[tuple[object, ...], Stream] = {}

    def of(self, call: RecordedCall) -> Stream:
        needs = tuple(Need(skill, level) for skill, level in sorted(call.needs.items()))
        key = (call.queue, call.channel, needs, call.language)
        found = self._known.get(key)
        if found is None:
            skills = asked_skills(self._rules[call.queue], needs, call.language)
            name = " ".join([call.queue, call.channel.value, *(f"{need.skill}≥{need.level}" for need in needs)])
            name = f"{name} {call.language}" if call.language else name
            found = self._known[key] = Stream(
                name, call.queue, call.channel, needs, call.language, self._target, skills
            )
        return found


def _giving_up(calls: Sequence[RecordedCall]) -> dict[str, float]:
    """By channel, how many gave up per second of waiting: the estimate for data of which most end in an answer."""
    waited: dict[str, float] = defaultdict(float)
    left: dict[str, int] = defaultdict(int)
    for call in calls:
        waited[call.channel] += call.waited
        left[call.channel] += call.outcome == "abandoned"
    return {channel: left[channel] / seconds for channel, seconds in waited.items() if left[channel] and seconds > 0}


def _patience(call: RecordedCall, rate: float | None, chance: random.Random) -> int | None:
    if call.outcome != "answered":
        return span(call.waited)
    return None if rate is None else span(call.waited + chance.expovariate(rate))


def _handles(calls: Sequence[RecordedCall]) -> dict[tuple[str, str], list[float]]:
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for call in calls:
        if call.handled is not None:
            found[call.queue, call.channel].append(call.handled)
    return found


def _handle(call: RecordedCall, handles: dict[tuple[str, str], list[float]], chance: random.Random) -> float:
    if call.handled is not None:
        return call.handled
    alike = handles.get((call.queue, call.channel))
    return chance.choice(alike) if alike else chance.expovariate(1 / _FALLBACK_HANDLE)


def _agents(recording: Recording, changes: Changes, parameters: Parameters) -> tuple[Agent, ...]:
    found = [
        Agent(
            one.id,
            "recorded",
            _profile(one, changes, parameters),
            tuple((micros(start), micros(end)) for start, end in one.available),
        )
        for one in recording.agents
        if one.id not in changes.without_agents
    ]
    whole = ((micros(recording.begin), micros(recording.end)),)
    for extra in changes.more_agents:
        profile = AgentProfile(dict(extra.skills), frozenset(extra.groups), extra.capacity, {}, 0)
        found += [Agent(f"extra {len(found)}-{number}", "extra", profile, whole) for number in range(extra.count)]
    return tuple(found)


def _profile(agent: RecordedAgent, changes: Changes, parameters: Parameters) -> AgentProfile:
    skills = changes.profiles.get(agent.id, agent.skills)
    skills = parameters.new_agent_skills if skills is None else skills
    return AgentProfile(dict(skills), frozenset(agent.groups), agent.capacity, dict(agent.at_most), agent.rank)
