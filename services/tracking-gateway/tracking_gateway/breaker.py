"""A circuit breaker: a provider that keeps failing, or asks for a pause, is left alone a while, then tried once."""

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

    def failed(self, *, pause_seconds: float | None = None) -> None:
        """The provider did not answer, or not as it should. `pause_seconds`: it asked to be left alone for that long,
        which counts at once, whatever happened before."""
        self._failures += 1
        if pause_seconds or self._failures >= self._limit:
            pause = pause_seconds or self._pause
            self._open_until = max(self._clock.monotonic() + pause, self._open_until or 0.0)
            metrics.BREAKER_OPEN.labels(self._name).set(1)
