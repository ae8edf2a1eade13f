"""Recording what was tried and whether it held."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")


class StepFailed(Exception):
    """Something the demo expected did not happen."""


@dataclass(frozen=True)
class Step:
    """One thing the demo did. `error` says why it did not hold."""

    name: str
    ok: bool
    ms: int
    error: str | None = None


@dataclass
class Steps:
    """All steps so far; progress is shown on standard error as they happen."""

    quiet: bool = False
    done: list[Step] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether there were steps and every one of them held."""
        return bool(self.done) and all(step.ok for step in self.done)

    @asynccontextmanager
    async def step(self, name: str) -> AsyncIterator[None]:
        """Run the block as a step. A failure is recorded and ends the scenario it belongs to."""
        began = time.perf_counter()
        try:
            yield
        except Exception as error:
            self._record(Step(name, False, _ms(began), f"{type(error).__name__}: {error}"[:500]))
            raise ScenarioEnded(name) from error
        self._record(Step(name, True, _ms(began)))

    def _record(self, step: Step) -> None:
        self.done.append(step)
        if not self.quiet:
            mark = "✓" if step.ok else "✗"
            note = f"   {step.error}" if step.error else ""
            print(f"  {mark} {step.name:<58} {step.ms:>6} ms{note}", file=sys.stderr, flush=True)

    def as_dict(self) -> dict[str, Any]:
        """The machine-readable form."""
        steps = [
            {"name": step.name, "ok": step.ok, "ms": step.ms, **({"error": step.error} if step.error else {})}
            for step in self.done
        ]
        return {"ok": self.ok, "steps": steps}


class ScenarioEnded(Exception):
    """A step failed; the rest of its scenario makes no sense."""


async def until(read: Callable[[], Awaitable[T]], holds: Callable[[T], Any], what: str, *, seconds: float = 20) -> T:
    """Read again and again until the condition holds; `StepFailed` after `seconds`."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while True:
        value = await read()
        if holds(value):
            return value
        if loop.time() > deadline:
            raise StepFailed(f"{what}: not within {seconds:.0f} s; last seen {str(value)[:300]}")
        await asyncio.sleep(0.02)


def expect(condition: object, what: str) -> None:
    """`StepFailed` unless the condition is true."""
    if not condition:
        raise StepFailed(what)


def _ms(began: float) -> int:
    return round((time.perf_counter() - began) * 1000)
