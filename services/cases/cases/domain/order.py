"""The order of a procedure's steps: what leads where, and what must not be passed by."""

from collections.abc import Iterable

from cases.domain.procedure import Procedure
from cases.domain.run import Run


def reachable(procedure: Procedure, start: str, *, without: Iterable[str] = ()) -> set[str]:
    """The steps that can follow `start` (itself included), never entering those in `without`."""
    closed = set(without)
    seen: set[str] = set()
    todo = [start]
    while todo:
        current = todo.pop()
        if current in seen or (current in closed and current != start):
            continue
        seen.add(current)
        step = procedure.step(current)
        todo += [way.to for way in step.next]
        if step.spawns is not None and step.spawns.then is not None:
            todo.append(step.spawns.then)
    return seen


def blocking_step(procedure: Procedure, run: Run, target: str) -> str | None:
    """A step that keeps a run from jumping to `target`: it must not be skipped, is not done, and every way leads
    through it. None when the jump skips nothing of that kind. Going back to a step already visited is free."""
    if target in run.visits and not procedure.step(target).end:
        return None
    if target not in reachable(procedure, run.step):
        return run.step
    guards = [step.id for step in procedure.steps if step.skip == "refuse" and step.id not in run.done_at]
    if run.step in guards:
        return run.step
    for guard in guards:
        if guard != target and target not in reachable(procedure, run.step, without=[guard]):
            return guard
    every = set(guards) - {target, run.step}
    if target in reachable(procedure, run.step, without=every):
        return None
    return next(iter(sorted(every)), None)


def leads_through(procedure: Procedure, run: Run, step: str, target: str) -> bool:
    """Whether every way from where the run is to `target` goes through `step`, which is not done yet."""
    if step in run.done_at:
        return False
    return run.step == step or target not in reachable(procedure, run.step, without=[step])
