"""What the planning commands do: simulating days, recording days to replay, working out staff."""

import asyncio
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import yaml
from pydantic import ValidationError

from chassis.db import Database
from chassis.settings import ChassisSettings, database_of
from posthouse.allinone import local_database
from posthouse.errors import CommandError
from routing.app import NAME
from routing.simulation import Centre, Report, Scenario, centre_of, simulate_runs
from routing.simulation.plots import write_plots
from routing.simulation.recorder import record
from routing.simulation.recording import Recording
from routing.simulation.replay import Changes, centre_of_recording
from routing.staffing.required import Staffing, Target, required


def simulate(
    config: Path | None,
    *,
    replay: Path | None,
    hours: float | None,
    seed: int,
    runs: int,
    as_json: bool,
    plots: Path | None,
) -> None:
    """A simulated day: a scenario, or a recorded day with the changes that the config holds."""
    try:
        centre, intro = _centre(config, replay, hours)
        report = simulate_runs(centre, seed=seed, runs=runs)
    except (OSError, ValueError, yaml.YAMLError) as error:  # pydantic's errors are ValueErrors
        raise CommandError(_reason(error)) from error
    if as_json:
        print(json.dumps({**report.as_dict(), **({"recorded": intro} if intro else {})}, indent=2, ensure_ascii=False))
    else:
        if intro:
            print(
                f"recorded: {intro['calls']} customers, ASA {intro['speed_of_answer_seconds']:.1f} s, "
                f"abandoned {intro['abandonment']:.1%}\nsimulated:"
            )
        print(report.as_text())
    if plots is not None:
        _say_plots(report, plots, as_json)


def _centre(config: Path | None, replay: Path | None, hours: float | None) -> tuple[Centre, dict[str, float] | None]:
    if replay is None:
        return centre_of(Scenario.load(config) if config else Scenario.example(), hours=hours), None
    recording = Recording.load(replay)
    answered = [call.waited for call in recording.calls if call.outcome == "answered"]
    left = sum(call.outcome == "abandoned" for call in recording.calls)
    told = {
        "calls": len(recording.calls),
        "speed_of_answer_seconds": sum(answered) / max(1, len(answered)),
        "abandonment": left / max(1, left + len(answered)),
    }
    return centre_of_recording(recording, Changes.load(config) if config else Changes()), told


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return "\n".join(f"{'/'.join(map(str, one['loc'])) or 'scenario'}: {one['msg']}" for one in error.errors())
    return str(error)


def _say_plots(report: Report, folder: Path, as_json: bool) -> None:
    for path in write_plots(report, folder):
        if not as_json:
            print(f"written: {path}")


def record_stretch(domain: str, begin: datetime, hours: float, out: Path) -> None:
    """Write a stretch of the past as a recording."""
    found = asyncio.run(_recorded(domain, begin, hours))
    out.write_text(found.model_dump_json(by_alias=True), encoding="utf-8")
    print(f"written: {out} ({len(found.calls)} customers, {len(found.agents)} agents, {len(found.queues)} queues)")


async def _recorded(domain: str, begin: datetime, hours: float) -> Recording:
    settings = ChassisSettings()
    with local_database(settings) as server_url:
        database = Database(database_of(server_url, f"{settings.database_prefix}{NAME}"), service=NAME, shared=False)
        try:
            async with database.read() as tx:
                return await record(tx, domain, begin, begin + timedelta(hours=hours))
        finally:
            await database.close()


def staffing(
    calls: Sequence[float],
    *,
    minutes: float,
    handle: float,
    patience: float | None,
    level: float,
    within: float,
    most_occupied: float,
    shrinkage: float,
    as_json: bool,
) -> None:
    """Agents and positions per interval."""
    if any(number < 0 for number in calls) or handle <= 0:
        raise CommandError("calls must be 0 or more, and the handling time more than 0")
    found = required(
        calls,
        interval_seconds=minutes * 60,
        handle_seconds=handle,
        target=Target(level, within, most_occupied),
        patience_seconds=patience,
        shrinkage=shrinkage,
    )
    print(json.dumps([_as_dict(one) for one in found], indent=2) if as_json else _as_table(found, minutes))


def _as_dict(one: Staffing) -> dict[str, float]:
    return {
        "calls": one.calls,
        "agents": one.agents,
        "positions": one.positions,
        "service_level": round(one.wait.answered_within, 5),
        "mean_wait_seconds": round(one.wait.mean_wait, 3),
        "waits": round(one.wait.waits, 5),
        "abandonment": round(one.wait.abandons, 5),
        "occupancy": round(one.wait.occupancy, 5),
    }


def _as_table(found: Sequence[Staffing], minutes: float) -> str:
    lines = [
        f"{'from':<7}{'calls':>8}{'agents':>8}{'positions':>11}{'in target':>11}{'mean wait':>11}{'abandon':>9}"
        f"{'occupied':>10}"
    ]
    for index, one in enumerate(found):
        start = round(index * minutes)
        lines.append(
            f"{start // 60:02}:{start % 60:02}  {one.calls:>8g}{one.agents:>8}{one.positions:>11}"
            f"{one.wait.answered_within:>11.1%}{one.wait.mean_wait:>9.1f} s{one.wait.abandons:>9.1%}"
            f"{one.wait.occupancy:>10.1%}"
        )
    return "\n".join(lines)
