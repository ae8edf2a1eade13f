"""Making one case of two about the same matter, and two of one again."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from cases.actions import waiting, work
from cases.actions.file import CaseFile
from cases.domain.engine import Engine
from cases.domain.model import EntryKind, WorkItem, WorkState
from cases.domain.run import Actor, Deviated, Progress, Run
from cases.domain.threads import GENERAL
from cases.store import case_merges, interactions, moves
from cases.store import cases as case_store
from cases.store import work as work_store
from chassis.ids import uuid7
from contracts.cases import CaseClosed, CaseMerged, CaseReopened, CaseUnmerged
from contracts.values import Channel

MERGED = "merged"


class CannotJoin(Exception):
    """The cases cannot be merged, split or parted as asked; the text says why and what to do."""


async def merge(survivor: CaseFile, merged: CaseFile, *, reason: str, actor: Actor) -> case_merges.CaseMerge:
    """The matter of `merged` goes on in `survivor`: contacts, messages, threads, work, children, watchers, tags.

    Both are open, locked, and of one customer, who is locked too. What a merge cannot undo: fields are not carried
    over, and a clock of the law that ran on `merged` runs on in `survivor` from the earlier beginning.
    """
    await _require_mergeable(survivor, merged)
    tx, merge_id = survivor.tx, uuid7()
    run, survivors_run = await merged.run(), await survivor.run()
    moved: dict[str, Any] = {
        "run": run.model_dump(mode="json"),
        "survivor_started_at": survivors_run.started_at,
        "survivor_waybill_no": survivor.case.waybill_no,
    }
    await _take_work(survivor, merged)
    moved["interactions"] = await case_merges.take_interactions(tx, source=merged.case.id, target=survivor.case.id)
    moved["children"] = await case_merges.take_children(tx, source=merged.case.id, target=survivor.case.id)
    moved["repointed"] = await case_merges.repoint(tx, source=merged.case.id, target=survivor.case.id)
    await case_merges.share_agents(tx, source=merged.case.id, target=survivor.case.id)
    await _move_content(merged, survivor, await moves.content_of(tx, merged.case.id), merge_id)
    await _end(merged, survivor, run, reason, actor)
    await _take_facts(survivor, merged, survivors_run, run)
    merged.note(EntryKind.STATUS, "case.merged_away", actor=actor.id, case_no=survivor.case.case_no, reason=reason)
    survivor.note(
        EntryKind.STATUS,
        "case.merged_in",
        actor=actor.id,
        case_no=merged.case.case_no,
        reason=reason,
        merged_id=merged.case.id,
    )
    made = await case_merges.add(
        tx, merge_id, survivor=survivor.case.id, merged=merged.case.id, reason=reason, actor=actor.id, moved=moved
    )
    tx.emit(
        CaseMerged(
            case_id=survivor.case.id,
            merged_case_id=merged.case.id,
            customer_id=survivor.case.customer_id,
            merge_id=merge_id,
            reason=reason,
            actor=actor.id,
            occurred_at=tx.now,
        )
    )
    for file in (merged, survivor):
        file.stream("case.merged", {"case_id": str(merged.case.id), "into": str(survivor.case.id)})
        await file.write()
    return made


async def _require_mergeable(survivor: CaseFile, merged: CaseFile) -> None:
    one, other = survivor.case, merged.case
    if one.customer_id != other.customer_id:
        raise CannotJoin("The cases have different customers. Merge the customers first, if they are one person.")
    for case in (one, other):
        if case.closed_at is not None:
            raise CannotJoin(f"Case {case.case_no} is closed. Only open cases are merged.")
        if case.incident:
            raise CannotJoin(f"Case {case.case_no} is an incident: add cases to it, or remove them from it.")
        parent = await case_store.get(survivor.tx, case.parent_id) if case.parent_id else None
        if parent is not None and parent.closed_at is None and parent.waiting_for == case.procedure:
            raise CannotJoin(f"Case {parent.case_no} waits for the end of case {case.case_no}.")
    if other.waiting_for is not None:
        raise CannotJoin(
            f"Case {other.case_no} waits for its {other.waiting_for} procedure. Merge the other way round."
        )
    if await case_merges.pending_approval(survivor.tx, other.id):
        raise CannotJoin(f"A decision is pending on case {other.case_no}. Have it taken first.")
    if _runs_under_law(merged.engine, await merged.run()) and one.procedure != other.procedure:
        raise CannotJoin(
            f"A deadline of the law runs on case {other.case_no} and none like it on {one.case_no}. "
            "Merge the other way round."
        )


def _runs_under_law(engine: Engine, run: Run) -> bool:
    overall = engine.procedure.overall_limit
    step_limits = engine.procedure.step(run.step).limits
    return (overall is not None and overall.legal_clock) or any(limit.legal_clock for limit in step_limits)


async def _take_work(survivor: CaseFile, merged: CaseFile) -> None:
    """One agent goes on: who has accepted goes before who was only asked for, then who waited longer."""
    tx = survivor.tx
    mine = _texts(await work_store.live(tx, survivor.case.id))
    theirs = _texts(await work_store.live(tx, merged.case.id))
    if mine is not None and theirs is not None:
        if _goes_before(theirs, mine):
            await work.finish(survivor, mine, MERGED)
        else:
            await work.finish(merged, theirs, MERGED)
    await work_store.move(tx, merged.case.id, survivor.case.id)
    if survivor.case.owner is None and merged.case.owner is not None:
        await survivor.change(owner=merged.case.owner, owner_name=merged.case.owner_name)


def _texts(items: Sequence[WorkItem]) -> WorkItem | None:
    return next((item for item in items if item.channel is not Channel.VOICE), None)


def _goes_before(one: WorkItem, other: WorkItem) -> bool:
    accepted = one.state is WorkState.ACCEPTED, other.state is WorkState.ACCEPTED
    return accepted == (True, False) or (accepted == (False, False) and one.enqueued_at < other.enqueued_at)


async def _end(merged: CaseFile, survivor: CaseFile, run: Run, reason: str, actor: Actor) -> None:
    """The merged case ends where it is; that its procedure was not walked to the end is on record."""
    tx, now = merged.tx, merged.tx.now
    await waiting.dropped(merged)
    ended = merged.engine.settle(run.having(ended_at=now, updated_at=now), now)
    left = Deviated(run.step, "closed_early", merged.engine.procedure.closed_step, f"merged: {reason}", actor.id)
    await merged.apply(
        Progress(ended.run, (left, *ended.effects)),
        closed_at=now,
        resolution=MERGED,
        merged_into=survivor.case.id,
    )
    tx.emit(
        CaseClosed(
            case_id=merged.case.id,
            customer_id=merged.case.customer_id,
            resolution=MERGED,
            actor=actor.id,
            occurred_at=now,
        )
    )


async def _take_facts(survivor: CaseFile, merged: CaseFile, survivors_run: Run, run: Run) -> None:
    one, other = survivor.case, merged.case
    changes: dict[str, Any] = {
        "tags": sorted({*one.tags, *other.tags}),
        "watchers": sorted({*one.watchers, *other.watchers}),
        "waybill_no": one.waybill_no or other.waybill_no,
        "category": one.category or other.category,
        "priority": min(one.priority, other.priority),
    }
    if not one.threading and await case_merges.thread_is_free(survivor.tx, one.id, one.customer_id, one.thread_key):
        changes["threading"] = True
    if one.procedure == other.procedure and run.started_at < survivors_run.started_at:
        earlier = survivor.engine.settle(survivors_run.having(started_at=run.started_at), survivor.tx.now)
        await survivor.apply(earlier, **changes)
    else:
        await survivor.change(**changes)


async def _move_content(source: CaseFile, target: CaseFile, numbers: Sequence[int], via: UUID) -> None:
    await source.write()
    await target.write()
    await moves.move(source.tx, numbers, source=source.case, target=target.case, via=via)
    await _reread(source, target)


async def _reread(*files: CaseFile) -> None:
    locked = await case_store.lock(files[0].tx, [file.case.id for file in files])
    for file in files:
        file.case = locked[file.case.id]


async def undo(
    survivor: CaseFile, merged: CaseFile, found: case_merges.CaseMerge, *, reason: str, actor: Actor
) -> case_merges.CaseMerge:
    """The merged case is a case of its own again, with all it had brought and what its contacts brought since.

    Its procedure goes on where it stood; deadlines that passed meanwhile are missed now. Work was not given back: it
    asks for an agent anew if nobody owns it.
    """
    tx, case = survivor.tx, merged.case
    if found.undone_at is not None:
        raise CannotJoin("The merge was undone already.")
    if case.merged_into != found.survivor_id or survivor.case.merged_into is not None:
        raise CannotJoin("The case went over to yet another one since; undo that merge first.")
    if case.customer_id != survivor.case.customer_id:
        raise CannotJoin("The cases have different customers by now.")
    moved = await case_merges.moved_of(tx, found.id)
    brought = [UUID(value) for value in moved["interactions"]]
    returned = await case_merges.take_interactions(tx, source=survivor.case.id, target=case.id, only=brought)
    children = [UUID(value) for value in moved["children"]]
    await case_merges.take_children(tx, source=survivor.case.id, target=case.id, only=children)
    await case_merges.point_back(tx, [UUID(value) for value in moved["repointed"]], target=case.id)
    await _give_back_content(survivor, merged, found.id, returned)
    await _begin_again(survivor, merged, Run.model_validate(moved["run"]))
    if survivor.case.waybill_no != moved["survivor_waybill_no"] and survivor.case.thread_key == GENERAL:
        await survivor.change(waybill_no=moved["survivor_waybill_no"])
    undone = await case_merges.undone(tx, found.id, actor.id)
    for file, other in ((survivor, merged), (merged, survivor)):
        file.note(EntryKind.STATUS, "case.unmerged", actor=actor.id, case_no=other.case.case_no, reason=reason)
    if merged.case.owner is None:
        contacts = await interactions.of_case(tx, case.id)
        await work.request(merged, contacts[-1] if contacts else None, enqueued_at=tx.now)
    tx.emit(
        CaseUnmerged(
            case_id=survivor.case.id,
            unmerged_case_id=case.id,
            customer_id=case.customer_id,
            merge_id=found.id,
            reason=reason,
            actor=actor.id,
            occurred_at=tx.now,
        )
    )
    tx.emit(CaseReopened(case_id=case.id, actor=actor.id, reason=reason, occurred_at=tx.now))
    for file in (survivor, merged):
        file.stream("case.unmerged", {"case_id": str(case.id), "from": str(survivor.case.id)})
        await file.write()
    return undone


async def _give_back_content(survivor: CaseFile, merged: CaseFile, via: UUID, returned: Sequence[UUID]) -> None:
    tx = survivor.tx
    await moves.give_back(tx, source=survivor.case, target=merged.case, via=via)
    since = await moves.content_of_interactions(tx, survivor.case.id, returned)
    await moves.move(tx, since, source=survivor.case, target=merged.case, via=via)
    await _reread(survivor, merged)


async def _begin_again(survivor: CaseFile, merged: CaseFile, run: Run) -> None:
    case = merged.case
    free = await case_merges.thread_is_free(merged.tx, case.id, case.customer_id, case.thread_key)
    again = merged.engine.settle(run.having(deadlines={}), merged.tx.now)
    await merged.apply(again, closed_at=None, resolution=None, merged_into=None, threading=case.threading and free)
