"""The page on which departments answer: no violation that axe-core knows, no scrolling sideways on a phone."""

from typing import Any

import pytest
from playwright.sync_api import Page

from cases.portal.page import Input, TaskPage, message_page, task_page
from chassis.i18n import Catalogue
from contracts.values import Language
from tests.web.test_accessibility import violations

TEXTS = Catalogue.load("cases")
TASK = TaskPage(
    department="华南运作部",
    ref="C26-000123-5/1",
    step="调查异常原因",
    task="请核实破损责任：\n" + "很长的说明" * 40 + "x" * 200,
    state="已超时",
    facts=[("工单", "C26-000123-5 · 问题件处理"), ("回复截止", "2026年3月2日 09:00")],
    late=True,
    open=True,
    acknowledged=False,
    form_token="token",
    inputs=[
        Input("cause_code", "原因代码"),
        Input("cause_side", "主观或客观", options=[("subjective", "主观原因")]),
        Input("evidence", "证据", long=True, lines=True),
    ],
    problem="请填写原因",
    given={"action": "refuse"},
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", list(Language))
def test_every_state_on_a_phone(page: Page, language: Language, scheme: Any) -> None:
    def text(key: str, **values: object) -> str:
        return TEXTS.text(language, key, **values)

    page.set_viewport_size({"width": 360, "height": 740})
    page.emulate_media(color_scheme=scheme)
    settled = TaskPage(**{**TASK.__dict__, "open": False, "late": False, "answer": "已处理", "problem": None})
    for document in (
        task_page(TASK, text, language, "n"),
        task_page(settled, text, language, "n"),
        message_page(text("portal.expired.title"), text("portal.expired.words"), text, language, "n"),
    ):
        page.set_content(document)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert violations(page) == []
