"""How much one visitor, one address and one socket may do. Kept in the process: each replica counts for itself."""

from collections import Counter

from channel_chat.domain.buckets import Bucket, Buckets
from channel_chat.parameters import ChatParameters
from chassis.clock import Clock


class Limits:
    """All buckets and counters of the service."""

    def __init__(self, parameters: ChatParameters, clock: Clock) -> None:
        self._parameters = parameters
        self._clock = clock
        self._sessions = Buckets(parameters.session_burst, parameters.session_rate)
        self._visitors = Buckets(parameters.message_burst, parameters.message_rate)
        self._addresses = Buckets(parameters.address_message_burst, parameters.address_message_rate)
        self._open: Counter[str] = Counter()

    def session(self, address: str) -> float:
        """Seconds until this address may have another session; 0: it has it."""
        return self._sessions.wait(address, self._clock.monotonic())

    def message(self, visitor: str, address: str) -> float:
        """Seconds until another message may come from here; 0: it may now."""
        now = self._clock.monotonic()
        return self._visitors.wait(visitor, now) or self._addresses.wait(address, now)

    def frames(self) -> Bucket:
        """The bucket of a new socket's frames."""
        burst = self._parameters.frame_burst
        return Bucket(burst, self._parameters.frame_rate, burst, self._clock.monotonic())

    def open_from(self, address: str) -> bool:
        """Count one more socket of an address, unless it has too many."""
        return self._add(f"address {address}", self._parameters.sockets_per_address)

    def open_of(self, visitor: str) -> bool:
        """Count one more socket of a visitor, unless there are too many."""
        return self._add(f"visitor {visitor}", self._parameters.sockets_per_visitor)

    def closed_from(self, address: str) -> None:
        """A socket of the address is gone."""
        self._remove(f"address {address}")

    def closed_of(self, visitor: str) -> None:
        """A socket of the visitor is gone."""
        self._remove(f"visitor {visitor}")

    def _add(self, key: str, most: int) -> bool:
        if self._open[key] >= most:
            return False
        self._open[key] += 1
        return True

    def _remove(self, key: str) -> None:
        self._open[key] -= 1
        if self._open[key] <= 0:
            del self._open[key]
