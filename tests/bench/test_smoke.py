"""Benchmarks run to their end at a small size and write figures. How good they are is not a test's business.

The two that every change to the path of a message touches; the others take a minute each even when small.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", ["sms_webhook", "pipeline"])
def test_bench_runs_and_writes_its_figures(name: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.bench", "--only", name, "--quick", "--out", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    written = json.loads((tmp_path / f"{name}.json").read_text())
    assert written["machine"]["cpus"] >= 1
    assert written["results"]
    for result in written["results"]:
        assert result["name"] in done.stdout
        assert result["value"] > 0, result
        assert result["unit"]
        if "baseline" in result:
            assert result["ratio"] == pytest.approx(result["value"] / result["baseline"])
