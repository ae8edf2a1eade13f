"""What the simulated customers say, and what the scripted colleague answers."""

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

import yaml


@dataclass(frozen=True)
class Story:
    """One contact: how it begins, what the agent says, how the customer ends it."""

    channel: Literal["sms", "chat", "telegram", "email"]
    name: str
    opening: str
    answer: str
    thanks: str
    subject: str = ""


def stories() -> tuple[Story, ...]:
    """The contacts, in the order they are told."""
    return tuple(Story(**entry) for entry in _data()["stories"])


def parcels() -> list[dict[str, str]]:
    """Scans of the parcels that the demo's tracking knows, without their id and time."""
    return [dict(entry) for entry in _data()["parcels"]]


@cache
def _data() -> dict[str, Any]:
    text = (resources.files("posthouse.demo") / "stories.yaml").read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.safe_load(text)
    return data
