"""Notice rules: what calls for one, when it may go out, and that every rule has its words."""

from datetime import UTC, datetime, time

import pytest

from chassis.i18n import Catalogue
from contracts.parcels import ParcelStatus
from contracts.values import Language
from tests.unit.tracking_gateway.conftest import Fold, MakeEvent
from tracking_gateway.data import load_yaml
from tracking_gateway.domain.masking import (
    Asker,
    Audience,
    IdentityLevel,
    audience_of,
    mask_address,
    mask_name,
    mask_phone,
    same_phone,
)
from tracking_gateway.domain.model import ExceptionCode
from tracking_gateway.domain.notices import NoticeRules

RULES = NoticeRules.load(load_yaml("notices"))


@pytest.mark.parametrize(
    ("now", "due"),
    [  # the quiet hours are 21:00 to 09:00 in Shanghai, eight hours ahead of UTC
        ("2026-03-01T12:59", "2026-03-01T12:59"),
        ("2026-03-01T13:00", "2026-03-02T01:00"),
        ("2026-03-01T18:30", "2026-03-02T01:00"),
        ("2026-03-02T00:59", "2026-03-02T01:00"),
        ("2026-03-02T01:00", "2026-03-02T01:00"),
    ],
)
def test_notices_wait_for_the_end_of_the_quiet_hours_unless_urgent(now: str, due: str) -> None:
    at, wanted = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (now, due))
    assert RULES.due_at(RULES.rules["stalled"], at) == wanted
    assert RULES.due_at(RULES.rules["bad_address"], at) == at


def test_other_quiet_hours_by_parameter() -> None:
    never = NoticeRules.load(load_yaml("notices"), quiet_from=time(0), quiet_until=time(0))
    noon = NoticeRules.load(load_yaml("notices"), quiet_from=time(12), quiet_until=time(13))
    hours = [datetime(2026, 3, 1, hour, tzinfo=UTC) for hour in range(24)]
    assert not any(never.is_quiet(hour) for hour in hours)
    assert [hour.hour for hour in hours if noon.is_quiet(hour)] == [4]


def test_a_status_reached_and_exceptions_opened_call_for_notices(event: MakeEvent, fold: Fold) -> None:
    found = RULES.called_for(reached=ParcelStatus.OUT_FOR_DELIVERY, opened=[ExceptionCode.LOST, ExceptionCode.NO_INFO])
    assert [rule.id for rule in found] == ["out_for_delivery", "lost"]
    lost = fold(event(0, "COLLECTED"), event(5, "LOST"))
    assert RULES.rules["lost"].holds(lost)
    assert not RULES.rules["lost"].holds(fold(event(0, "COLLECTED"), event(5, "LOST"), event(9, "ARRIVED")))


def test_every_rule_has_its_words_in_both_languages() -> None:
    catalogue = Catalogue.load("tracking_gateway")
    for rule in RULES.rules.values():
        for language in Language:
            text = catalogue.text(language, f"notice.{rule.text}", carrier="C", waybill_no="N1", exception="E")
            assert "N1" in text
    with pytest.raises(ValueError, match="needs a status or an exception"):
        NoticeRules.load({**load_yaml("notices"), "rules": [{"id": "x", "text": "t", "channels": [], "urgent": True}]})


def test_who_may_see_what() -> None:
    assert audience_of(Asker.THIRD_PARTY, IdentityLevel.IDENTITY) is Audience.PUBLIC
    assert audience_of(Asker.RECIPIENT, IdentityLevel.NONE) is Audience.PUBLIC
    assert audience_of(Asker.SENDER, IdentityLevel.CHANNEL) is Audience.PARTY
    assert (mask_name("张三丰"), mask_phone("13812345678"), mask_phone("12345")) == ("张**", "138****5678", "****")
    assert mask_address("杭州市西湖区文三路9号") == "杭州市西湖区***"
    assert same_phone("+86 138-1234-5678", "13812345678")
    assert not same_phone("13812345678", "5678")
    assert not same_phone(None, "13812345678")
