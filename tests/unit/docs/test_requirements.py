"""The table of requirements: complete, and everything it names exists."""

import csv
import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = ROOT.parent / "shared" / "domain" / "requirements.csv"
WAITS = {"desk", "telephony", "reports"}
SERVICES = {"cases": "cases", "tracking": "tracking-gateway", "routing": "routing", "insights": "insights"}


def page_tool() -> ModuleType:
    """The tool that writes the page."""
    spec = importlib.util.spec_from_file_location("requirements_page", ROOT / "tools" / "requirements_page.py")
    assert spec is not None and spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    return tool


TOOL = page_tool()
ROWS: dict[str, dict[str, Any]] = TOOL.read()


def operations() -> set[str]:
    """Every `METHOD /prefix/path` that the exported documents promise."""
    found = set()
    for prefix, service in SERVICES.items():
        document = json.loads((ROOT / "contracts" / "openapi" / f"{service}.json").read_text())
        for path, methods in document["paths"].items():
            found |= {f"{method.upper()} /{prefix}{path}" for method in methods}
    return found


def test_what_is_named_exists() -> None:
    missing = [
        f"{name}: {folder}/{path}"
        for name, row in ROWS.items()
        for folder, key in (("services", "code"), ("tests", "tests"))
        for path in row.get(key, [])
        if not (ROOT / folder / path).exists()
    ]
    assert missing == []
    promised = operations()
    assert [f"{n}: {api}" for n, row in ROWS.items() for api in row.get("api", []) if api not in promised] == []


def test_every_row_says_where_and_how_and_what_it_waits_for() -> None:
    for name, row in ROWS.items():
        assert set(row) <= {"module", "code", "api", "tests", "note", "waits"}, name
        assert row["module"] in TOOL.MODULES, name
        assert len(row["note"]) > 8, name
        assert row.get("waits") in {None, *WAITS}, name
        assert row.get("code") and row.get("tests"), f"{name} names no code or no test"


def test_the_page_is_in_step() -> None:
    assert TOOL.render(ROWS) == TOOL.PAGE.read_text("utf-8"), "run python tools/requirements_page.py"


@pytest.mark.skipif(not PACKAGE.exists(), reason="the domain package is not beside this repository")
def test_every_requirement_of_these_modules_has_its_row() -> None:
    with PACKAGE.open(encoding="utf-8", newline="") as file:
        wanted = {row["id"]: row["module"] for row in csv.DictReader(file) if row["module"] in TOOL.MODULES}
    assert {name: row["module"] for name, row in ROWS.items()} == wanted
