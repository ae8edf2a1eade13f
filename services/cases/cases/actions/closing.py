"""Ending cases: by hand, at the end of their procedure, or because there is nothing left to do."""

from collections.abc import Mapping
from typing import Any

from cases.actions import opening, waiting, work
from cases.actions.file import CaseFile
from cases.domain import closing, facts
from cases.domain.model import EntryKind
from cases.domain.run import BY_SYSTEM, Actor, Ended, Progress, Spawned
from cases.store import cases as case_store
from cases.store import customers, interactions, timeline
from cases.store import work as work_store
from contracts.cases import CaseClosed
from contracts.sends import InteractionEndRequested
from contracts.values import Channel, EndedBy


async def close(
    file: CaseFile,
    *,
    actor: Actor,
    resolution: str,
    fields: Mapping[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """Close by hand: walk what is left of the procedure, then end. Raises `ProcedureRefusal`."""
    run = await file.run()
    given = dict(fields or {})
    given |= await known_answer(file, given)
    progress = closing.close(file.engine, run, actor=actor, now=file.tx.now, fields=given, reason=reason)
    await settle(file, progress, actor=actor, resolution=resolution)


async def known_answer(file: CaseFile, given: Mapping[str, Any]) -> dict[str, Any]:
    """The newest reply as the answer, where the procedure still wants one."""
    reply = await timeline.last_reply(file.tx, file.case.id)
    if reply is None:
        return {}
    text = str(reply.data.get("text", ""))
    return facts.from_reply(file.engine, await file.run(), given, text=text, at=reply.occurred_at)


async def settle(file: CaseFile, progress: Progress, *, actor: Actor, resolution: str | None = None) -> None:
    """Store what became of the procedure; if it ended or began another one, do what belongs to that."""
    spawned = next(iter(progress.of(Spawned)), None)
    ended = next(iter(progress.of(Ended)), None)
    if ended is None:
        await file.apply(progress)
        if spawned is not None:
            await _begin_beside(file, spawned)
        return
    resolved = resolution or ended.step
    await waiting.dropped(file)
    await file.apply(progress, closed_at=file.tx.now, resolution=resolved)
    if spawned is not None:
        await _go_on_as(file, spawned)
    else:
        await _let_go(file, actor)
    file.note(EntryKind.STATUS, "case.closed", actor=actor.id, resolution=resolved)
    file.tx.emit(
        CaseClosed(
            case_id=file.case.id,
            customer_id=file.case.customer_id,
            resolution=resolved,
            actor=actor.id,
            interaction_ids=tuple(i.id for i in await interactions.of_case(file.tx, file.case.id)),
            occurred_at=file.tx.now,
        )
    )
    await file.write()
    await _tell_parent(file)


async def _let_go(file: CaseFile, actor: Actor) -> None:
    """End what is still open of the case: interactions and work."""
    for interaction in await interactions.of_case(file.tx, file.case.id):
        if interaction.ended_at is None:
            file.tx.emit(
                InteractionEndRequested(
                    interaction_id=interaction.id,
                    channel=interaction.channel,
                    ended_by=EndedBy.SYSTEM if actor.is_system else EndedBy.AGENT,
                    reason="case closed",
                    requested_at=file.tx.now,
                )
            )
    for item in await work_store.live(file.tx, file.case.id):
        await work.finish(file, item, "case closed")


async def _begin_beside(file: CaseFile, spawned: Spawned) -> None:
    """A sub-procedure whose end this case waits for. The customer keeps talking to this case."""
    child = await _child(file, spawned, threading=False)
    file.note(EntryKind.STATUS, "case.continued", **_pointer(child))
    await child.write()


async def _go_on_as(file: CaseFile, spawned: Spawned) -> None:
    """The customer's matter goes on as another procedure: owner, open interactions and work move over."""
    child = await _child(file, spawned, threading=file.case.threading)
    await interactions.move(file.tx, file.case.id, child.case.id)
    await work_store.move(file.tx, file.case.id, child.case.id)
    file.note(EntryKind.STATUS, "case.continued", **_pointer(child))
    await child.write()


async def _child(file: CaseFile, spawned: Spawned, *, threading: bool) -> CaseFile:
    case, run = file.case, await file.run()
    point = await _contact_point(file)
    procedure = file.office.library.engine(spawned.procedure).procedure
    child = await opening.open_case(
        file.tx,
        file.office,
        customer=await customers.get(file.tx, case.customer_id),
        customer_id=case.customer_id,
        point=point,
        contact_class=procedure.contact_class,
        channel=Channel(case.channel),
        interaction_id=None,
        language=case.language,
        need=opening.Need(text="", waybill_no=case.waybill_no),
        thread_key=case.thread_key,
        procedure=spawned.procedure,
        parent=case,
        threading=threading,
        owner=(case.owner, case.owner_name) if case.owner else None,
    )
    carried = {name: value for name, value in run.fields.items() if name in child.engine.field_names()}
    carried = {name: value for name, value in carried.items() if name not in ("contact_class", "amount")}
    await child.apply(child.engine.record(await child.run(), fields=carried, now=file.tx.now))
    if case.owner:
        await case_store.add_agent(file.tx, child.case.id, case.owner)
    child.note(EntryKind.STATUS, "case.continues", case_no=case.case_no, parent_id=case.id)
    return child


async def _contact_point(file: CaseFile) -> Any:
    points = await customers.contacts(file.tx, file.case.customer_id)
    return points[0] if points else None


def _pointer(child: CaseFile) -> dict[str, Any]:
    label = child.engine.procedure.label
    return {
        "case_no": child.case.case_no,
        "child_id": child.case.id,
        "procedure_label": {"zh-CN": label.zh, "en": label.en},
    }


async def _tell_parent(file: CaseFile) -> None:
    """A case that waited for this one goes on."""
    if file.case.parent_id is None:
        return
    parent = await case_store.lock_one(file.tx, file.case.parent_id)
    if parent is None or parent.closed_at is not None:
        return
    waiting = CaseFile(file.tx, file.office, parent)
    progress = waiting.engine.join_back(await waiting.run(), now=file.tx.now)
    if not progress.effects:
        return
    waiting.note(EntryKind.STATUS, "case.joined_back", case_no=file.case.case_no, child_id=file.case.id)
    await settle(waiting, progress, actor=BY_SYSTEM)
    await waiting.write()
