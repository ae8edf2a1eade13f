"""Writes docs/requirements.md from docs/requirements.yaml: `python tools/requirements_page.py`."""

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
DATA, PAGE = ROOT / "docs" / "requirements.yaml", ROOT / "docs" / "requirements.md"

MODULES = {
    "CASE": "Cases and workflow",
    "EXC": "Exception parcels",
    "CMP": "Complaints",
    "ORD": "Orders",
    "CRM": "Customers",
    "KB": "Knowledge",
    "SEC": "Roles, identity, audit",
    "OMN": "All channels as one",
}
_HEAD = """# Requirements and where they are met

One row for each requirement of the domain package in the modules below; ids are the package's. *Waits* names the later
work that completes a row: the desk's screens, telephony, or reports and quality. Everything else works today.
Written from [`requirements.yaml`](requirements.yaml); a test checks that what is named here exists.
"""


def read() -> dict[str, dict[str, Any]]:
    """The rows by id."""
    rows: dict[str, dict[str, Any]] = yaml.safe_load(DATA.read_text("utf-8"))["rows"]
    return rows


def render(rows: dict[str, dict[str, Any]]) -> str:
    """The page."""
    waiting = sum("waits" in row for row in rows.values())
    parts = [_HEAD, f"{len(rows)} rows, {len(rows) - waiting} complete, {waiting} waiting for a part.\n"]
    for module, title in MODULES.items():
        parts.append(f"## {title} ({module})\n\n| id | how | code | API | tests | waits |\n|---|---|---|---|---|---|")
        parts += [_row(name, row) for name, row in rows.items() if row["module"] == module]
        parts.append("")
    return "\n".join(parts)


def _row(name: str, row: dict[str, Any]) -> str:
    code = [_link(f"../services/{path}", path.rsplit("/", 1)[-1]) for path in row.get("code", [])]
    tests = [_link(f"../tests/{path}", path.rsplit("/", 1)[-1]) for path in row.get("tests", [])]
    api = [f"`{operation}`" for operation in row.get("api", [])]
    cells = (name, row["note"], *(", ".join(links) for links in (code, api, tests)), row.get("waits", ""))
    return f"| {' | '.join(cells)} |"


def _link(target: str, text: str) -> str:
    return f"[{text}]({target})"


if __name__ == "__main__":
    PAGE.write_text(render(read()), "utf-8")
