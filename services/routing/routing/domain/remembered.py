"""A memory of what ended lately."""

from typing import Generic, TypeVar
from uuid import UUID

V = TypeVar("V")


class Remembered(Generic[V]):
    """Knows at least the last `number` of what was added, and at most twice as many.

    Two generations: when the younger is full, the older is forgotten whole. That costs one hashing of the id per
    entry, where dropping the oldest one by one costs three.
    """

    def __init__(self, number: int) -> None:
        self._number = number
        self._young: dict[UUID, V] = {}
        self._old: dict[UUID, V] = {}

    def add(self, key: UUID, value: V) -> None:
        """Remember this, for as long as that many newer ones."""
        self._young[key] = value
        if len(self._young) >= self._number:
            self._old, self._young = self._young, {}

    def clear(self) -> None:
        """Forget everything."""
        self._young, self._old = {}, {}

    def get(self, key: UUID) -> V | None:
        """What was remembered of it, if it still is."""
        found = self._young.get(key)
        return self._old.get(key) if found is None else found

    def __getitem__(self, key: UUID) -> V:
        found = self.get(key)
        if found is None:
            raise KeyError(key)
        return found

    def __contains__(self, key: UUID) -> bool:
        return key in self._young or key in self._old
