"""What people say about a case: category, severity, urgency, tags, who watches it, who has it."""

from typing import Any

from cases.actions import work
from cases.actions.file import CaseFile, agent_channel
from cases.domain.errors import BadFields
from cases.domain.model import EntryKind, WorkState
from cases.store import cases as case_store
from cases.store import interactions
from cases.store import work as work_store
from cases.views import summary
from contracts.values import Channel
from contracts.work import WorkChanged

MOST_TAGS = 30
MOST_WATCHERS = 50


async def set_details(
    file: CaseFile, *, actor: str, category: str | None, severity: str | None, priority: int | None
) -> None:
    """Change what is given. A changed severity moves the deadlines that depend on it; priority reaches routing.

    Raises `BadFields` for a category that is not in the tree.
    """
    if category is not None and category not in file.office.categories.by_code:
        raise BadFields({"category": "is not a category of the tree"})
    changed = {
        name: value
        for name, value in (("category", category), ("severity", severity), ("priority", priority))
        if value is not None and value != getattr(file.case, name)
    }
    if not changed:
        return
    if "severity" in changed:
        await file.apply(file.engine.record(await file.run(), fields={"severity": severity}, now=file.tx.now))
    if plain := {name: value for name, value in changed.items() if name != "severity"}:
        await file.change(**plain)
    if priority is not None and "priority" in changed:
        for item in await work_store.live(file.tx, file.case.id):
            file.tx.emit(
                WorkChanged(work_item_id=item.id, change="priority", priority=priority, occurred_at=file.tx.now)
            )
    what = ", ".join(f"{name} = {value}" for name, value in changed.items())
    file.note(EntryKind.STATUS, "case.changed_details", actor=actor, what=what, changes=changed)


async def change_tags(file: CaseFile, *, add: tuple[str, ...], remove: tuple[str, ...]) -> None:
    """Put tags on and take them off. Raises `BadFields` if there would be too many."""
    await replace_tags(file, sorted({*file.case.tags, *add} - set(remove)))


async def replace_tags(file: CaseFile, tags: list[str]) -> None:
    """Exactly these tags."""
    wanted = sorted(set(tags))
    if len(wanted) > MOST_TAGS:
        raise BadFields({"tags": f"a case has at most {MOST_TAGS} tags"})
    if wanted != list(file.case.tags):
        await file.change(tags=wanted)


async def watch(file: CaseFile, agent_id: str, *, watching: bool) -> None:
    """Let an agent watch the case, who may then read it and is told of every change; or no longer."""
    watchers = set(file.case.watchers)
    wanted = sorted(watchers | {agent_id} if watching else watchers - {agent_id})
    if len(wanted) > MOST_WATCHERS:
        raise BadFields({"agent_id": f"a case has at most {MOST_WATCHERS} watchers"})
    if wanted == sorted(watchers):
        return
    await file.change(watchers=wanted)
    if watching:
        data = {"case": summary(file.case, file.office).model_dump(mode="json")}
        file.tx.append_stream(agent_channel(agent_id), "case.watched", data)


async def assign(file: CaseFile, *, agent_id: str, agent_name: str | None, reason: str, by: str, by_name: str) -> None:
    """Give the case to an agent. Who had it is freed; what still waits for a first answer is asked for anew, for the
    new owner before others."""
    tx, before = file.tx, file.case.owner
    if before == agent_id:
        return
    waiting = None
    for item in await work_store.live(tx, file.case.id):
        if item.channel is Channel.VOICE or item.agent_id == agent_id:
            continue
        if item.state is WorkState.REQUESTED:
            waiting = item
        await work.finish(file, item, "assigned")
    if before is not None:
        file.stream("case.released", {"case_id": str(file.case.id), "taken_by": agent_id, "reason": reason})
    await file.change(owner=agent_id, owner_name=agent_name)
    await case_store.add_agent(tx, file.case.id, agent_id)
    file.note(
        EntryKind.STATUS,
        "case.given",
        actor=by,
        by=by_name,
        agent=agent_name or agent_id,
        agent_id=agent_id,
        reason=reason,
    )
    data: dict[str, Any] = {"case": summary(file.case, file.office).model_dump(mode="json"), "work_item_id": None}
    tx.append_stream(agent_channel(agent_id), "case.assigned", data)
    if waiting is not None:
        contact = await interactions.get(tx, waiting.interaction_id) if waiting.interaction_id else None
        await work.request(file, contact, enqueued_at=waiting.enqueued_at)
