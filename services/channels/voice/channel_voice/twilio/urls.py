"""The public addresses that Twilio is given, which it signs and calls."""

from dataclasses import dataclass
from uuid import UUID

PREFIX = "/voice"
"""Where this service is mounted; part of every URL Twilio signs."""

PATH = "/v1/twilio/voice"
MUSIC_PATH = "/v1/audio/hold.wav"

OVERRIDES = "#rc=2&rp=ct,rt,5xx"
"""Twilio's connection overrides: try twice more when we do not answer or answer 503. A fragment is never sent."""


@dataclass(frozen=True)
class Urls:
    """Addresses below the public base URL."""

    base: str

    def keys(self, turn: int) -> str:
        """Where the caller's keys go; `turn` tells a repeated request from the next one."""
        return self._at(f"/keys?turn={turn}")

    def released(self) -> str:
        """What the caller hears when the conference is over."""
        return self._at("/released")

    def wait(self) -> str:
        """What a waiting caller hears."""
        return self._at("/wait")

    def conference(self) -> str:
        """Reports about the conference."""
        return self._at("/conference")

    def leg(self, leg_id: UUID) -> str:
        """What an agent who picked up is to do."""
        return self._at(f"/legs/{leg_id}/answer")

    def leg_status(self, leg_id: UUID) -> str:
        """Reports about an agent leg; carries our id because Twilio's may not be stored yet."""
        return self._at(f"/legs/{leg_id}/status")

    def music(self) -> str:
        """The hold music."""
        return f"{self.base.rstrip('/')}{PREFIX}{MUSIC_PATH}"

    def _at(self, path: str) -> str:
        return f"{self.base.rstrip('/')}{PREFIX}{PATH}{path}{OVERRIDES}"
