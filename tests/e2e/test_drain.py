"""SIGTERM: live streams end, the process leaves by itself, and what was accepted is there at the next start."""

import asyncio
import signal

import httpx
import psutil
import pytest

from posthouse.demo.agent import Agent
from tests.support.house import running_house

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("house"), pytest.mark.timeout(240)]


async def test_streams_end_and_the_process_leaves() -> None:
    with running_house() as house:
        async with Agent(house.url, "li.na") as agent:
            streaming = asyncio.create_task(_read_to_the_end(agent))
            await asyncio.wait_for(streaming_started(agent), 30)
            process = psutil.Process(house.pid)
            process.send_signal(signal.SIGTERM)
            frames = await asyncio.wait_for(streaming, 60)
        await asyncio.to_thread(process.wait, 60)
    assert any(line.startswith("event: hello") for line in frames), "the stream was live and ended without an error"


async def streaming_started(agent: Agent) -> None:
    """The stream marks the agent as connected; then the agent can go available."""
    await agent.go("available")


async def _read_to_the_end(agent: Agent) -> list[str]:
    lines: list[str] = []
    async with agent.http.stream("GET", "/cases/v1/events", timeout=httpx.Timeout(60)) as answer:
        assert answer.status_code == 200
        async for line in answer.aiter_lines():
            lines.append(line)
    return lines
