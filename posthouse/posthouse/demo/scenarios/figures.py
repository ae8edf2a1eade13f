"""The figures add up: what the scenarios did is what insights counted."""

from posthouse.demo.scenarios.stage import Stage
from posthouse.demo.steps import until


async def run(stage: Stage) -> None:
    """Every channel that was used shows up, answered."""
    async with stage.steps.step("insights: every channel is counted and answered"):
        await until(
            lambda: stage.agent.get("/insights/v1/live/snapshot"),
            lambda live: (
                {row["channel"] for row in live["report"]["rows"] if row["answered"] and not row["waiting"]}
                >= {"sms", "chat", "telegram", "email", "voice"}
            ),
            "figures of all five channels",
        )
