"""Codes and texts together: negation first, generic codes refined by text, ambiguous ones decided by it."""

import pytest

from contracts.parcels import ParcelStatus as S
from tracking_gateway.domain.model import Direction, Verdict
from tracking_gateway.domain.model import ExceptionCode as E
from tracking_gateway.knowledge import COURIER, KUAIDI100, Knowledge


@pytest.mark.parametrize(
    ("code", "text", "status", "exceptions"),
    [
        # Generic codes, refined.
        ("0", "快件正在派送途中，请准备签收", S.OUT_FOR_DELIVERY, ()),
        ("0", "离开【杭州】", S.IN_TRANSIT, ()),
        ("0", "某种说不清的操作", S.IN_TRANSIT, ()),
        ("在途", "已揽收", S.PICKED_UP, ()),
        ("2", "收件人不在家，派送失败", S.DELIVERY_FAILED, (E.RECIPIENT_ABSENT,)),
        ("2", "", S.EXCEPTION, ()),
        ("204", "电话无人接听", S.DELIVERY_FAILED, (E.UNREACHABLE,)),
        # A problem code is not made good by a word in its text.
        ("2", "客户反映包裹已签收但未收到", S.EXCEPTION, ()),
        # Exact codes are not refined.
        ("501", "快件已签收", S.AVAILABLE_FOR_PICKUP, ()),
        ("1001", "到达北京", S.ARRIVED_DEST, ()),
        # Negation beats a positive code.
        ("3", "无法签收，客户拒收", S.DELIVERY_FAILED, (E.REFUSED,)),
        ("301", "快件未签收", S.DELIVERY_FAILED, ()),
        ("3", "尚未签收", None, ()),
        ("103", "未揽收到快件", S.INFO_RECEIVED, ()),
        # Returned to the sender under a code for delivered.
        ("3", "退回件已签收，签收人：寄件人", S.RETURNED, (E.RETURN_TO_SENDER,)),
        # The ambiguous one.
        ("14", "", S.DELIVERY_FAILED, (E.REFUSED,)),
        ("14", "客户拒收", S.DELIVERY_FAILED, (E.REFUSED,)),
        ("14", "退件已由寄件人签收", S.RETURNED, (E.REFUSED, E.RETURN_TO_SENDER)),
        # Settled states make obstacles moot.
        ("0", "收件人不在家，已放入丰巢智能柜", S.AVAILABLE_FOR_PICKUP, ()),
    ],
)
def test_kuaidi100(knowledge: Knowledge, code: str, text: str, status: S | None, exceptions: tuple[E, ...]) -> None:
    meaning = knowledge.meaning(KUAIDI100, code, text)
    assert (meaning.status, meaning.exceptions) == (status, exceptions), meaning


def test_all_sub_states_of_the_table_are_mapped(knowledge: Knowledge) -> None:
    documented = [
        *(str(state) for state in range(9)),
        *("1001", "1002", "1003", "101", "102", "103", "301", "302", "303", "304", "401", "14", "501"),
        *(str(state) for state in range(201, 211)),
        *("10", "11", "12", "13"),
    ]
    verdicts = {code: knowledge.meaning(KUAIDI100, code, "").verdict for code in documented}
    assert set(verdicts.values()) == {Verdict.MAPPED}, verdicts


def test_an_unknown_code_says_nothing_whatever_its_text(knowledge: Knowledge) -> None:
    meaning = knowledge.meaning(KUAIDI100, "999", "快件已签收")
    assert (meaning.status, meaning.verdict) == (None, Verdict.UNMAPPED)


def test_without_a_code_the_text_speaks(knowledge: Knowledge) -> None:
    assert knowledge.meaning(KUAIDI100, "", "快件已签收").status is S.DELIVERED
    assert knowledge.meaning(KUAIDI100, "", "xyz").verdict is Verdict.UNMAPPED


def test_the_basis_names_the_code_and_the_rule(knowledge: Knowledge) -> None:
    assert knowledge.meaning(KUAIDI100, "0", "正在派送").basis == "code 0; text: out_for_delivery"
    assert "denied" in knowledge.meaning(KUAIDI100, "3", "无法签收").basis


def test_returning_codes_turn_the_direction(knowledge: Knowledge) -> None:
    for code in ("6", "4"):
        assert knowledge.meaning(KUAIDI100, code, "").direction is Direction.RETURN


def test_chinese_operation_names_of_the_own_network(knowledge: Knowledge) -> None:
    assert knowledge.meaning(COURIER, "签收", "").status is S.DELIVERED
    assert knowledge.meaning(COURIER, "派件", "").status is S.OUT_FOR_DELIVERY
    assert knowledge.meaning(COURIER, "out_for_delivery", "").status is S.OUT_FOR_DELIVERY
