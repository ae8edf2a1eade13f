"""What a scenario has at hand."""

from dataclasses import dataclass
from typing import Any

import httpx

from posthouse.demo.agent import Agent
from posthouse.demo.environment import DemoWorld
from posthouse.demo.steps import Steps, expect, until


@dataclass
class Stage:
    """The running house, a signed-in agent, a client for the customers' side, and the record of steps."""

    world: DemoWorld
    agent: Agent
    http: httpx.AsyncClient
    steps: Steps

    async def answered(self, case_id: str, text: str, *, status: tuple[str, ...] = ("delivered", "read")) -> None:
        """Wait until our message with this text has reached one of the states on the timeline."""
        await until(
            lambda: self.agent.timeline(case_id),
            lambda entries: any(entry["text"] == text and entry["status"] in status for entry in entries),
            f"the reply becomes {' or '.join(status)} on the timeline",
        )

    async def finish(self, case_id: str) -> None:
        """Close the case, end the wrap-up, and wait until the agent is free again."""
        await self.agent.close(case_id)
        await self.released(case_id)

    async def released(self, case_id: str) -> None:
        """End the wrap-up of a closed case, and wait until the agent is free again."""
        await until(lambda: self._wrap_up(case_id), lambda held: not held, "the agent is free again")

    async def _wrap_up(self, case_id: str) -> list[dict[str, Any]]:
        """Report every assignment of the case as done; returns those still held before that."""
        held = [item for item in (await self.agent.work())["assignments"] if item["case_id"] == case_id]
        for item in held:
            if item["state"] == "wrap_up":
                await self.agent.http.post(f"/routing/v1/assignments/{item['work_item_id']}/complete")
        return held


def texts(entries: list[dict[str, Any]]) -> list[str]:
    """The texts of a timeline in order."""
    return [entry["text"] for entry in entries if entry["text"]]


def once(entries: list[dict[str, Any]], text: str) -> None:
    """The text must stand on the timeline exactly once."""
    count = texts(entries).count(text)
    expect(count == 1, f"{text!r} stands {count} times on the timeline")
