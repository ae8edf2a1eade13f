"""What is true of the pages before a browser opens them: types, sizes, texts, the lock file."""

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

WEB = Path(__file__).parents[2] / "web"
KILOBYTE = 1000
Node = Callable[..., Any]
BUDGETS = {"desk": 60 * KILOBYTE, "widget": 25 * KILOBYTE}


def scripts_of(page: Path) -> set[Path]:
    """Every script a page loads, those it is told to preload included."""
    named = re.findall(r'(?:src|href)="(/assets/[^"]+\.js)"', page.read_text())
    return {page.parents[1] / name.lstrip("/") for name in named}


@pytest.mark.parametrize(("name", "budget"), BUDGETS.items())
def test_scripts_stay_within_their_budget(dist: Path, name: str, budget: int) -> None:
    scripts = scripts_of(dist / name / "index.html")
    size = sum(len(gzip.compress(script.read_bytes())) for script in scripts)
    assert scripts
    assert size < budget


def test_loader_is_one_small_classic_script(dist: Path) -> None:
    loader = (dist / "widget" / "embed.js").read_text()
    assert "import" not in re.sub(r"important", "", loader)
    assert len(gzip.compress(loader.encode())) < 3 * KILOBYTE


def test_types_hold_against_the_contracts(node: Node) -> None:
    node("npm", "run", "check", "--prefix", "web")


@pytest.mark.parametrize("folder", sorted(WEB.glob("*/messages")), ids=lambda folder: folder.parent.name)
def test_both_languages_say_the_same_things(folder: Path) -> None:
    chinese, english = (json.loads((folder / f"{language}.json").read_text()) for language in ("zh-CN", "en"))
    assert chinese.keys() == english.keys()
    for key, text in english.items():
        assert re.findall(r"{\w+}", text).sort() == re.findall(r"{\w+}", chinese[key]).sort(), key
        assert text.strip() and chinese[key].strip(), key


def test_lock_names_no_download_address() -> None:
    lock = (WEB / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert "integrity" in lock
