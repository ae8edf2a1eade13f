"""Commands beside a running house."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from chassis.db.server import PostgresServer
from tests.support.folders import database_folder

_ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("house")]


def posthouse(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "posthouse", *arguments],
        capture_output=True,
        text=True,
        cwd=_ROOT,
        env={**os.environ, **environment},
        timeout=100,
        check=False,
    )


def test_doctor_finds_this_machine_in_order() -> None:
    done = posthouse("doctor")
    assert "PostgreSQL" in done.stderr
    assert done.returncode == 0, done.stderr


def test_doctor_says_what_does_not_answer() -> None:
    done = posthouse("doctor", POSTHOUSE_DATABASE_URL="postgresql://x:y@127.0.0.1:1/none")
    assert done.returncode == 1
    assert "POSTHOUSE_DATABASE_URL does not answer" in done.stderr


def test_serving_without_settings_names_what_to_set() -> None:
    done = posthouse("serve", "sms")
    assert done.returncode == 1
    assert "POSTHOUSE_DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_service_is_refused_by_name() -> None:
    done = posthouse("serve", "fax")
    assert done.returncode == 1
    assert "there is no service 'fax'" in done.stderr


@pytest.mark.parametrize("name", ["tracking_query", "complaint"])
def test_procedures_are_drawn(name: str) -> None:
    done = posthouse("procedures", "draw", name)
    assert done.returncode == 0, done.stderr
    assert "-->" in done.stdout


def test_procedures_check() -> None:
    assert posthouse("procedures", "check").returncode == 0


def test_dead_letters_uses_the_database_of_a_running_house() -> None:
    with database_folder() as folder:
        folder.mkdir(mode=0o755)
        server = PostgresServer(folder / "postgres")
        server.start()
        try:
            done = posthouse("dead-letters", "list", "cases", POSTHOUSE_DATA_DIR=str(folder))
            assert done.returncode == 0, done.stderr
            assert "0 dead letter(s) of cases" in done.stderr
            assert server.already_running() == server.url, "it was left running"
        finally:
            server.stop()
    assert server.already_running() is None


def test_simulate_prints_a_day_as_json() -> None:
    import json

    done = posthouse("simulate", "--hours", "1", "--json")
    assert done.returncode == 0, done.stderr
    groups = json.loads(done.stdout)["groups"]
    assert {group["name"] for group in groups if group["kind"] == "demand"} == {"tracking", "complaints"}
