"""Every page, in both languages and both appearances, without a violation that axe-core knows."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"


def violations(page: Page) -> list[str]:
    page.evaluate(AXE.read_text())
    found: list[dict[str, Any]] = page.evaluate("axe.run({ iframes: false }).then((results) => results.violations)")
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


@pytest.fixture(params=[("zh-CN", "light"), ("en", "light"), ("zh-CN", "dark"), ("en", "dark")], ids="-".join)
def look(request: pytest.FixtureRequest, context: BrowserContext) -> str:
    """The query that chooses language and appearance."""
    language, theme = request.param
    context.add_init_script(
        f"localStorage['posthouse.language'] = '{language}'; localStorage['posthouse.theme'] = '{theme}'"
    )
    return f"lang={language}&theme={theme}"


def test_desk(page: Page, backend, look: str) -> None:  # type: ignore[no-untyped-def]
    page.goto("/desk/")
    page.locator(".door-button").wait_for()
    assert violations(page) == []
    page.locator(".door-button").click()
    page.get_by_role("button", name="李娜").click()
    page.locator(".offer-none").wait_for()
    assert violations(page) == []
    desk = backend.desk
    mail = {"subject": "Damaged", "html": "<p>Damaged</p>"}
    for channel, address, extra in (
        ("sms", "+8613800138001", {}),
        ("email", "john@customer.example", mail),
        ("voice", "+8613900139000", {}),
    ):
        case_id = backend.run(
            lambda channel=channel, address=address, extra=extra: desk.contact(
                channel, address, "陈晓", None if channel == "voice" else "SF1234567890123", **extra
            )
        )
        backend.run(lambda case_id=case_id: desk.offer(case_id))
        page.locator(".offer").wait_for()
        assert violations(page) == []
        page.keyboard.press("Alt+a")
        expect(page.locator(".talk-head .mono")).to_have_text(desk.cases[case_id]["case_no"])
        assert violations(page) == []
    page.keyboard.press("Alt+c")
    page.locator("dialog[open]").wait_for()
    assert violations(page) == []


def test_widget(page: Page, backend, look: str) -> None:  # type: ignore[no-untyped-def]
    page.goto("/widget/")
    page.locator(".widget-line.live").wait_for()
    assert violations(page) == []
    page.locator("textarea").fill("你好")
    page.keyboard.press("Enter")
    page.locator(".bubble.visitor:not(.pending)").wait_for()
    backend.run(lambda: backend.chat.last.agent_says("您好"))
    page.locator(".turn .bubble.agent").wait_for()
    page.locator(".end").click()
    assert violations(page) == []


@pytest.mark.parametrize("app", ["calls", "texts", "mail", "telegram"])
def test_phone(page: Page, look: str, app: str) -> None:
    page.goto(f"/phone/#{app}")
    page.locator(".screen > *").first.wait_for()
    assert violations(page) == []


def test_home(page: Page, look: str) -> None:
    page.goto("/")
    page.locator(".feed li").wait_for()
    assert violations(page) == []
