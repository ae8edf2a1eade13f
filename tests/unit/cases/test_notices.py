"""Whether, when and where a notice goes out, and what it says."""

from datetime import UTC, datetime, time, timedelta
from uuid import uuid4

import pytest

from cases.actions.office import Office
from cases.domain.dictionary import Dictionary
from cases.domain.notices import QuietHours, Route, decide
from cases.notices import Occasion
from cases.parameters import CaseParameters
from cases.wording import wording
from contracts.values import Channel, Language

OFFICE = Office.load(CaseParameters())
DICTIONARY: Dictionary = OFFICE.library.dictionary
QUIET = QuietHours("Asia/Shanghai", time(21), time(9), timedelta(minutes=30))
DAY = datetime(2026, 3, 3, 4, tzinfo=UTC)  # noon in Shanghai
NIGHT = datetime(2026, 3, 3, 14, tzinfo=UTC)  # 22:00 in Shanghai


def route(channel: Channel = Channel.SMS, **more: object) -> Route:
    """An exchange of the customer."""
    return Route(**{"channel": channel, "interaction_id": uuid4(), **more})  # type: ignore[arg-type]


class TestDecision:
    @pytest.mark.parametrize(
        ("now", "channel", "wrote_ago", "action"),
        [
            (DAY, Channel.SMS, None, "send"),
            (NIGHT, Channel.SMS, None, "wait"),
            (NIGHT, Channel.SMS, timedelta(minutes=29), "send"),
            (NIGHT, Channel.SMS, timedelta(minutes=30), "wait"),
            (NIGHT, Channel.TELEGRAM, None, "wait"),
            (NIGHT, Channel.EMAIL, None, "send"),
            (NIGHT, Channel.CHAT, None, "send"),
        ],
    )
    def test_the_hour(self, now: datetime, channel: Channel, wrote_ago: timedelta | None, action: str) -> None:
        wrote = now - wrote_ago if wrote_ago else None
        found = decide([route(channel, wrote_at=wrote)], now=now, quiet=QUIET, do_not_contact=False, refused=False)
        assert found.action == action
        if action == "wait":
            assert found.until == datetime(2026, 3, 4, 1, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("local", "until"),
        [("20:59", None), ("21:00", "2026-03-04T01:00"), ("08:59", "2026-03-03T01:00"), ("09:00", None)],
    )
    def test_quiet_hours_over_midnight(self, local: str, until: str | None) -> None:
        now = datetime.fromisoformat(f"2026-03-03T{local}:00+08:00")
        expected = datetime.fromisoformat(f"{until}+00:00") if until else None
        assert QUIET.until(now) == expected

    def test_quiet_hours_within_a_day(self) -> None:
        noon = QuietHours("Asia/Shanghai", time(12), time(14), timedelta())
        assert noon.until(DAY) == datetime(2026, 3, 3, 6, tzinfo=UTC)
        assert noon.until(NIGHT) is None

    def test_wishes_come_before_everything(self) -> None:
        ways = [route()]
        marked = decide(ways, now=NIGHT, quiet=QUIET, do_not_contact=True, refused=True)
        assert (marked.action, marked.reason) == ("withhold", "do_not_contact")
        refused = decide(ways, now=DAY, quiet=QUIET, do_not_contact=False, refused=True)
        assert (refused.action, refused.reason) == ("withhold", "no_consent")
        nowhere = decide([], now=DAY, quiet=QUIET, do_not_contact=False, refused=False)
        assert (nowhere.action, nowhere.reason) == ("fail", "no_channel")

    def test_the_way_is_where_they_wrote_last(self) -> None:
        address = Route(Channel.SMS, None, uuid4())
        elsewhere = route(Channel.EMAIL, wrote_at=DAY)
        older = route(Channel.SMS, of_case=True, wrote_at=DAY - timedelta(days=2))
        newer = route(Channel.CHAT, of_case=True, wrote_at=DAY - timedelta(days=1), open=True)
        ways = [address, elsewhere, older, newer]
        assert decide(ways, now=DAY, quiet=QUIET, do_not_contact=False, refused=False).route is newer
        assert (
            decide([address, elsewhere], now=DAY, quiet=QUIET, do_not_contact=False, refused=False).route is elsewhere
        )
        assert decide([address], now=DAY, quiet=QUIET, do_not_contact=False, refused=False).route is address


class TestTexts:
    def test_every_notice_to_customers_has_words_in_both_languages(self) -> None:
        for name, notice in DICTIONARY.notices.items():
            if notice.audience != "customer":
                continue
            for language in Language:
                for fields in ({}, _everything()):
                    text = OFFICE.templates.notice(language, name, Occasion("C26-1", "SF1", "核实", fields))
                    assert text.subject and "C26-1" in text.text, name
                    assert not {"{", "}"} & set(text.text + text.subject), name
                    assert "None" not in text.text

    def test_what_is_known_is_said(self) -> None:
        said = OFFICE.templates.notice(
            Language.ZH_CN, "order_confirmation", Occasion("C26-1", None, "下单", _everything())
        ).text
        assert "订单号 O1" in said and "12.50 CNY" in said and "2026年3月3日 18:00" in said
        paid = OFFICE.templates.notice(Language.EN, "payment_notice", Occasion("C26-1", "SF1", "x", _everything())).text
        assert "we have paid 108.00 CNY for your parcel SF1." in paid


def _everything() -> dict[str, object]:
    return {
        "order_no": "O1",
        "freight_quote": {"minor": 1250, "currency": "CNY"},
        "amount": {"minor": 10_800, "currency": "CNY"},
        "pickup_window": "2026-03-03T18:00:00+08:00",
        "promised_reply_at": "2026-03-03T18:00:00+08:00",
        "answer_text": "已派送",
        "remedy_type": "改派",
        "affected_area": "杭州",
    }


class TestWording:
    def test_details_are_worded_in_the_readers_language(self) -> None:
        words = wording("Asia/Shanghai")
        assert words.entry({"code": "case.work_requested", "queue": "tracking"}) == {
            "zh-CN": "已排队等待人工处理（队列：快件查询）",
            "en": "Waiting for an agent (queue: Tracking)",
        }
        own = words.entry({"code": "case.work_requested", "queue": "vip"})
        assert own is not None and own["zh-CN"].endswith("vip）")
        late = words.entry(
            {
                "code": "step.deadline_missed",
                "step_label": {"zh-CN": "核实", "en": "Verify"},
                "limit": "overall",
                "due_at": "2026-03-01T09:30:00+00:00",
            }
        )
        assert late is not None
        assert late["zh-CN"] == "「核实」超过时限（总时限，截止 2026年3月1日 17:30）"
        assert late["en"] == "Verify is late (overall limit, due 1 March 2026, 17:30)"

    def test_what_cannot_be_worded_is_left_alone(self) -> None:
        words = wording("Asia/Shanghai")
        assert words.entry({"text": "你好"}) is None
        assert words.entry({"code": "case.work_requested"}) is None
        erased = words.entry({"code": "case.work_requested", "erased": True})
        assert erased is not None and erased["en"] == "(erased at the person's request)"
