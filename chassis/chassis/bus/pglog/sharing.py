"""Who owns what: a fair share of the partitions for every member, moving as few as possible."""

from collections.abc import Iterable, Mapping

from chassis.bus.port import TopicPartition


def share(
    partitions: Iterable[TopicPartition],
    members: Iterable[str],
    owners: Mapping[TopicPartition, str],
) -> dict[TopicPartition, str]:
    """The new owner of each partition; empty without members.

    Member loads differ by one at most. A partition stays with its owner unless the owner left or has too many.
    """
    ranked = sorted(set(partitions))
    names = sorted(set(members))
    if not names:
        return {}
    held: dict[str, list[TopicPartition]] = {name: [] for name in names}
    for partition in ranked:
        owner = owners.get(partition)
        if owner in held:
            held[owner].append(partition)
    least, more = divmod(len(ranked), len(names))
    # Whoever holds most may keep one more than the others: that moves the fewest.
    quota = {
        name: least + (place < more)
        for place, name in enumerate(sorted(names, key=lambda name: (-len(held[name]), name)))
    }
    kept = {name: held[name][: quota[name]] for name in names}
    taken = {partition for own in kept.values() for partition in own}
    free = [partition for partition in ranked if partition not in taken]
    for name in names:
        missing = quota[name] - len(kept[name])
        kept[name] += free[:missing]
        del free[:missing]
    return {partition: name for name, own in kept.items() for partition in own}
