"""What must be true of a procedure before it may run. Used when procedures are loaded, and by `procedures check`."""

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from cases.domain.dictionary import Dictionary, FieldType
from cases.domain.order import reachable
from cases.domain.procedure import Condition, Limit, Procedure, Step


class Finding(NamedTuple):
    """An error in a procedure: where it is and what is wrong."""

    where: str
    what: str


def check(procedure: Procedure, dictionary: Dictionary, procedures: Collection[str]) -> list[Finding]:
    """Every error found; an empty list means the procedure can run. `procedures` are the ids that exist."""
    found = [*_names(procedure, dictionary, procedures), *_shape(procedure)]
    if not found:
        found = [*_graph(procedure), *_ambiguity(procedure), *_closing(procedure, dictionary)]
    return [Finding(f"{procedure.id}.{procedure.version}.{where}", what) for where, what in found]


def _names(procedure: Procedure, dictionary: Dictionary, procedures: Collection[str]) -> Iterator[tuple[str, str]]:
    steps = [step.id for step in procedure.steps]
    yield from ((step, "is declared twice") for step in {s for s in steps if steps.count(s) > 1})
    if procedure.initial not in steps:
        yield "initial", f"no step {procedure.initial}"
    if procedure.contact_class not in dictionary.fields["contact_class"].options:
        yield "contact_class", f"unknown class {procedure.contact_class}"
    yield from (("blocks", f"unknown block {name}") for name in procedure.blocks if name not in dictionary.blocks)
    yield from _unknown("closing", procedure.closing.fields, dictionary.fields, "field")
    yield from _unknown("closing", [*procedure.closing.waived, *procedure.closing.needs], steps, "step")
    for escalation in procedure.escalations:
        yield from _unknown("escalations", [escalation.to], dictionary.roles, "role")
        limits = {step.limit_id(limit) for step in procedure.steps for limit in step.limits}
        if escalation.step not in (None, "*") and escalation.step not in limits:
            yield "escalations", f"no limit {escalation.step}"
        if escalation.step is None and procedure.overall_limit is None:
            yield "escalations", "a share of the overall limit, but there is none"
        yield from _condition("escalations", escalation.unless, dictionary, steps)
    if procedure.overall_limit is not None:
        yield from _limit("overall_limit", procedure.overall_limit, dictionary, steps)
    for step in procedure.steps:
        yield from _step_names(step, dictionary, steps, procedures)


def _step_names(
    step: Step, dictionary: Dictionary, steps: Collection[str], procedures: Collection[str]
) -> Iterator[tuple[str, str]]:
    yield from _unknown(step.id, [step.actor, *step.alt_actors], dictionary.roles, "role")
    yield from _unknown(step.id, [*step.fields, *step.optional_fields], dictionary.fields, "field")
    yield from _unknown(step.id, step.sets, dictionary.fields, "field")
    yield from _unknown(step.id, step.notify, dictionary.notices, "notice")
    yield from _unknown(step.id, [name for name in step.separate_from if name != "owner"], steps, "step")
    for limit in step.limits:
        yield from _limit(step.id, limit, dictionary, steps)
        if limit.on_breach.choose is not None and not step.has_outcome(limit.on_breach.choose):
            yield step.id, f"on_breach chooses the unknown outcome {limit.on_breach.choose}"
    for way in step.next:
        yield from _unknown(step.id, [way.to], steps, "step")
        yield from _unknown(step.id, way.requires or (), dictionary.fields, "field")
        yield from _condition(step.id, way.if_, dictionary, steps)
    if step.spawns is not None:
        yield from _unknown(step.id, [step.spawns.procedure], procedures, "procedure")
        yield from _unknown(step.id, [step.spawns.then] if step.spawns.then else [], steps, "step")
    if step.reopen is not None:
        yield from _unknown(step.id, [step.reopen.to], steps, "step")


def _limit(where: str, limit: Limit, dictionary: Dictionary, steps: Collection[str]) -> Iterator[tuple[str, str]]:
    kind, _, name = limit.start.partition(":")
    if kind == "done":
        yield from _unknown(where, [name], steps, "step")
    instants = [name] if kind == "field" else []
    instants += [limit.due_field] if limit.due_field else []
    for field in instants:
        yield from _unknown(where, [field], dictionary.fields, "field")
        if field in dictionary.fields and dictionary.fields[field].type is not FieldType.INSTANT:
            yield where, f"{field} is not an instant"
    if limit.by is not None:
        yield from _unknown(where, [limit.by], dictionary.fields, "field")
        options = dictionary.fields[limit.by].options if limit.by in dictionary.fields else ()
        yield from _unknown(where, limit.values, options, f"option of {limit.by}")
    breach = limit.on_breach
    yield from _unknown(where, [breach.escalate] if breach.escalate else [], dictionary.roles, "role")
    yield from _unknown(where, [breach.notify] if breach.notify else [], dictionary.notices, "notice")


def _condition(
    where: str, condition: Condition | None, dictionary: Dictionary, steps: Collection[str]
) -> Iterator[tuple[str, str]]:
    for part in condition.parts() if condition else ():
        if part.visits is not None:
            yield from _unknown(where, [part.visits], steps, "step")
        if part.field is None:
            continue
        yield from _unknown(where, [part.field], dictionary.fields, "field")
        spec = dictionary.fields.get(part.field)
        if spec is not None and spec.type is FieldType.CHOICE:
            texts = [*(part.is_ or ()), *([part.at_least] if part.at_least is not None else [])]
            yield from _unknown(where, [str(t) for t in texts], spec.options, f"option of {part.field}")


def _unknown(where: str, names: Collection[str], known: Collection[str], kind: str) -> Iterator[tuple[str, str]]:
    yield from ((where, f"unknown {kind} {name}") for name in names if name not in known)


def _shape(procedure: Procedure) -> Iterator[tuple[str, str]]:
    limits = [step.limit_id(limit) for step in procedure.steps for limit in step.limits]
    yield from ((name, "several limits have this name") for name in sorted({n for n in limits if limits.count(n) > 1}))
    for step in procedure.steps:
        waits = step.spawns is not None and step.spawns.then is not None
        if sum([bool(step.next), step.end, waits]) != 1:
            yield step.id, "a step has ways out, or is an end, or waits for another procedure"
        always: set[str] = set()
        for way in step.next:
            if way.outcome in always:
                yield step.id, f"a way with the outcome {way.outcome} stands after one that always holds"
            if way.outcome is not None and way.if_ is None:
                always.add(way.outcome)


def _graph(procedure: Procedure) -> Iterator[tuple[str, str]]:
    alive = reachable(procedure, procedure.initial)
    alive |= {step.reopen.to for step in procedure.steps if step.reopen}
    ends = {step.id for step in procedure.steps if step.end}
    for step in procedure.steps:
        if step.id not in alive:
            yield step.id, "cannot be reached"
        if not ends & reachable(procedure, step.id):
            yield step.id, "cannot reach an end"


def _ambiguity(procedure: Procedure) -> Iterator[tuple[str, str]]:
    for step in procedure.steps:
        free = [way for way in step.next if way.outcome is None and way.if_ is None]
        if free and step.next.index(free[0]) < max(
            (i for i, way in enumerate(step.next) if way.outcome is None), default=0
        ):
            yield step.id, f"the way to {free[0].to} always holds; later ways without an outcome are never taken"


def _closing(procedure: Procedure, dictionary: Dictionary) -> Iterator[tuple[str, str]]:
    """Each closing field is captured on *every* path to an end that asks for it, or waived on that path."""
    captured = _captured(procedure)
    for step in procedure.steps:
        if not (step.end and step.closing and step.spawns is None):
            continue
        for name in procedure.closing.fields:
            if name not in captured.get(step.id, frozenset()) | set(step.fields):
                yield step.id, f"closing field {name} is not captured, nor waived, on every way here"


def _captured(procedure: Procedure) -> Mapping[str, frozenset[str]]:
    """Per step the fields that are captured or waived on every path before it (a fixed point over the graph)."""
    everything = frozenset(procedure.closing.fields)
    known: dict[str, frozenset[str]] = {step.id: everything for step in procedure.steps}
    known[procedure.initial] = frozenset()
    changed = True
    while changed:
        changed = False
        for step in procedure.steps:
            waived = frozenset(procedure.closing.waived.get(step.id, ()))
            for target, gained in _leaving(step):
                if target == procedure.initial:
                    continue
                arriving = known[step.id] | gained | waived
                if not known[target] <= arriving:
                    known[target] = known[target] & arriving
                    changed = True
    return known


def _leaving(step: Step) -> Iterator[tuple[str, frozenset[str]]]:
    for way in step.next:
        asked = frozenset(step.fields if way.requires is None else way.requires) - set(step.optional_fields)
        yield way.to, asked | frozenset(step.sets)
    if step.spawns is not None and step.spawns.then is not None:
        yield step.spawns.then, frozenset(step.sets)
