"""Making a case of its own of part of a case: a second matter that came up in the same contact."""

from collections.abc import Sequence
from uuid import UUID

from cases.actions import opening, work
from cases.actions.file import CaseFile
from cases.actions.joining import CannotJoin
from cases.domain.model import EntryKind
from cases.domain.threads import thread_key
from cases.store import case_merges, customers, interactions, moves, relations, timeline
from cases.store import cases as case_store
from chassis.ids import uuid7
from contracts.cases import CaseSplit
from contracts.values import Channel

SPLIT_THREAD = "split:"
"""Thread of a case that was split off and is about no waybill: only its own interactions lead to it."""


async def split(
    file: CaseFile,
    *,
    interaction_ids: Sequence[UUID],
    entry_seqs: Sequence[int],
    case_type: str,
    waybill_no: str | None,
    reason: str,
    actor: str,
) -> CaseFile:
    """A new case of the same customer gets these interactions with all their entries, and these single entries.

    The case and its customer are locked. The new case has the same owner; without one it asks for an agent. Deadlines
    of its procedure count from now.
    """
    tx, source = file.tx, file.case
    known = {interaction.id: interaction for interaction in await interactions.of_case(tx, source.id)}
    if unknown := [str(one) for one in interaction_ids if one not in known]:
        raise CannotJoin(f"Not interactions of case {source.case_no}: {', '.join(unknown)}.")
    numbers = await moves.movable(tx, source.id, entry_seqs)
    if missing := sorted(set(entry_seqs) - set(numbers)):
        raise CannotJoin(f"Not messages, calls or notes of case {source.case_no}: entries {missing}.")
    numbers = sorted({*numbers, *await moves.content_of_interactions(tx, source.id, interaction_ids)})
    if not numbers and not interaction_ids:
        raise CannotJoin("Nothing was chosen that could be split off.")
    key = thread_key(waybill_no) if waybill_no else f"{SPLIT_THREAD}{uuid7()}"
    if not await case_merges.thread_is_free(tx, source.id, source.customer_id, key) or key == source.thread_key:
        raise CannotJoin(f"A case about {waybill_no} is open for this customer. Merge into it instead.")
    words = await _first_words(file, numbers)
    new = await _open(file, case_type=case_type, key=key, waybill_no=waybill_no, words=words)
    via = uuid7()
    await case_merges.take_interactions(tx, source=source.id, target=new.case.id, only=interaction_ids)
    await new.write()
    await moves.move(tx, numbers, source=source, target=new.case, via=via)
    locked = await case_store.lock(tx, [new.case.id, source.id])
    new.case, file.case = locked[new.case.id], locked[source.id]
    await relations.add(tx, case_id=new.case.id, other_id=source.id, kind="split_from", actor=actor)
    new.note(EntryKind.STATUS, "case.split_from", actor=actor, case_no=source.case_no, reason=reason)
    file.note(EntryKind.STATUS, "case.split_off", actor=actor, case_no=new.case.case_no, reason=reason)
    if new.case.owner is None:
        contact = known[interaction_ids[0]] if interaction_ids else None
        await work.request(new, contact, enqueued_at=tx.now, preview=words)
    else:
        await case_store.add_agent(tx, new.case.id, new.case.owner)
    tx.emit(
        CaseSplit(
            case_id=source.id,
            new_case_id=new.case.id,
            customer_id=source.customer_id,
            interaction_ids=tuple(interaction_ids),
            reason=reason,
            actor=actor,
            occurred_at=tx.now,
        )
    )
    await file.write()
    await new.write()
    return new


async def _first_words(file: CaseFile, numbers: Sequence[int]) -> str:
    for number in numbers:
        for entry in await timeline.page(file.tx, file.case.id, number - 1, 1):
            if entry.kind is EntryKind.MESSAGE_IN and entry.seq == number:
                return str(entry.data.get("text", ""))
    return ""


async def _open(file: CaseFile, *, case_type: str, key: str, waybill_no: str | None, words: str) -> CaseFile:
    case = file.case
    points = await customers.contacts(file.tx, case.customer_id)
    return await opening.open_case(
        file.tx,
        file.office,
        customer=await customers.get(file.tx, case.customer_id),
        customer_id=case.customer_id,
        point=points[0] if points else None,
        contact_class=case_type,
        channel=Channel(case.channel),
        interaction_id=None,
        language=case.language,
        need=opening.Need(text=words, waybill_no=waybill_no),
        thread_key=key,
        owner=(case.owner, case.owner_name) if case.owner else None,
    )
