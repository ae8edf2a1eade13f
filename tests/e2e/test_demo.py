"""`posthouse demo --once --json`, as a newcomer runs it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.xdist_group("house")
def test_every_step_of_the_demo_holds() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "posthouse", "demo", "--once", "--json", "--port", "8971"],
        capture_output=True,
        text=True,
        cwd=_ROOT,
        timeout=280,
        check=False,
    )
    report = json.loads(done.stdout)
    failed = [step for step in report["steps"] if not step["ok"]]
    assert not failed, failed
    assert report["ok"] is True
    assert done.returncode == 0
    names = {step["name"].split(":")[0] for step in report["steps"]}
    assert names >= {
        "sms",
        "security",
        "chat",
        "telegram",
        "mail",
        "voice",
        "parcels",
        "exception",
        "complaint",
        "order",
        "insights",
    }
