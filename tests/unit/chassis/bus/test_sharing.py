from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from chassis.bus.pglog.sharing import share
from chassis.bus.port import TopicPartition

members = st.lists(st.sampled_from("abcdefg"), min_size=1, max_size=7, unique=True)
partitions = st.sets(st.builds(TopicPartition, st.sampled_from(["t", "u"]), st.integers(0, 11)), max_size=24)


@given(partitions, members, st.data())
def test_every_partition_has_one_living_owner_and_loads_differ_by_one_at_most(
    all_partitions: set[TopicPartition], names: list[str], data: st.DataObject
) -> None:
    owners = (
        data.draw(st.dictionaries(st.sampled_from(sorted(all_partitions)), st.sampled_from("abcdefgxyz")))
        if (all_partitions)
        else {}
    )

    shares = share(all_partitions, names, owners)

    assert set(shares) == all_partitions
    loads = Counter(shares.values())
    assert set(loads) <= set(names)
    assert max(loads.values(), default=0) - min((loads[name] for name in names), default=0) <= 1


@given(partitions, members, members)
def test_as_few_partitions_move_as_fairness_allows(
    all_partitions: set[TopicPartition], before: list[str], after: list[str]
) -> None:
    owners = share(all_partitions, before, {})

    shares = share(all_partitions, after, owners)

    moved = sum(shares[partition] != owner for partition, owner in owners.items())
    held = sorted((Counter(owners.values())[name] for name in after), reverse=True)
    least, more = divmod(len(all_partitions), len(after))
    keepable = sum(min(count, least + (place < more)) for place, count in enumerate(held))
    assert moved == len(all_partitions) - keepable


@given(partitions, members)
def test_sharing_again_changes_nothing(all_partitions: set[TopicPartition], names: list[str]) -> None:
    owners = share(all_partitions, names, {})

    assert share(all_partitions, reversed(names), owners) == owners


def test_without_members_nobody_owns_anything() -> None:
    assert share([TopicPartition("t", 0)], [], {TopicPartition("t", 0): "gone"}) == {}
