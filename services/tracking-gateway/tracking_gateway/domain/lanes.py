"""How long parcels of a lane take: quantiles from counters that each delivery moves by one.

Hours are counted in buckets whose bounds grow by a constant factor, so a quantile is off by 5 % at most, a lane costs a
few dozen counters however many parcels it has, and counters of several processes add up.
"""

import math
from collections.abc import Mapping

_GROWTH = 1.1
_LEAST_HOURS = 0.1


def bucket_of(hours: float) -> int:
    """The bucket of a travel time."""
    return math.ceil(math.log(max(hours, _LEAST_HOURS)) / math.log(_GROWTH))


def hours_of(bucket: int) -> float:
    """The travel time that stands for a bucket: its middle in ratio."""
    return 2 * _GROWTH**bucket / (1 + _GROWTH)


def quantiles(counts: Mapping[int, int], shares: tuple[float, ...], *, longer_than: float = 0.0) -> list[float]:
    """Hours below which these shares (0 to 1, ascending) of the parcels arrived, among those that took longer than
    `longer_than`: a parcel on its way for so long is not one of the faster ones. Empty if there are none."""
    left = sorted((bucket, count) for bucket, count in counts.items() if count > 0 and hours_of(bucket) > longer_than)
    total = sum(count for _, count in left)
    if not total:
        return []
    found, seen, index = [], 0, -1
    for share in shares:
        rank = max(math.ceil(share * total), 1)
        while seen < rank:
            index += 1
            seen += left[index][1]
        found.append(hours_of(left[index][0]))
    return found


def samples(counts: Mapping[int, int], *, longer_than: float = 0.0) -> int:
    """How many parcels took longer than that."""
    return sum(count for bucket, count in counts.items() if count > 0 and hours_of(bucket) > longer_than)
