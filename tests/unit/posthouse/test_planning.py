"""The planning commands, as people type them; and the pictures of the supervisors' guide."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from posthouse import rule_pictures
from posthouse.cli import app
from posthouse.errors import CommandError

SCENARIO = """
hours: 1
warm_up_hours: 0
queues: [{name: tracking, ask_language: false}]
demand: [{name: calls, queue: tracking, arrivals: 200, handle: 120, patience: 90}]
agents: [{count: 8}]
"""


def run(*arguments: str) -> str:
    """What a command prints; raises what it raises."""
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_simulate(tmp_path: Path) -> None:
    path = tmp_path / "centre.yaml"
    path.write_text(SCENARIO)
    assert "service level" in run("simulate", "--config", str(path), "--plots", str(tmp_path / "charts"))
    assert (tmp_path / "charts" / "service-level.svg").exists()
    found = json.loads(run("simulate", "--config", str(path), "--runs", "3", "--json"))
    assert found["runs"] == 3
    assert found["groups"][0]["service_level"]["half_width"] > 0


def test_a_wrong_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "centre.yaml"
    path.write_text(SCENARIO.replace("arrivals: 200", "arrivals: many"))
    with pytest.raises(CommandError, match="demand/0/arrivals"):
        run("simulate", "--config", str(path))
    with pytest.raises(CommandError, match=r"no\.yaml"):
        run("simulate", "--config", str(tmp_path / "no.yaml"))
    path.write_text("queues: [")
    with pytest.raises(CommandError, match="line 1"):
        run("simulate", "--config", str(path))


def test_replay_says_what_was_recorded(tmp_path: Path) -> None:
    recording = {
        "begin": "2026-11-20T08:00:00Z",
        "end": "2026-11-20T09:00:00Z",
        "agents": [{"id": "ann", "available": [["2026-11-20T08:00:00Z", "2026-11-20T09:00:00Z"]]}],
        "calls": [
            {"at": "2026-11-20T08:10:00Z", "queue": "t", "channel": "voice", "outcome": "answered", "waited": 4,
             "handled": 60}
        ],
    }  # fmt: skip
    day, changes = tmp_path / "day.json", tmp_path / "changes.yaml"
    day.write_text(json.dumps(recording))
    changes.write_text("answering: {seconds: {fixed: 7}}")
    assert "recorded: 1 customers, ASA 4.0 s" in run("simulate", "--replay", str(day))
    found = json.loads(run("simulate", "--replay", str(day), "--config", str(changes), "--json"))
    assert found["recorded"]["speed_of_answer_seconds"] == 4
    assert found["groups"][0]["speed_of_answer_seconds"]["value"] == 7


def test_staffing() -> None:
    table = run("staffing", "100", "0", "--handle", "180", "--shrinkage", "0.3")
    assert re.search(r"00:00 +100 +14 +20 +88\.8%", table)
    found = json.loads(run("staffing", "100", "--handle", "180", "--patience", "120", "--json"))
    assert found[0]["agents"] == 12
    with pytest.raises(CommandError, match="calls must be 0 or more"):
        run("staffing", "--handle", "180", "--", "-5")


def test_the_pictures_are_drawn_and_committed() -> None:
    drawn = rule_pictures.draw(hours=2)
    guide = (rule_pictures.IMAGES.parent / "guides" / "supervisors.md").read_text(encoding="utf-8")
    for name, picture in drawn.items():
        assert ElementTree.fromstring(picture).tag.endswith("svg")
        committed = (rule_pictures.IMAGES / f"rule-{name}.svg").read_text(encoding="utf-8")
        assert f"rule-{name}.svg" in guide

        def title(svg: str) -> str | None:
            return ElementTree.fromstring(svg).get("aria-label")

        assert title(committed) == title(picture)
