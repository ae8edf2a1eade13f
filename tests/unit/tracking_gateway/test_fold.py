"""What a history amounts to: the rules of the canonical model, one by one."""

from datetime import timedelta

import pytest

from contracts.parcels import ParcelStatus as S
from tests.unit.tracking_gateway.conftest import START, Fold, MakeEvent, at
from tracking_gateway.domain.events import clock_event
from tracking_gateway.domain.fold import Effect
from tracking_gateway.domain.model import Direction, ExceptionCode, Milestone
from tracking_gateway.knowledge import Knowledge

E = ExceptionCode


def test_nothing_said_is_not_found(fold: Fold) -> None:
    assert fold().status is S.NOT_FOUND


def test_the_newest_event_counts_not_the_last_to_arrive(event: MakeEvent, fold: Fold) -> None:
    state = fold(event(10, "OUT_FOR_DELIVERY"), event(2, "COLLECTED"))
    assert state.status is S.OUT_FOR_DELIVERY
    assert state.milestones[Milestone.PICKED_UP].first == START + timedelta(hours=2)


def test_ties_follow_the_carriers_sequence(event: MakeEvent, fold: Fold) -> None:
    assert fold(event(1, "SIGNED", sequence=0), event(1, "RETURNING", sequence=1)).status is S.RETURNING
    assert fold(event(1, "OUT_FOR_DELIVERY", sequence=0), event(1, "ARRIVED", sequence=1)).status is S.IN_TRANSIT


def test_ties_without_a_sequence_follow_the_natural_order(event: MakeEvent, fold: Fold) -> None:
    assert fold(event(1, "OUT_FOR_DELIVERY"), event(1, "ARRIVED")).status is S.OUT_FOR_DELIVERY


@pytest.mark.parametrize("later", ["ARRIVED", "OUT_FOR_DELIVERY", "ABSENT", "PROBLEM", "CANCELLED", "LOCKER_IN"])
def test_delivered_stays_delivered(event: MakeEvent, fold: Fold, later: str) -> None:
    state = fold(event(1, "SIGNED"), event(2, later))
    assert state.status is S.DELIVERED
    assert state.open_exceptions() == ()


@pytest.mark.parametrize(
    ("code", "text", "status"),
    [
        ("RETURNING", "", S.RETURNING),
        ("RETURNED", "", S.RETURNED),
        ("SIGN_REVOKED", "", S.EXCEPTION),
        ("SIGN_REVOKED", "签收作废，快件派送失败", S.EXCEPTION),
        ("PROBLEM", "签收信息已撤销", S.EXCEPTION),
    ],
)
def test_delivered_yields_to_stronger_evidence(event: MakeEvent, fold: Fold, code: str, text: str, status: S) -> None:
    assert fold(event(1, "SIGNED"), event(2, code, text)).status is status


def test_stronger_evidence_must_be_later(event: MakeEvent, fold: Fold) -> None:
    assert fold(event(2, "SIGNED"), event(1, "SIGN_REVOKED")).status is S.DELIVERED


def test_a_delivery_taken_back_is_no_milestone_and_can_happen_again(event: MakeEvent, fold: Fold) -> None:
    revoked = fold(event(1, "SIGNED"), event(2, "SIGN_REVOKED"))
    assert Milestone.DELIVERED not in revoked.milestones
    again = fold(event(1, "SIGNED"), event(2, "SIGN_REVOKED"), event(3, "SIGNED"))
    assert again.status is S.DELIVERED
    assert again.milestones[Milestone.DELIVERED].first == START + timedelta(hours=3)


def test_a_revocation_of_nothing_places_nothing(event: MakeEvent, fold: Fold) -> None:
    assert fold(event(1, "ARRIVED"), event(2, "SIGN_REVOKED")).status is S.IN_TRANSIT


def test_delivery_back_to_the_sender_is_returned(event: MakeEvent, fold: Fold) -> None:
    state = fold(event(1, "REFUSED"), event(2, "RETURNING"), event(3, "OUT_FOR_DELIVERY"), event(4, "SIGNED"))
    assert (state.status, state.direction) == (S.RETURNED, Direction.RETURN)
    assert Milestone.DELIVERED not in state.milestones


def test_movement_on_the_way_back_is_returning(event: MakeEvent, fold: Fold) -> None:
    state = fold(event(1, "RETURNING"), event(2, "DEPARTED"), event(3, "ARRIVED"))
    assert (state.status, state.direction) == (S.RETURNING, Direction.RETURN)
    assert state.status_since == START + timedelta(hours=1)


def test_a_return_called_off_goes_forward_again(event: MakeEvent, fold: Fold) -> None:
    state = fold(event(1, "RETURNING"), event(2, "RETURN_CANCELLED"), event(3, "SIGNED"))
    assert (state.status, state.direction) == (S.DELIVERED, Direction.FORWARD)
    assert state.exceptions[E.RETURN_TO_SENDER].closed_at == START + timedelta(hours=2)


def test_returned_is_final(event: MakeEvent, fold: Fold) -> None:
    assert fold(event(1, "RETURNED"), event(2, "ARRIVED")).status is S.RETURNED


def test_cancelled_yields_only_to_arrival_or_return(event: MakeEvent, fold: Fold) -> None:
    assert fold(event(1, "CANCELLED"), event(2, "ARRIVED")).status is S.CANCELLED
    assert fold(event(1, "CANCELLED"), event(2, "SIGNED")).status is S.DELIVERED
    assert fold(event(1, "CANCELLED"), event(2, "RETURNING")).status is S.RETURNING


def test_data_never_takes_back_a_scan(event: MakeEvent, fold: Fold) -> None:
    assert fold(event(1, "COLLECTED"), event(2, "ORDERED")).status is S.PICKED_UP


def test_an_exception_opens_once_and_closes_on_the_event_that_resolves_it(event: MakeEvent, fold: Fold) -> None:
    first, second = event(1, "ABSENT", "家中无人"), event(2, "ABSENT", "仍无人在家")
    opened = fold(first, second)
    assert opened.open_exceptions() == (E.RECIPIENT_ABSENT,)
    assert opened.exceptions[E.RECIPIENT_ABSENT].evidence == "家中无人"
    closed = fold(first, second, event(20, "OUT_FOR_DELIVERY"))
    assert closed.open_exceptions() == ()
    assert closed.exceptions[E.RECIPIENT_ABSENT].closed_at == START + timedelta(hours=20)


def test_a_problem_without_a_place_keeps_the_place_that_was_known(event: MakeEvent, fold: Fold) -> None:
    state = fold(event(1, "ARRIVED"), event(2, "DAMAGED"))
    assert (state.status, state.open_exceptions()) == (S.IN_TRANSIT, (E.DAMAGED,))
    assert fold(event(2, "DAMAGED")).status is S.EXCEPTION


def test_damage_told_after_delivery_is_heard(event: MakeEvent, fold: Fold) -> None:
    state = fold(event(1, "SIGNED"), event(5, "DAMAGED"))
    assert (state.status, state.open_exceptions()) == (S.DELIVERED, (E.DAMAGED,))


def test_movement_closes_a_loss_but_not_a_damage(event: MakeEvent, fold: Fold) -> None:
    state = fold(event(1, "LOST"), event(2, "DAMAGED"), event(3, "DEPARTED"))
    assert state.open_exceptions() == (E.DAMAGED,)


def test_an_explicit_resolution_closes_everything(event: MakeEvent, fold: Fold) -> None:
    assert fold(event(1, "DAMAGED"), event(2, "MISROUTED"), event(3, "RESOLVED")).open_exceptions() == ()


def test_attempts_close_together_are_one(event: MakeEvent, fold: Fold) -> None:
    state = fold(event(1, "ABSENT"), event(1.2, "DELIVERY_FAILED"), event(9, "ABSENT"))
    assert state.milestones[Milestone.FAILED_ATTEMPT].count == 2


def test_unknown_codes_leave_everything_but_the_news(event: MakeEvent, fold: Fold) -> None:
    state = fold(event(1, "ARRIVED"), event(2, "NO_SUCH_CODE", "已签收"))
    assert state.status is S.IN_TRANSIT
    assert state.last is not None
    assert state.last.text == "已签收"


def test_every_event_says_what_it_did(knowledge: Knowledge, event: MakeEvent) -> None:
    seen: list[Effect] = []
    history = [
        event(0, "ORDERED"),
        event(1, "COLLECTED"),
        event(2, "DAMAGED"),
        event(3, "COLLECTED", "again"),
        event(4, "NO_SUCH_CODE"),
        event(5, "ORDERED", "late data"),
        event(6, "SIGNED"),
        event(7, "ARRIVED"),
    ]
    knowledge.folder.fold(history, trace=lambda _, effect: seen.append(effect))
    assert seen == [
        *(Effect.MOVED, Effect.MOVED, Effect.SAYS_NOTHING, Effect.CONFIRMED),
        *(Effect.UNMAPPED, Effect.ONLY_PAPER, Effect.MOVED, Effect.AFTER_FINAL),
    ]


def test_a_silence_is_an_exception_until_the_next_event(event: MakeEvent, fold: Fold) -> None:
    moved = event(1, "DEPARTED")
    silence = clock_event(
        carrier="zto",
        waybill_no="73000000000001",
        code=E.STALLED,
        anchor=moved.time.instant,
        due=at(121),
        seconds=120 * 3600,
        text="",
    )
    assert fold(moved, silence).open_exceptions() == (E.STALLED,)
    assert fold(moved, silence, event(122, "ARRIVED")).open_exceptions() == ()
    # A scan that arrived late shows that there was no silence.
    assert fold(moved, silence, event(60, "ARRIVED")).open_exceptions() == ()
    assert fold(moved, silence).last == fold(moved).last
