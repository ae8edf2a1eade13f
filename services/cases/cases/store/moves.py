"""Moving timeline entries from one case to another. What moved leaves a pointer in its place, so both stay gapless."""

from collections.abc import Sequence
from uuid import UUID

from cases.domain.model import Case
from chassis.db import Tx

CONTENT = ("message_in", "message_out", "call", "self_service", "note", "parcel")
"""What a matter consists of. Status changes and steps are the record of their own case and stay."""


async def content_of(tx: Tx, case_id: UUID) -> Sequence[int]:
    """The numbers of all entries that a matter consists of."""
    return await _numbers(tx, "case_id = $1 and kind = any($2::text[])", case_id, list(CONTENT))


async def content_of_interactions(tx: Tx, case_id: UUID, interaction_ids: Sequence[UUID]) -> Sequence[int]:
    """The numbers of the entries of these interactions."""
    where = "case_id = $1 and kind = any($2::text[]) and interaction_id = any($3::uuid[])"
    return await _numbers(tx, where, case_id, list(CONTENT), list(interaction_ids))


async def movable(tx: Tx, case_id: UUID, numbers: Sequence[int]) -> Sequence[int]:
    """Those of the numbers that are entries a matter consists of."""
    where = "case_id = $1 and kind = any($2::text[]) and seq = any($3::bigint[])"
    return await _numbers(tx, where, case_id, list(CONTENT), list(numbers))


async def _numbers(tx: Tx, where: str, *arguments: object) -> Sequence[int]:
    rows = await tx.fetch(f"select seq from timeline_entry where {where} order by seq", *arguments)
    return [row["seq"] for row in rows]


async def move(tx: Tx, numbers: Sequence[int], *, source: Case, target: Case, via: UUID) -> int:
    """Append the entries to the target's timeline, in order; returns the target's newest number.

    Both cases must be locked, and nothing of theirs be waiting to be written. Each moved entry says where it came from
    and by which merge or split (`via`); what stays in its place names the target.
    """
    if not numbers:
        return target.last_seq
    rows = await tx.fetch(
        """update timeline_entry e set case_id = $2, seq = n.new_seq,
               data = e.data || jsonb_build_object('origin', jsonb_build_object(
                   'case_id', $1::uuid, 'seq', n.seq, 'via', $4::uuid))
           from (select seq, $5::bigint + row_number() over (order by seq) as new_seq
                 from unnest($3::bigint[]) as s (seq)) n
           where e.case_id = $1 and e.seq = n.seq returning n.seq, n.new_seq, e.occurred_at""",
        source.id,
        target.id,
        list(numbers),
        via,
        target.last_seq,
    )
    old, new = [row["seq"] for row in rows], [row["new_seq"] for row in rows]
    await _leave_pointers(tx, source.id, old, target, new, [row["occurred_at"] for row in rows])
    await _move_words(tx, source.id, old, target.id, new)
    last = max(new, default=target.last_seq)
    await tx.fetch(
        """update service_case set last_seq = $2, last_customer_seq = greatest(last_customer_seq, coalesce((
               select max(seq) from timeline_entry where case_id = $1 and kind = 'message_in'), 0)) where id = $1""",
        target.id,
        last,
    )
    return last


async def give_back(tx: Tx, *, source: Case, target: Case, via: UUID) -> int:
    """Undo a move: entries that `via` brought from `target` go back to the very numbers they had. Returns how many."""
    rows = await tx.fetch(
        """select seq, (data->'origin'->>'seq')::bigint as old_seq, occurred_at from timeline_entry
           where case_id = $1 and data->'origin'->>'via' = $2 and data->'origin'->>'case_id' = $3 order by seq""",
        source.id,
        str(via),
        str(target.id),
    )
    here, there = [row["seq"] for row in rows], [row["old_seq"] for row in rows]
    await tx.fetch("delete from timeline_entry where case_id = $1 and seq = any($2::bigint[])", target.id, there)
    await tx.fetch(
        """update timeline_entry e set case_id = $2, seq = n.old_seq, data = e.data - 'origin'
           from unnest($3::bigint[], $4::bigint[]) as n (seq, old_seq) where e.case_id = $1 and e.seq = n.seq""",
        source.id,
        target.id,
        here,
        there,
    )
    await _leave_pointers(tx, source.id, here, target, there, [row["occurred_at"] for row in rows])
    await _move_words(tx, source.id, here, target.id, there)
    return len(here)


async def _leave_pointers(
    tx: Tx,
    from_case: UUID,
    from_numbers: Sequence[int],
    to_case: Case,
    to_numbers: Sequence[int],
    times: Sequence[object],
) -> None:
    await tx.fetch(
        """insert into timeline_entry (case_id, seq, kind, actor, data, occurred_at, recorded_at)
           select $1, seq, 'status', 'system', jsonb_build_object('code', 'entry.moved', 'case_no', $5::text,
               'moved_to', jsonb_build_object('case_id', $2::uuid, 'seq', to_seq)), at, $7
           from unnest($3::bigint[], $4::bigint[], $6::timestamptz[]) as m (seq, to_seq, at)""",
        from_case,
        to_case.id,
        list(from_numbers),
        list(to_numbers),
        to_case.case_no,
        list(times),
        tx.now,
    )


async def _move_words(tx: Tx, from_case: UUID, old: Sequence[int], to_case: UUID, new: Sequence[int]) -> None:
    await tx.fetch(
        """update search_entry e set case_id = $2, seq = n.new_seq
           from unnest($3::bigint[], $4::bigint[]) as n (seq, new_seq) where e.case_id = $1 and e.seq = n.seq""",
        from_case,
        to_case,
        list(old),
        list(new),
    )
