"""Procedures as pictures: Mermaid state diagrams."""

from cases.domain.dictionary import Dictionary
from cases.domain.procedure import Condition, Limit, Procedure, Step, Transition, Unit

_UNITS = {
    Unit.SECONDS: ("秒", "s"),
    Unit.MINUTES: ("分钟", "min"),
    Unit.HOURS: ("小时", "h"),
    Unit.CALENDAR_DAYS: ("天", "days"),
    Unit.WORKING_DAYS: ("个工作日", "working days"),
    Unit.MONTHS: ("个月", "months"),
    Unit.ATTEMPTS: ("次", "times"),
}
_WORDS = {"at_once": ("立即", "at once"), "overall": ("总时限", "overall"), "not": ("非", "not")}


def mermaid(procedure: Procedure, dictionary: Dictionary, language: str = "zh-CN") -> str:
    """The procedure as a Mermaid `stateDiagram-v2`, labels in `language`: steps with who does them and their limits,
    ways with what is chosen or must hold, the limit of the whole matter as a note."""
    lines = [
        f"%% {procedure.id} {procedure.version}: {_clean(procedure.label.text(language))}",
        "stateDiagram-v2",
        f"    [*] --> {procedure.initial}",
    ]
    if procedure.overall_limit is not None:
        overall, limit = _word("overall", language), _limit(procedure.overall_limit, dictionary, language)
        lines.append(f"    note right of {procedure.initial}: {_clean(f'⏱ {overall} {limit}')}")
    for step in procedure.steps:
        lines.append(f"    {step.id}: {_title(step, dictionary, language)}")
        lines += [f"    {step.id} --> {way.to}{_way(way, procedure, dictionary, language)}" for way in step.next]
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
    limits = "".join(f" ⏱ {_limit(limit, dictionary, language)}" for limit in step.limits)
    return _clean(f"{step.label.text(language)} ({actor}){limits}")


def _limit(limit: Limit, dictionary: Dictionary, language: str) -> str:
    unit = _UNITS[limit.unit][not _is_chinese(language)]
    if limit.due_field is not None:
        return dictionary.fields[limit.due_field].label.text(language) + (
            f" + {limit.plus} {unit}" if limit.plus else ""
        )
    if limit.by is not None:
        return ", ".join(f"{key} {value}" for key, value in limit.values.items()) + f" {unit}"
    return f"{limit.value} {unit}" if limit.value else _word("at_once", language)


def _way(way: Transition, procedure: Procedure, dictionary: Dictionary, language: str) -> str:
    said = [way.label.text(language)] if way.label is not None else []
    if way.if_ is not None:
        said.append(f"[{_condition(way.if_, procedure, dictionary, language)}]")
    return f" : {_clean(' '.join(said))}" if said else ""


def _condition(condition: Condition, procedure: Procedure, dictionary: Dictionary, language: str) -> str:
    def part(inner: Condition) -> str:
        return _condition(inner, procedure, dictionary, language)

    if condition.all:
        return " & ".join(part(inner) for inner in condition.all)
    if condition.any:
        return " | ".join(part(inner) for inner in condition.any)
    if condition.not_ is not None:
        return f"{_word('not', language)} ({part(condition.not_)})"
    if condition.visits is not None:
        return f"{procedure.step(condition.visits).label.text(language)} ≥ {condition.at_least}×"
    name = dictionary.fields[condition.field or ""].label.text(language)
    if condition.present is not None:
        return f"{name} {'✓' if condition.present else '✗'}"
    if condition.is_ is not None:
        return f"{name} = {'/'.join(_value(value) for value in condition.is_)}"
    return f"{name} ≥ {condition.at_least}"


def _value(value: str | bool) -> str:
    if isinstance(value, bool):
        return "✓" if value else "✗"
    return value


def _is_chinese(language: str) -> bool:
    return language.lower().startswith("zh")


def _word(key: str, language: str) -> str:
    return _WORDS[key][not _is_chinese(language)]


def _clean(text: str) -> str:
    """Mermaid reads a colon or a semicolon in a description as syntax."""
    return text.replace(":", "：").replace(";", "；").replace("\n", " ")
