"""How many questions a provider gets from this process: a bucket that fills steadily and holds one minute's worth."""

from chassis.clock import Clock


class Budget:
    """Permits `per_minute` questions; None permits any number."""

    def __init__(self, clock: Clock, per_minute: int | None) -> None:
        self._clock = clock
        self._per_minute = per_minute
        self._left = float(per_minute or 0)
        self._filled_at = clock.monotonic()

    def take(self) -> bool:
        """Whether a question may be asked now; if so it is counted."""
        if self._per_minute is None:
            return True
        now = self._clock.monotonic()
        self._left = min(self._left + (now - self._filled_at) * self._per_minute / 60, float(self._per_minute))
        self._filled_at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
