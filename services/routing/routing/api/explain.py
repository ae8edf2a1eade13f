"""Explanations in the caller's language, made from the engine's figures."""

from collections.abc import Mapping
from typing import Any

from routing.api.deps import Words
from routing.domain.values import SECOND, micros


def work_sentences(words: Words, found: dict[str, Any]) -> list[str]:
    """Why an item waits, sentence by sentence."""
    if found.get("agent_id"):
        return [words.text("explain.held", agent=found["agent_id"])]
    told = []
    if found["on_offer_to"]:
        told.append(words.text("explain.on_offer", agents=", ".join(found["on_offer_to"])))
    if found["callback"]:
        told.append(words.text("explain.callback"))
    if hold := found["hold"]:
        told.append(
            words.text(f"explain.hold.{hold['kind']}", agent=hold.get("agent_id"), seconds=round(hold["seconds"]))
        )
    told.append(words.text("explain.asks", skills=_asked(words, found["asks"])))
    able = {name: number for name, number in found["agents"].items() if number}
    if able:
        parts = [words.text(f"explain.agents.{name}", number=number) for name, number in able.items()]
        told.append(words.text("explain.able", number=sum(able.values()), parts=", ".join(parts)))
    else:
        told.append(words.text("explain.nobody"))
    told.append(words.text("explain.ahead", number=found["ahead"]))
    if following := found["next"]:
        key = "explain.next.overflow" if following["to"] else "explain.next.wider"
        told.append(words.text(key, seconds=round(following["seconds"]), queue=following["to"]))
    return told


def _asked(words: Words, asks: list[dict[str, Any]]) -> str:
    alternatives = [", ".join(f"{skill} ≥ {level}" for skill, level in one["skills"].items()) for one in asks]
    return words.text("explain.or").join(alternatives) if any(alternatives) else words.text("explain.no_skills")


def agent_sentences(words: Words, found: dict[str, Any]) -> list[str]:
    """What an agent could take, sentence by sentence."""
    told = [words.text(f"explain.presence.{found['presence']}", used=found["used"], capacity=found["capacity"])]
    for name, number in found["waiting"].items():
        told.append(words.text(f"explain.waiting.{name}", number=number))
    if not found["waiting"]:
        told.append(words.text("explain.nothing_waits"))
    return told


def decision_sentence(words: Words, row: Mapping[str, Any]) -> str:
    """A row of the decision log as a sentence: what was decided, and why."""
    kind, detail = row["kind"], row["detail"]
    values: dict[str, object] = {"agent": row["agent_id"] or "", "queue": row["queue"] or "", **detail}
    for name in ("expires", "until", "due", "began"):
        if detail.get(name) is not None:
            values[f"{name}_seconds"] = round(abs(detail[name] - micros(row["at"])) / SECOND)
    for name in ("waited", "handled", "wrap_up", "expected_wait"):
        if detail.get(name) is not None:
            values[f"{name}_seconds"] = round(detail[name] / SECOND)
    key = f"decision.{kind}"
    match kind:
        case "offer_made":
            values |= {"why": _choice(words, detail["why"])}
        case "work_accepted" if detail.get("by"):
            key += ".by"
        case "callback_promised" if detail.get("due") is not None:
            key += ".due"
        case "adherence_changed":
            key += f".{detail['cause'] or 'well'}"
        case "presence_changed":
            values["presence"] = words.text(f"presence.{detail['presence']}")
        case "skills_changed":
            values |= {name: ", ".join(detail[name]) or "–" for name in ("gained", "lost")}
        case "work_queued" | "work_widened":
            values["because"] = because(words, detail["because"])
    for name in ("reason", "by", "note"):
        values[name] = detail.get(name) or "–"
    return words.text(key, **values) if words.has(key) else kind


def because(words: Words, code: str) -> str:
    """Why an item entered a queue or may be had by more agents: `overflow/waited`, `relaxation/2`, `group/back`."""
    known = f"because.{code}"
    if words.has(known):
        return words.text(known)
    general, _, name = code.partition("/")
    return words.text(f"because.{general}", name=name) if words.has(f"because.{general}") else code


def _choice(words: Words, why: Mapping[str, Any]) -> str:
    """Why this agent, from the figures of the moment."""
    key = "choice.preferred" if why["preferred"] else f"choice.{why['order']}"
    return words.text(key, **why)


def dry_run_sentences(words: Words, *, errors: list[str], found: Mapping[str, Any]) -> list[str]:
    """What a configuration would do, sentence by sentence; or why it cannot take effect."""
    if errors:
        return [words.text("dry_run.refused", errors="; ".join(errors))]
    told = []
    for name in ("queues_added", "queues_removed", "floor_changed"):
        if found[name]:
            told.append(words.text(f"dry_run.{name}", names=", ".join(found[name])))
    for queue, fields in found["queues_changed"].items():
        told.append(words.text("dry_run.queue_changed", queue=queue, fields=", ".join(fields)))
    for name, counted in found.items():
        if isinstance(counted, dict) and counted.get("number"):
            some = ", ".join(counted.get("agent_ids") or counted["work_item_ids"][:3])
            told.append(words.text(f"dry_run.{name}", number=counted["number"], some=some))
    return told or [words.text("dry_run.nothing")]
