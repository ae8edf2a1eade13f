"""The desk: signing in, offers, conversations, and what happens when something goes wrong."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from web_backend.clock import now
from web_backend.waiting import until


@pytest.fixture
def desk(page: Page, backend):  # type: ignore[no-untyped-def]
    """The page with Li Na signed in, in English."""
    page.goto("/desk/?lang=en")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="李娜").click()
    expect(page.locator(".line.live")).to_be_visible()
    return page


@pytest.fixture
def case(desk: Page, backend) -> str:  # type: ignore[no-untyped-def]
    """A text of a customer, accepted and open."""
    case_id: str = backend.run(
        lambda: backend.desk.contact("sms", "+8613800138001", "陈晓", "包裹 SF1234567890123 到哪了")
    )
    take(desk, backend, case_id)
    expect(desk.locator(".message.theirs")).to_contain_text("SF1234567890123")
    return case_id


def take(page: Page, backend, case_id: str) -> None:  # type: ignore[no-untyped-def]
    """The case is offered, and accepted by key."""
    backend.run(lambda: backend.desk.offer(case_id))
    expect(page.get_by_role("button", name="Accept")).to_be_enabled()
    page.keyboard.press("Alt+a")
    expect(page.locator(".talk-head .mono")).to_have_text(backend.desk.cases[case_id]["case_no"])


def reply(page: Page, text: str) -> None:
    page.get_by_label("Reply by SMS").fill(text)
    page.keyboard.press("Enter")


def test_signing_in_comes_back_to_the_same_place(page: Page, backend) -> None:  # type: ignore[no-untyped-def]
    case_id = backend.run(lambda: backend.desk.contact("sms", "+8613800138001", "陈晓", "你好"))
    page.goto(f"/desk/?lang=en#case/{case_id}")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="王伟").click()
    expect(page.get_by_role("heading", name="陈晓")).to_be_visible()
    assert "code=" not in page.url
    page.reload()
    expect(page.get_by_role("heading", name="陈晓")).to_be_visible()


def test_presence_by_menu_and_by_key(desk: Page, backend) -> None:  # type: ignore[no-untyped-def]
    desk.get_by_role("button", name="Go available").click()
    expect(desk.get_by_role("button", name=re.compile("Presence:.*Available"))).to_be_visible()
    desk.keyboard.press("Alt+v")
    expect(desk.get_by_role("button", name=re.compile("Presence:.*Short break"))).to_be_visible()
    desk.get_by_role("button", name=re.compile("Presence:.*Short break")).click()
    desk.get_by_role("menuitemradio", name="Meal").click()
    until(desk, lambda: backend.desk.presence["reason"] == "meal")


def test_offer_counts_down_and_is_declined_by_key(desk: Page, backend) -> None:  # type: ignore[no-untyped-def]
    case_id = backend.run(lambda: backend.desk.contact("chat", "v-1", "访客", "在吗"))
    backend.run(lambda: backend.desk.offer(case_id))
    offer = desk.get_by_role("region", name="Incoming")
    expect(offer).to_contain_text("在吗")
    expect(offer.get_by_role("img", name="seconds left")).to_be_visible()
    desk.keyboard.press("Alt+x")
    expect(offer).to_contain_text("No offer right now")
    assert backend.desk.offers == {}


def test_list_does_not_move_when_an_offer_comes_and_goes(desk: Page, case: str, backend) -> None:  # type: ignore[no-untyped-def]
    before = desk.locator(".work-item").bounding_box()
    other = backend.run(lambda: backend.desk.contact("chat", "v-1", None, "x" * 300))
    offer_id = backend.run(lambda: backend.desk.offer(other))
    expect(desk.get_by_role("button", name="Accept")).to_be_visible()
    assert desk.locator(".work-item").bounding_box() == before
    backend.run(lambda: backend.desk.withdraw(offer_id))
    expect(desk.get_by_text("The offer was taken back")).to_be_visible()
    assert desk.locator(".work-item").bounding_box() == before


def test_late_acceptance_tells_why(desk: Page, backend) -> None:  # type: ignore[no-untyped-def]
    case_id = backend.run(lambda: backend.desk.contact("sms", "+8613800138001", "陈晓", "你好"))
    backend.run(lambda: backend.desk.offer(case_id))
    expect(desk.get_by_role("button", name="Accept")).to_be_visible()
    backend.desk.offers.clear()
    desk.get_by_role("button", name="Accept").click()
    expect(desk.get_by_text("The offer is no longer open.")).to_be_visible()
    expect(desk.get_by_role("button", name="Accept")).to_have_count(0)


def test_accepted_case_opens_as_soon_as_its_service_knows(desk: Page, backend) -> None:  # type: ignore[no-untyped-def]
    case_id = backend.run(lambda: backend.desk.contact("sms", "+8613800138001", "陈晓", "你好"))
    backend.desk.late = 3
    take(desk, backend, case_id)
    assert backend.desk.late == 0


def test_reply_shows_at_once_and_its_delivery_follows(desk: Page, case: str, backend) -> None:  # type: ignore[no-untyped-def]
    reply(desk, "正在查询")
    expect(desk.locator(".message.mine .words")).to_have_text("正在查询")
    until(desk, lambda: backend.desk.timelines[case][-1]["kind"] == "message_out")
    for status, words in (("sent", "Sent"), ("delivered", "Delivered"), ("read", "Read")):
        backend.run(lambda status=status: backend.desk.status(case, status))
        expect(desk.locator(".message.mine .delivery")).to_have_text(words)


def test_failed_reply_keeps_its_text_and_is_sent_once(desk: Page, case: str, backend) -> None:  # type: ignore[no-untyped-def]
    backend.desk.fail = {"/messages": 1}
    reply(desk, "请稍候")
    failed = desk.locator(".message.waiting")
    expect(failed.get_by_role("alert")).to_contain_text("The database is away")
    failed.get_by_role("button", name="Send again").click()
    expect(desk.locator(".message.waiting")).to_have_count(0)
    expect(desk.locator(".message.mine")).to_have_count(1)
    assert [entry["text"] for entry in backend.desk.timelines[case] if entry["kind"] == "message_out"] == ["请稍候"]


def test_unsent_reply_survives_a_reload(desk: Page, case: str, backend) -> None:  # type: ignore[no-untyped-def]
    backend.desk.fail = {"/messages": 1}
    reply(desk, "别丢了我")
    expect(desk.locator(".message.waiting.failed")).to_be_visible()
    desk.reload()
    expect(desk.locator(".message.waiting.failed")).to_contain_text("别丢了我")
    desk.get_by_role("button", name="Edit").click()
    expect(desk.get_by_label("Reply by SMS")).to_have_value("别丢了我")


def test_draft_belongs_to_its_case_and_survives_a_reload(desk: Page, case: str, backend) -> None:  # type: ignore[no-untyped-def]
    other = backend.run(lambda: backend.desk.contact("sms", "+14155550123", "John", "hello"))
    desk.get_by_label("Reply by SMS").fill("half a sentence")
    take(desk, backend, other)
    expect(desk.get_by_role("heading", name="John")).to_be_visible()
    expect(desk.get_by_label("Reply by SMS")).to_have_value("")
    desk.keyboard.press("Alt+ArrowUp")
    expect(desk.get_by_label("Reply by SMS")).to_have_value("half a sentence")
    desk.reload()
    expect(desk.get_by_label("Reply by SMS")).to_have_value("half a sentence")


def test_unread_messages_are_counted_until_seen(desk: Page, case: str, backend) -> None:  # type: ignore[no-untyped-def]
    other = backend.run(lambda: backend.desk.contact("telegram", "@lily", "Lily", "hi"))
    take(desk, backend, other)
    expect(desk.get_by_role("heading", name="Lily")).to_be_visible()
    backend.run(lambda: backend.desk.says(case, "还在吗"))
    backend.run(lambda: backend.desk.says(case, "急"))
    expect(desk.get_by_role("img", name="2 unread")).to_be_visible()
    desk.keyboard.press("Alt+ArrowUp")
    expect(desk.get_by_role("img", name="unread")).to_have_count(0)


def test_stream_resumes_after_a_cut_and_misses_nothing(desk: Page, case: str, backend) -> None:  # type: ignore[no-untyped-def]
    backend.run(lambda: backend.desk.stream.cut())
    backend.run(lambda: backend.desk.says(case, "断线时说的话"))
    expect(desk.locator(".message .words").last).to_have_text("断线时说的话")
    expect(desk.locator(".line.live")).to_be_visible()


def test_lost_connection_is_visible(desk: Page, case: str, context: BrowserContext, backend) -> None:  # type: ignore[no-untyped-def]
    context.set_offline(True)
    backend.run(lambda: (backend.desk.stream.cut(), backend.desk.routing.cut()))
    expect(desk.locator(".line.lost")).to_have_text("Reconnecting…")
    context.set_offline(False)
    expect(desk.locator(".line.live")).to_be_visible()


def test_mail_is_shut_in(desk: Page, backend) -> None:  # type: ignore[no-untyped-def]
    html = '<p id="said">Damaged</p><script>parent.document.title = "owned"</script><img src="/favicon.svg?tracker">'
    answered: list[str] = []
    desk.on("response", lambda response: answered.append(response.url))
    case_id = backend.run(
        lambda: backend.desk.contact(
            "email", "john@customer.example", "John", "Damaged", subject="My parcel", html=html
        )
    )
    take(desk, backend, case_id)
    frame = desk.frame_locator(".mail-frame")
    expect(frame.locator("#said")).to_have_text("Damaged")
    expect(desk.get_by_role("heading", name="My parcel")).to_be_visible()
    desk.get_by_role("button", name="Show as text").click()
    expect(desk.locator(".message .words")).to_have_text("Damaged")
    assert desk.title() != "owned"
    assert not any("tracker" in url for url in answered)


def test_call_goes_through_its_states(desk: Page, backend) -> None:  # type: ignore[no-untyped-def]
    case_id = backend.run(lambda: backend.desk.contact("voice", "+8613900139000", "王强", None))
    take(desk, backend, case_id)
    call = desk.get_by_role("region", name="Call")
    expect(call).to_contain_text("rings")
    expect(call.get_by_role("button", name="Hang up")).to_be_disabled()
    backend.run(lambda: backend.phones.ring("li_2ena"))
    expect(call.get_by_role("button", name="Answer")).to_be_enabled()
    desk.keyboard.press("Alt+t")
    expect(call.get_by_role("button", name="Answer")).to_be_disabled()
    backend.run(lambda: backend.desk.call_state(case_id, answered_at=now()))
    expect(call).to_contain_text("Connected")
    expect(call.get_by_role("button", name="Answer")).to_have_count(0)
    desk.keyboard.press("Alt+h")
    expect(call.get_by_role("button", name="Hang up")).to_be_disabled()
    backend.run(lambda: backend.desk.call_state(case_id, ended_at=now()))
    expect(call).to_contain_text("Call ended")


def test_chat_shows_typing_both_ways(desk: Page, backend) -> None:  # type: ignore[no-untyped-def]
    case_id = backend.run(lambda: backend.desk.contact("chat", "v-1", "访客", "在吗"))
    take(desk, backend, case_id)
    until(desk, lambda: backend.desk.typing.connections == 1)
    backend.run(lambda: backend.desk.typing.append("typing", {"on": True, "ttl_ms": 6000}))
    expect(desk.get_by_text("The customer is typing…")).to_be_visible()
    desk.get_by_label("Reply by Chat").press_sequentially("hello")
    until(desk, lambda: len(backend.desk.agent_typed) == 1)


def test_parcel_is_found_in_what_the_customer_wrote(desk: Page, case: str) -> None:
    parcel = desk.get_by_role("region", name="Parcel")
    expect(parcel).to_contain_text("On the way")
    expect(parcel).to_contain_text("5 min ago")
    desk.keyboard.press("Alt+p")
    desk.keyboard.type("YT0000000000000")
    desk.keyboard.press("Enter")
    expect(parcel.get_by_role("alert")).to_contain_text("No carrier knows this number")


def test_answer_of_the_tracking_service_goes_into_the_reply(desk: Page, case: str) -> None:
    desk.get_by_role("button", name="Put the answer into the reply").click()
    expect(desk.get_by_label("Reply by SMS")).to_have_value("您的快件已到达上海浦东集散中心。")


def test_note_is_written_by_key_and_stays_inside(desk: Page, case: str, backend) -> None:  # type: ignore[no-untyped-def]
    desk.keyboard.press("Alt+n")
    desk.keyboard.type("客户很着急")
    desk.keyboard.press("Control+Enter")
    expect(desk.get_by_role("region", name="Notes").locator("li")).to_contain_text("客户很着急")


def test_step_names_what_is_missing_and_goes_on_with_it(desk: Page, case: str, backend) -> None:  # type: ignore[no-untyped-def]
    panel = desk.get_by_role("region", name="Procedure")
    desk.keyboard.press("Alt+s")
    desk.keyboard.type("陈晓")
    panel.get_by_role("button", name="Complete the step").click()
    expect(panel.get_by_role("alert")).to_contain_text("Waybill number")
    desk.reload()
    expect(panel.get_by_label("Customer name")).to_have_value("陈晓")
    panel.get_by_label("Waybill number").fill("SF1234567890123")
    panel.get_by_role("button", name="Complete the step").click()
    expect(panel.get_by_role("listitem").filter(has_text="Verify identity").first).to_have_attribute(
        "aria-current", "step"
    )
    assert backend.desk.steps[0]["fields"] == {"customer_name": "陈晓", "waybill_no": "SF1234567890123"}


def test_step_goes_on_without_a_field_only_for_a_reason(desk: Page, case: str, backend) -> None:  # type: ignore[no-untyped-def]
    panel = desk.get_by_role("region", name="Procedure")
    panel.get_by_role("button", name="Complete the step").click()
    expect(panel.get_by_role("button", name="Go on without them")).to_be_disabled()
    panel.get_by_label("Why does the case go on").fill("the line was bad")
    panel.get_by_role("button", name="Go on without them").click()
    until(desk, lambda: backend.desk.steps[0]["deviation_reason"] == "the line was bad")


def test_closing_asks_for_what_is_missing_and_takes_the_case_off_the_list(desk: Page, case: str, backend) -> None:  # type: ignore[no-untyped-def]
    desk.keyboard.press("Alt+c")
    dialog = desk.get_by_role("dialog")
    dialog.get_by_label("Solved").check()
    dialog.get_by_role("button", name="Close case").click()
    dialog.get_by_label("Answer given").fill("On the way")
    dialog.get_by_role("button", name="Close case").click()
    expect(desk.locator(".work-item")).to_have_count(0)
    expect(desk.get_by_text("The case is closed.")).to_be_visible()
    assert backend.desk.closed_with["resolution"] == "solved"
    assert backend.desk.closed_with["fields"] == {"answer_text": "On the way"}


def test_close_that_somebody_else_made_takes_the_case_off_the_list(desk: Page, case: str, backend) -> None:  # type: ignore[no-untyped-def]
    backend.desk.assignments.clear()
    backend.desk.cases[case].update(state="closed", version=9)
    backend.run(lambda: backend.desk.stream.append("case.changed", backend.desk.cases[case]))
    backend.run(lambda: backend.desk.routing.append("assignment.ended", {"case_id": case}))
    expect(desk.locator(".work-item")).to_have_count(0)


def test_keys_are_listed(desk: Page) -> None:
    desk.keyboard.press("Alt+/")
    expect(desk.get_by_role("dialog", name="Keyboard shortcuts")).to_contain_text("Accept the offer")
    desk.keyboard.press("Escape")
    expect(desk.get_by_role("dialog")).to_have_count(0)
