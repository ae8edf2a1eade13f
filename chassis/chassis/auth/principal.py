"""The caller of an API."""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Principal:
    """An authenticated caller. `subject` is stable; scopes are what it may do, roles what it is called."""

    subject: str
    name: str
    kind: Literal["agent", "service", "integrator"]
    scopes: frozenset[str] = field(default_factory=frozenset)
    roles: frozenset[str] = field(default_factory=frozenset)

    def may(self, scope: str) -> bool:
        """Whether the caller holds the scope."""
        return scope in self.scopes
