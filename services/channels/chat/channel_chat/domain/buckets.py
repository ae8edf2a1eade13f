"""Token buckets: so many at once, then so many a second. Time is passed in."""

from collections import OrderedDict
from dataclasses import dataclass

_KEYS = 20_000


@dataclass
class Bucket:
    """One bucket. It starts full."""

    burst: float
    rate: float
    tokens: float
    at: float

    def wait(self, now: float) -> float:
        """Take a token: 0. If there is none, nothing is taken, and the seconds until there will be one are returned."""
        self.tokens = min(self.burst, self.tokens + max(now - self.at, 0) * self.rate)
        self.at = max(now, self.at)
        if self.tokens >= 1:
            self.tokens -= 1
            return 0.0
        return (1 - self.tokens) / self.rate


class Buckets:
    """A bucket per key. Beyond a bound the least recently used keys are forgotten, which is in their favour."""

    def __init__(self, burst: float, rate: float) -> None:
        self._burst = burst
        self._rate = rate
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def wait(self, key: str, now: float) -> float:
        """As `Bucket.wait`, for the bucket of `key`."""
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket(self._burst, self._rate, self._burst, now)
            if len(self._buckets) > _KEYS:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(key)
        return bucket.wait(now)
