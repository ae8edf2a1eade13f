"""Procedures as pictures: Mermaid state diagrams."""

from cases.domain.dictionary import Dictionary
from cases.domain.procedure import Limit, Procedure, Step, Transition


def mermaid(procedure: Procedure, dictionary: Dictionary, language: str = "zh-CN") -> str:
    """The procedure as a Mermaid `stateDiagram-v2`, labels in `language`."""
    lines = [
        f"%% {procedure.id} {procedure.version}: {_clean(procedure.label.text(language))}",
        "stateDiagram-v2",
        f"    [*] --> {procedure.initial}",
    ]
    for step in procedure.steps:
        lines.append(f"    {step.id}: {_title(step, dictionary, language)}")
        lines += [f"    {step.id} --> {way.to}{_way(way, language)}" for way in step.next]
        if step.spawns is not None:
            spawned = f"{step.id}_spawned"
            lines.append(f"    {spawned}: ⧉ {step.spawns.procedure}")
            lines.append(f"    {step.id} --> {spawned}")
            if step.spawns.then is not None:
                lines.append(f"    {spawned} --> {step.spawns.then}")
        if step.end:
            lines.append(f"    {step.id} --> [*]")
    return "\n".join(lines) + "\n"


def _title(step: Step, dictionary: Dictionary, language: str) -> str:
    actor = dictionary.roles[step.actor].label.text(language)
    limits = "".join(f" ⏱ {_limit(limit)}" for limit in step.limits)
    return _clean(f"{step.label.text(language)} ({actor}){limits}")


def _limit(limit: Limit) -> str:
    unit = str(limit.unit).replace("_", " ")
    if limit.due_field is not None:
        return limit.due_field
    if limit.by is not None:
        return ", ".join(f"{key} {value}" for key, value in limit.values.items()) + f" {unit}"
    return f"{limit.value} {unit}"


def _way(way: Transition, language: str) -> str:
    if way.label is not None:
        return f" : {_clean(way.label.text(language))}"
    return " : ?" if way.if_ is not None else ""


def _clean(text: str) -> str:
    """Mermaid reads a colon or a semicolon in a description as syntax."""
    return text.replace(":", "：").replace(";", "；").replace("\n", " ")
