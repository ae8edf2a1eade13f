"""KPI formulas, from counters. Percentages are ratios of sums, never means of ratios; every figure says its n.

Definitions (variants are named so that charts can say which one they show):

- `SL`: answered with wait <= T / (answered + abandoned - short abandons).
- `AR2`: (abandoned - short) / (offered - short).
- ASA: sum of the waits of answered / answered. Wait runs from queue entry to the first agent leg (voice) or to the
  first message of an agent (message channels); ring time included, self-service time excluded.

Work is attributed to the interval in which it arrived.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Counters:
    """What happened to the work that arrived in an interval, of one queue and channel.

    Waits are in seconds. `short_abandoned` is part of `abandoned`; `in_target` is part of `answered`.
    """

    offered: int = 0
    answered: int = 0
    in_target: int = 0
    abandoned: int = 0
    short_abandoned: int = 0
    waiting: int = 0
    answered_wait_sum: float = 0.0
    abandoned_wait_sum: float = 0.0
    longest_wait: float = 0.0

    def __add__(self, other: "Counters") -> "Counters":
        return Counters(
            self.offered + other.offered,
            self.answered + other.answered,
            self.in_target + other.in_target,
            self.abandoned + other.abandoned,
            self.short_abandoned + other.short_abandoned,
            self.waiting + other.waiting,
            self.answered_wait_sum + other.answered_wait_sum,
            self.abandoned_wait_sum + other.abandoned_wait_sum,
            max(self.longest_wait, other.longest_wait),
        )


def service_level(counters: Counters) -> float | None:
    """Variant SL, 0 to 1; None if nothing counts yet."""
    return _ratio(counters.in_target, counters.answered + counters.abandoned - counters.short_abandoned)


def abandonment_rate(counters: Counters) -> float | None:
    """Variant AR2, 0 to 1; None if nothing was offered."""
    return _ratio(counters.abandoned - counters.short_abandoned, counters.offered - counters.short_abandoned)


def average_speed_of_answer(counters: Counters) -> float | None:
    """ASA in seconds; None if nothing was answered."""
    return _ratio(counters.answered_wait_sum, counters.answered)


def average_time_to_abandon(counters: Counters) -> float | None:
    """Seconds over all waiting abandons, short ones included; None if there were none."""
    return _ratio(counters.abandoned_wait_sum, counters.abandoned)


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None
