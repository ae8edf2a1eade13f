"""Small decisions: addresses, waybills, classes, threads, statuses, numbers, field values."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.actions.office import Office
from cases.domain import facts, threads
from cases.domain.classify import contact_class, guess_language
from cases.domain.contact import Verification, higher, masked, masked_name, normal_address
from cases.domain.delivery import rises
from cases.domain.dictionary import FieldSpec, FieldType, Label, check_value
from cases.domain.numbers import case_number, is_case_number
from cases.domain.waybills import find_waybills, normal_waybill
from cases.parameters import CaseParameters
from contracts.values import ContactKind, MessageStatus
from tests.unit.cases.walking import LIBRARY

NOW = datetime(2026, 3, 2, tzinfo=UTC)
HINTS = Office.load(CaseParameters()).hints


class TestAddresses:
    @pytest.mark.parametrize(
        ("kind", "given", "stored"),
        [
            (ContactKind.PHONE, "138 0000 0001", "+8613800000001"),
            (ContactKind.PHONE, "+86-138-0000-0001", "+8613800000001"),
            (ContactKind.PHONE, "tel:+8613800000001", "+8613800000001"),
            (ContactKind.PHONE, "(021) 6123 4567", "+862161234567"),
            (ContactKind.PHONE, "+1 415 555 2671", "+14155552671"),
            (ContactKind.PHONE, "95338", "95338"),
            (ContactKind.PHONE, "ACME", "acme"),
            (ContactKind.PHONE, "anonymous", None),
            (ContactKind.PHONE, "+266696687", None),
            (ContactKind.EMAIL, "Wang@Example.ORG", "wang@example.org"),
            (ContactKind.CHAT, "Visitor-7", "Visitor-7"),
            (ContactKind.TELEGRAM, "123456", "123456"),
        ],
    )
    def test_have_one_form(self, kind: ContactKind, given: str, stored: str | None) -> None:
        assert normal_address(kind, given, "CN") == stored

    @pytest.mark.parametrize(
        ("kind", "address", "shown"),
        [
            ("phone", "+8613800000001", "+861****0001"),
            ("phone", "95338", "****38"),
            ("email", "wang@example.org", "w***@example.org"),
            ("chat", "visitor-7", "vi****"),
            ("telegram", "42", "****"),
        ],
    )
    def test_are_masked(self, kind: str, address: str, shown: str) -> None:
        assert masked(kind, address) == shown

    def test_names_are_masked(self) -> None:
        assert masked_name("王芳") == "王**"

    def test_verification_is_never_lost(self) -> None:
        assert higher(Verification.CONFIRMED, Verification.NONE) is Verification.CONFIRMED
        assert higher(Verification.NONE, Verification.CHANNEL) is Verification.CHANNEL

    @given(st.sampled_from(list(ContactKind)), st.text(min_size=1, max_size=40))
    def test_normalising_twice_changes_nothing(self, kind: ContactKind, text: str) -> None:
        once = normal_address(kind, text, "CN")
        if once is not None and once:
            assert normal_address(kind, once, "CN") == once


class TestWaybills:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("单号SF1234567890123帮我查", ("SF1234567890123",)),
            ("ｓｆ１２３４５６７８９０１２３", ("SF1234567890123",)),
            ("YT1234567890123 and 781234567890123", ("YT1234567890123", "781234567890123")),
            ("EA123456785CN", ("EA123456785CN",)),
            ("1Z999AA10123456784!", ("1Z999AA10123456784",)),
            ("call me at 13800000001 or +8613800000001", ()),
            ("id 11010119900101123X", ()),
            ("case C26-000123-5", ()),
            ("uuid 0b6f9a3e-1111-2222-3333-123456789012", ()),
            ("SF1234567890123 SF1234567890123", ("SF1234567890123",)),
            ("", ()),
        ],
    )
    def test_in_text(self, text: str, found: tuple[str, ...]) -> None:
        assert find_waybills(text) == found

    @given(st.text(max_size=500))
    def test_any_text_is_read(self, text: str) -> None:
        for number in find_waybills(text):
            assert normal_waybill(number) == number and 10 <= len(number) <= 24


class TestClasses:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("SF1234567890123 到哪了", "tracking"),
            ("where is my parcel?", "tracking"),
            ("我要投诉 SF1234567890123", "complaint"),
            ("我要打 12345 举报你们", "complaint"),
            ("SF1234512345678", "tracking"),
            ("快递车着火了，有人受伤", "emergency"),
            ("请帮我取消订单", "cancel"),
            ("the app is not working", "fault"),
            ("I want to ship a parcel to Beijing", "order"),
            ("我想寄快递", "order"),
            ("给你们提个意见", "suggestion"),
            ("保价怎么算", "consultation"),
            ("你好", "inquiry"),
            ("encounter", "inquiry"),
        ],
    )
    def test_from_words(self, text: str, expected: str) -> None:
        numbers = find_waybills(text)
        waybill = numbers[0] if numbers else None
        assert contact_class(HINTS, [text], waybill_no=waybill, default="inquiry") == expected

    def test_every_class_leads_to_a_procedure(self) -> None:
        parameters = CaseParameters()
        for entry in HINTS.classes:
            assert parameters.procedure_of_class[entry.class_] in LIBRARY.ids()
        assert set(parameters.procedure_of_class.values()) <= set(LIBRARY.ids())

    @pytest.mark.parametrize(("text", "language"), [("你好 hello", "zh-CN"), ("hello", "en"), ("123?", None)])
    def test_language(self, text: str, language: str | None) -> None:
        assert guess_language([text]) == language


def candidate(key: str = "", *, closed_days_ago: float | None = None) -> threads.Candidate:
    """A case of the customer."""
    closed = None if closed_days_ago is None else NOW - timedelta(days=closed_days_ago)
    return threads.Candidate(uuid4(), key, closed)


def choose(waybill: str | None = None, **more: Any) -> threads.Choice:
    """The policy with nothing known but what is given."""
    known: dict[str, Any] = {"linked": None, "opened": [], "closed": [], "now": NOW, "reopen_days": 7, **more}
    return threads.choose(waybill_no=waybill, **known)


class TestThreads:
    def test_nothing_known_is_a_new_case(self) -> None:
        assert choose() == threads.Choice(None, "")
        assert choose("SF1") == threads.Choice(None, "waybill:SF1")

    def test_the_linked_open_case_comes_first(self) -> None:
        linked, other = candidate("waybill:SF1"), candidate("waybill:SF2")
        assert choose("SF2", linked=linked, opened=[linked, other]).case_id == linked.id

    def test_then_the_same_waybill(self) -> None:
        general, same = candidate(), candidate("waybill:SF1")
        assert choose("SF1", opened=[general, same]).case_id == same.id

    def test_then_the_general_case(self) -> None:
        general, other = candidate(), candidate("waybill:SF2")
        assert choose("SF1", opened=[other, general]).case_id == general.id
        assert choose(opened=[other, general]).case_id == general.id

    def test_without_a_waybill_the_only_open_case(self) -> None:
        only = candidate("waybill:SF1")
        assert choose(opened=[only]).case_id == only.id

    def test_among_several_without_a_general_one_a_new_case(self) -> None:
        assert choose(opened=[candidate("waybill:SF1"), candidate("waybill:SF2")]).case_id is None

    def test_a_different_waybill_is_a_different_matter(self) -> None:
        assert choose("SF2", opened=[candidate("waybill:SF1")]) == threads.Choice(None, "waybill:SF2")

    def test_recently_closed_comes_back(self) -> None:
        closed = candidate("waybill:SF1", closed_days_ago=6.9)
        assert choose("SF1", closed=[closed]) == threads.Choice(closed.id, "waybill:SF1", reopen=True)
        assert choose("SF1", closed=[candidate("waybill:SF1", closed_days_ago=7.1)]).case_id is None
        assert choose("SF1", closed=[closed], reopen_days=0).case_id is None

    def test_a_linked_closed_case_gives_way_to_an_open_one_of_its_thread(self) -> None:
        linked, opened = candidate("", closed_days_ago=1), candidate("")
        assert choose(linked=linked, opened=[opened]) == threads.Choice(opened.id, "")

    keys = st.sampled_from(["", "waybill:SF1", "waybill:SF2"])

    @given(
        st.lists(keys, unique=True),
        st.lists(st.tuples(keys, st.floats(0, 20)), max_size=4),
        st.sampled_from([None, "SF1", "SF2"]),
        st.booleans(),
    )
    def test_never_two_open_cases_of_one_thread(
        self, opened: list[str], closed: list[tuple[str, float]], waybill: str | None, link: bool
    ) -> None:
        open_cases = [candidate(key) for key in opened]
        closed_cases = [candidate(key, closed_days_ago=days) for key, days in closed]
        linked = closed_cases[0] if link and closed_cases else None
        choice = choose(waybill, linked=linked, opened=open_cases, closed=closed_cases)
        open_keys = {case.thread_key for case in open_cases}
        if choice.case_id is None or choice.reopen:
            assert choice.thread_key not in open_keys


class TestDelivery:
    @given(st.permutations(list(MessageStatus)))
    def test_any_order_of_news_never_falls(self, news: list[MessageStatus]) -> None:
        status: MessageStatus | None = None
        history = []
        for item in news:
            if rises(status, item):
                status = item
                history.append(item)
        assert status in {MessageStatus.FAILED, MessageStatus.UNDELIVERED, MessageStatus.READ}
        ends = {MessageStatus.FAILED, MessageStatus.UNDELIVERED, MessageStatus.DELIVERED}
        assert len([item for item in history if item in ends]) <= 1

    def test_failed_is_final(self) -> None:
        assert not rises(MessageStatus.FAILED, MessageStatus.READ)
        assert not rises(MessageStatus.DELIVERED, MessageStatus.FAILED)
        assert rises(MessageStatus.DELIVERED, MessageStatus.READ)
        assert rises(None, MessageStatus.PENDING)


class TestCaseNumbers:
    @given(st.integers(1, 10**9))
    def test_their_check_digit_holds(self, sequence: int) -> None:
        number = case_number(NOW, sequence)
        assert is_case_number(number) and is_case_number(f" {number.lower()} ")

    @given(st.integers(1, 10**6), st.integers(0, 20), st.integers(1, 9))
    def test_a_misheard_digit_is_noticed(self, sequence: int, place: int, shift: int) -> None:
        number = case_number(NOW, sequence)
        places = [index for index, letter in enumerate(number) if letter.isdigit()]
        at = places[place % len(places)]
        wrong = str((int(number[at]) + shift) % 10)
        assert not is_case_number(number[:at] + wrong + number[at + 1 :])

    @pytest.mark.parametrize("text", ["", "C26", "C26-1-2", "X26-000123-5", "C26-00012٣-5", "C26-000123-5-1"])
    def test_other_texts_are_none(self, text: str) -> None:
        assert not is_case_number(text)


def spec(type: FieldType, *options: str) -> FieldSpec:
    """A field."""
    return FieldSpec(label=Label(zh="字段", en="field"), type=type, options=options)


class TestFieldValues:
    @pytest.mark.parametrize(
        ("field", "value"),
        [
            (spec(FieldType.TEXT), "x"),
            (spec(FieldType.FLAG), False),
            (spec(FieldType.NUMBER), 1.5),
            (spec(FieldType.CHOICE, "a", "b"), "b"),
            (spec(FieldType.MONEY), {"minor": 0, "currency": "CNY"}),
            (spec(FieldType.LIST), ["x"]),
            (spec(FieldType.OBJECT), {"a": 1}),
        ],
    )
    def test_fit(self, field: FieldSpec, value: Any) -> None:
        assert check_value("x", field, value) == value

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            (spec(FieldType.TEXT), 1),
            (spec(FieldType.TEXT), " "),
            (spec(FieldType.TEXT), "x" * 501),
            (spec(FieldType.FLAG), 1),
            (spec(FieldType.FLAG), "true"),
            (spec(FieldType.NUMBER), True),
            (spec(FieldType.NUMBER), -1),
            (spec(FieldType.NUMBER), float("nan")),
            (spec(FieldType.CHOICE, "a"), "c"),
            (spec(FieldType.CHOICE, "a"), ["a"]),
            (spec(FieldType.MONEY), 5),
            (spec(FieldType.MONEY), {"minor": 1.5, "currency": "CNY"}),
            (spec(FieldType.MONEY), {"minor": -1, "currency": "CNY"}),
            (spec(FieldType.MONEY), {"minor": 1, "currency": "yuan"}),
            (spec(FieldType.LIST), []),
            (spec(FieldType.LIST), "x"),
            (spec(FieldType.LIST), ["x"] * 51),
            (spec(FieldType.OBJECT), {}),
            (spec(FieldType.OBJECT), {"a": "x" * 20_001}),
            (spec(FieldType.INSTANT), "2026-03-02T09:00"),
            (spec(FieldType.INSTANT), 5),
        ],
    )
    def test_do_not_fit(self, field: FieldSpec, value: Any) -> None:
        with pytest.raises(ValueError, match=r"must"):
            check_value("x", field, value)

    json = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=8,
    )

    @given(st.sampled_from(list(FieldType)), json)
    def test_any_json_is_taken_or_refused_in_words(self, type: FieldType, value: Any) -> None:
        try:
            stored = check_value("x", spec(type, "a", "b"), value)
        except ValueError as refused:
            assert str(refused)
        else:
            assert check_value("x", spec(type, "a", "b"), stored) == stored


class TestFacts:
    def test_fill_only_what_the_procedure_asks(self) -> None:
        known = facts.at_opening(
            LIBRARY.engine("complaint"),
            interaction_id="i",
            channel="sms",
            contact_class="complaint",
            waybill_no=None,
            customer_name="王芳",
            phone="+8613800000001",
            email=None,
            verification="channel",
            text="  太差了  ",
            now=NOW,
        )
        assert known["complaint_text"] == "太差了"
        assert "question_text" not in known and "waybill_no" not in known

    def test_a_reply_is_the_answer_unless_there_is_one(self) -> None:
        engine = LIBRARY.engine("tracking_query")
        run = engine.start(now=NOW, fields={}).run
        assert facts.from_reply(engine, run, {}, text="在途", at=NOW)["answer_text"] == "在途"
        assert "answer_text" not in facts.from_reply(engine, run, {"answer_text": "x"}, text="在途", at=NOW)
