"""Which parcels make an incident, and where: a function of the troubles alone."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from tracking_gateway.domain.incidents import Group, IncidentRules, Scope, Trouble, find_groups
from tracking_gateway.domain.model import ExceptionCode
from tracking_gateway.parameters import TrackingParameters

START = datetime(2026, 3, 1, tzinfo=UTC)
RULES = TrackingParameters().incidents()
SMALL = IncidentRules({Scope.BAG: 2, Scope.VEHICLE: 3, Scope.BRANCH: 3, Scope.HUB: 4}, timedelta(hours=6), 0.75)


def trouble(number: int, hours: float = 0, *, open_: bool = True, **place: str) -> Trouble:
    at = START + timedelta(hours=hours)
    return Trouble(
        parcel_id=UUID(int=number),
        waybill_no=f"PH{number:010d}",
        carrier="posthouse",
        family="damage",
        exception=ExceptionCode.DAMAGED,
        opened_at=at,
        closed_at=None if open_ else at + timedelta(hours=1),
        **place,
    )


def shape(groups: list[Group]) -> list[tuple[str, str, int]]:
    return [(group.scope.value, group.place, len(group.troubles)) for group in groups]


def test_too_few_or_too_far_apart_are_no_incident() -> None:
    assert find_groups([trouble(n, bag="B") for n in range(2)], RULES) == []
    assert find_groups([trouble(n, hours=30 * n, bag="B") for n in range(9)], RULES) == []
    assert shape(find_groups([trouble(n, hours=10 * n, bag="B") for n in range(9)], RULES)) == [("bag", "B", 9)]
    assert find_groups([trouble(n) for n in range(50)], RULES) == []


def test_the_place_is_the_narrowest_that_nearly_all_share() -> None:
    hub = {"node": "H", "node_kind": "hub"}
    of_truck = [trouble(n, vehicle="T", bag=f"B{n % 9}", **hub) for n in range(19)]
    assert shape(find_groups([*of_truck, trouble(99, **hub)], RULES)) == [("vehicle", "T", 19)]
    anywhere = [trouble(n, vehicle=f"T{n % 7}", **hub) for n in range(20)]
    assert shape(find_groups(anywhere, RULES)) == [("hub", "H", 20)]
    in_bag = [trouble(n, bag="B", vehicle="T", **hub) for n in range(5)]
    assert shape(find_groups(in_bag, RULES)) == [("bag", "B", 5)]
    branch = [trouble(n, node="网点") for n in range(8)]
    assert shape(find_groups(branch, RULES)) == [("branch", "网点", 8)]


def test_an_incident_is_open_while_one_parcel_has_the_problem_and_knows_whom_to_ask() -> None:
    mixed = [trouble(n, open_=n == 2, bag="B", node="N1" if n else "N2") for n in range(3)]
    (group,) = find_groups(mixed, RULES)
    assert group.is_open
    assert (group.node, group.exception) == ("N1", ExceptionCode.DAMAGED)
    (over,) = find_groups([trouble(n, open_=False, bag="B") for n in range(3)], RULES)
    assert not over.is_open


@st.composite
def troubles(draw: st.DrawFn) -> list[Trouble]:
    count = draw(st.integers(0, 16))
    pick = st.sampled_from
    return [
        trouble(
            number,
            hours=draw(st.integers(0, 20)),
            open_=draw(st.booleans()),
            **{
                name: value
                for name, options in (
                    ("bag", [None, "B1", "B2"]),
                    ("vehicle", [None, "V1", "V2"]),
                    ("node", [None, "N1", "N2"]),
                    ("node_kind", [None, "hub", "branch"]),
                )
                if (value := draw(pick(options)))
            },
        )
        for number in range(count)
    ]


@settings(max_examples=200, deadline=None)
@given(found=troubles(), data=st.data())
def test_order_and_repetition_do_not_matter_and_a_parcel_is_in_one_incident(
    found: list[Trouble], data: st.DataObject
) -> None:
    groups = find_groups(found, SMALL)
    again = data.draw(st.permutations(found + found[:3]))
    assert find_groups(again, SMALL) == groups
    members = [item.parcel_id for group in groups for item in group.troubles]
    assert len(members) == len(set(members))
    for group in groups:
        assert len(group.troubles) >= SMALL.least[group.scope]
        assert {item.place(group.scope) for item in group.troubles} == {group.place}
