"""Explanations in the caller's language, made from the engine's figures."""

from typing import Any

from routing.api.deps import Words


def work_sentences(words: Words, found: dict[str, Any]) -> list[str]:
    """Why an item waits, sentence by sentence."""
    if found.get("agent_id"):
        return [words.text("explain.held", agent=found["agent_id"])]
    told = []
    if found["on_offer_to"]:
        told.append(words.text("explain.on_offer", agents=", ".join(found["on_offer_to"])))
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
