"""Walking a case through its procedure, each step by somebody who may do it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from posthouse.demo.agent import Agent, Json
from posthouse.demo.scenarios.stage import Stage
from posthouse.demo.steps import expect, until

HEAD = "sun.lei"
"""Head of department: supervisor, approver and back office. Never the handler."""

_AGENTS_STEPS = frozenset({"front_desk", "operations", "branch", "third_party", "customer"})
"""Roles whose steps the case's agent does, or records for those who did them."""


async def walk(
    stage: Stage,
    head: Agent,
    case_id: str,
    answers: Mapping[str, Any],
    *,
    outcomes: Mapping[str, str],
    until_step: str = "",
) -> list[str]:
    """Complete step after step with these answers, until the case is at `until_step` or closed. Returns the steps done.

    Every step gets what its way on still misses, no more: nothing is skipped and no reason is given.
    """
    done: list[str] = []
    case = await stage.agent.case(case_id)
    while case["state"] == "open" and case["procedure_state"]["step"] != until_step:
        state = case["procedure_state"]
        way = _way(state, outcomes.get(state["step"]))
        body = {"fields": {name: answer(answers, name) for name in way["missing"]}, "outcome": way["outcome"]}
        who = stage.agent if state["actor"] in _AGENTS_STEPS else head
        case = await who.post(f"/cases/v1/cases/{case_id}/steps", body)
        done.append(state["step"])
    return done


def answer(answers: Mapping[str, Any], name: str) -> Any:
    """What the scenario says to a field; times are now and confirmations are given."""
    if name in answers:
        return answers[name]
    if name.endswith("_at"):
        return datetime.now(UTC).isoformat()
    expect(name.endswith(("_confirmed", "_logged")), f"the scenario has no answer for {name}")
    return True


async def without_deviation(stage: Stage, case_id: str) -> list[Json]:
    """The timeline of a case that kept to its procedure."""
    entries = await stage.agent.timeline(case_id)
    left = [entry["data"]["code"] for entry in entries if str(entry["data"].get("code", "")).startswith("deviation.")]
    expect(not left, f"deviations: {left}")
    return entries


async def told_to_integrators(head: Agent, case_id: str, *kinds: str) -> None:
    """The event feed tells of the case, in this order."""
    wanted = [f"posthouse.case.{kind}.v1" for kind in kinds]

    async def told() -> list[str]:
        found: list[str] = []
        params = {"limit": "500", "type": wanted}
        while True:
            page = (await head.http.get("/cases/v1/feed", params=params)).json()
            found += [event["type"] for event in page["items"] if event["subject"] == case_id]
            if not page["more"]:
                return found
            params["cursor"] = page["next"]

    await until(told, lambda found: found == wanted, f"the feed tells {', '.join(kinds)}")


def _way(state: Json, outcome: str | None) -> Json:
    for way in state["ways"]:
        if way["open"] and (way["outcome"] == outcome or len(state["ways"]) == 1):
            found: Json = way
            return found
    for way in state["ways"]:  # ways whose condition the answers of this step decide
        if way["outcome"] == outcome:
            found = way
            return found
    raise AssertionError(f"no way out of {state['step']} with {outcome}")
