"""The chat widget against the chat protocol."""

from playwright.sync_api import BrowserContext, Page, expect
from web_backend.chat import Visitor
from web_backend.waiting import until


def opened(page: Page) -> None:
    page.goto("/widget/?site=demo&lang=en")
    expect(page.locator(".widget-line.live")).to_be_visible()


def say(page: Page, text: str) -> None:
    page.get_by_role("textbox").fill(text)
    page.keyboard.press("Enter")


def test_message_is_acknowledged_and_answered(page: Page, backend) -> None:  # type: ignore[no-untyped-def]
    opened(page)
    say(page, "Where is my parcel?")
    expect(page.locator(".bubble.visitor")).to_have_text("Where is my parcel?")
    expect(page.get_by_role("img", name="Sent")).to_be_visible()
    visitor: Visitor = backend.chat.last
    backend.run(lambda: visitor.agent_types())
    expect(page.locator(".typing")).to_contain_text("李娜 is typing")
    backend.run(lambda: visitor.agent_says("In Shanghai."))
    expect(page.locator(".bubble.agent").last).to_have_text("In Shanghai.")
    expect(page.locator(".typing")).to_have_count(0)
    assert visitor.typed
    until(page, lambda: visitor.read_seq == 2)


def test_resumes_after_a_cut_line_without_gap_or_repetition(page: Page, backend) -> None:  # type: ignore[no-untyped-def]
    opened(page)
    say(page, "one")
    expect(page.locator(".bubble.visitor:not(.pending)")).to_have_count(1)
    visitor: Visitor = backend.chat.last
    backend.run(lambda: visitor.cut())
    backend.run(lambda: visitor.agent_says("two"))
    expect(page.locator(".bubble.agent").last).to_have_text("two")
    assert visitor.hellos == 2
    assert page.locator(".turn .bubble").all_inner_texts() == ["one", "two"]


def test_unacknowledged_message_is_sent_again_under_its_id(page: Page, backend) -> None:  # type: ignore[no-untyped-def]
    opened(page)
    visitor: Visitor = backend.chat.last
    visitor.silent = True
    say(page, "did you get this?")
    expect(page.locator(".bubble.pending")).to_be_visible()
    page.reload()
    expect(page.locator(".bubble.pending")).to_have_text("did you get this?")
    visitor.silent = False
    backend.run(lambda: visitor.cut())
    expect(page.locator(".bubble.visitor:not(.pending)")).to_have_text("did you get this?")
    expect(page.locator(".bubble.pending")).to_have_count(0)
    assert len(visitor.entries) == 1


def test_writes_while_offline_and_sends_when_back(page: Page, context: BrowserContext, backend) -> None:  # type: ignore[no-untyped-def]
    opened(page)
    visitor: Visitor = backend.chat.last
    context.set_offline(True)
    backend.run(lambda: visitor.cut())
    expect(page.locator(".widget-line.lost")).to_contain_text("offline")
    say(page, "first")
    say(page, "second")
    expect(page.locator(".bubble.pending")).to_have_count(2)
    context.set_offline(False)
    expect(page.locator(".bubble.visitor:not(.pending)")).to_have_text(["first", "second"])
    assert [entry["text"] for entry in visitor.entries] == ["first", "second"]


def test_refused_message_can_be_sent_again(page: Page, backend) -> None:  # type: ignore[no-untyped-def]
    opened(page)
    visitor: Visitor = backend.chat.last
    visitor.refuse = "too_long"
    say(page, "hello")
    expect(page.get_by_role("alert")).to_contain_text("refused on demand")
    visitor.refuse = None
    page.get_by_role("button", name="Send again").click()
    expect(page.locator(".bubble.visitor:not(.pending)")).to_have_text("hello")


def test_customer_ends_the_chat_after_being_asked(page: Page, backend) -> None:  # type: ignore[no-untyped-def]
    opened(page)
    expect(page.get_by_role("button", name="End chat")).to_be_disabled()
    say(page, "thanks")
    page.get_by_role("button", name="End chat").click()
    page.get_by_role("button", name="Keep chatting").click()
    page.get_by_role("button", name="End chat").click()
    page.get_by_role("button", name="End it").click()
    expect(page.locator(".divider").last).to_contain_text("You ended the chat")
    assert backend.chat.last.interaction is None


def test_history_is_there_after_a_reload(page: Page, backend) -> None:  # type: ignore[no-untyped-def]
    opened(page)
    say(page, "hello")
    expect(page.locator(".bubble.visitor:not(.pending)")).to_have_count(1)
    page.reload()
    expect(page.locator(".bubble.visitor")).to_have_text("hello")
    assert len(backend.chat.visitors) == 1


def test_site_that_may_not_chat_says_why(page: Page, backend) -> None:  # type: ignore[no-untyped-def]
    backend.chat.refuse_site = True
    page.goto("/widget/?site=demo&lang=en")
    expect(page.get_by_role("alert")).to_contain_text("does not allow this origin")


def test_enter_that_picks_an_input_method_candidate_does_not_send(page: Page) -> None:
    opened(page)
    field = page.get_by_role("textbox")
    field.fill("ni hao")
    field.dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True})
    expect(page.locator(".bubble.visitor")).to_have_count(0)
    expect(field).to_have_value("ni hao")


def test_embedded_in_another_site_it_opens_folds_and_counts(page: Page, backend) -> None:  # type: ignore[no-untyped-def]
    page.goto(f"http://127.0.0.1:{backend.port}/shop?loader={backend.url}/widget/embed.js")
    page.get_by_role("button", name="Chat with us").click()
    frame = page.frame_locator("iframe")
    frame.get_by_role("textbox").fill("hello")
    frame.get_by_role("textbox").press("Enter")
    expect(frame.locator(".bubble.visitor:not(.pending)")).to_have_text("hello")
    frame.get_by_role("button", name="Close the chat window").click()
    expect(page.locator("iframe")).to_be_hidden()
    backend.run(lambda: backend.chat.last.agent_says("are you there?"))
    expect(page.get_by_role("button", name="Chat with us (1)")).to_be_visible()
    assert backend.chat.last.read_seq == 1
    page.get_by_role("button", name="Chat with us (1)").click()
    expect(frame.get_by_text("are you there?")).to_be_visible()
    until(page, lambda: backend.chat.last.read_seq == 2)
