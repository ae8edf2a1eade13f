"""What is new in a reply."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from channel_email.domain.reply import trimmed

CASES: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("replies.yaml").read_text(encoding="utf-8"))
HISTORY: dict[str, dict[str, str]] = CASES["history"]
KEPT: dict[str, str] = CASES["kept"]


@pytest.mark.parametrize("name", HISTORY)
def test_history_is_cut(name: str) -> None:
    assert trimmed(HISTORY[name]["mail"], "Re: 查询") == HISTORY[name]["new"]


@pytest.mark.parametrize("name", KEPT)
def test_in_doubt_text_stays(name: str) -> None:
    assert trimmed(KEPT[name], "查询") == KEPT[name]


@pytest.mark.parametrize("subject", ["Fwd: Sent", "FW: Sent", "转发：发货", "转发: x", "轉寄: x"])
def test_forwarded_mail_is_the_message(subject: str) -> None:
    mail = HISTORY["outlook-en"]["mail"].strip()
    assert trimmed(mail, subject) == mail


def test_line_ends_of_the_network() -> None:
    assert trimmed("收到\r\n\r\n在 2026-01-06 10:00，客服 写道：\r\n> 您好\r\n") == "收到"


def test_nothing() -> None:
    assert trimmed("") == ""
    assert trimmed("\n \n") == ""
