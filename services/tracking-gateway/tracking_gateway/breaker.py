"""A circuit breaker: a provider that keeps failing is left alone for a while, then tried once."""

from chassis.clock import Clock
from tracking_gateway import metrics


class Breaker:
    """Counts failures in a row. Open, it says no until the pause is over; then one trial decides."""

    def __init__(self, name: str, clock: Clock, *, failures: int, pause_seconds: float) -> None:
        self._name = name
        self._clock = clock
        self._limit = failures
        self._pause = pause_seconds
        self._failures = 0
        self._open_until: float | None = None

    def allows(self) -> bool:
        """Whether the provider may be asked now. True after the pause is for one caller: the next waits for it."""
        if self._open_until is None:
            return True
        if self._clock.monotonic() < self._open_until:
            return False
        self._open_until = self._clock.monotonic() + self._pause
        return True

    def succeeded(self) -> None:
        """The provider answered."""
        self._failures, self._open_until = 0, None
        metrics.BREAKER_OPEN.labels(self._name).set(0)

    def failed(self) -> None:
        """The provider did not answer, or not as it should."""
        self._failures += 1
        if self._failures >= self._limit:
            self._open_until = self._clock.monotonic() + self._pause
            metrics.BREAKER_OPEN.labels(self._name).set(1)
