"""Finding cases by number, waybill, or what was said on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from cases.domain.model import Case, Entry
from cases.domain.search import tokens
from cases.store.cases import COLUMNS, from_row
from chassis.db import Tx


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that matches, with its case."""

    case: Case
    seq: int
    kind: str
    text: str


async def index(tx: Tx, entries: Sequence[Entry]) -> None:
    """Make the words of these entries findable, in one statement."""
    written = [(entry, words) for entry in entries if (words := tokens(_words(entry)))]
    if not written:
        return
    await tx.fetch(
        """insert into search_entry (case_id, seq, words)
           select case_id, seq, array_to_tsvector(string_to_array(words, ' '))
           from unnest($1::uuid[], $2::bigint[], $3::text[]) as e (case_id, seq, words)""",
        [entry.case_id for entry, _ in written],
        [entry.seq for entry, _ in written],
        [" ".join(words) for _, words in written],
    )


NEWEST = 5_000
"""So many entries are read backwards first: frequent words show up there, and nobody waits for the index."""

RARE = 2_000
"""Words in up to so many entries are looked up in the index and put in order; with more it is quicker to go on reading
backwards."""

_NEWEST = f"""materialized (
    select n.case_id, n.seq from (
        select s.case_id, s.seq, s.words from search_entry s where $3::uuid is null or (s.case_id, s.seq) < ($3, $4)
        order by s.case_id desc, s.seq desc limit {NEWEST}) n
    where n.words @@ $1::text::tsquery)"""
_TUNE = """select set_config('plan_cache_mode', 'force_custom_plan', true) as plan,
    set_config('enable_seqscan', 'off', true) as scan"""
_BY_INDEX = f"materialized (select case_id, seq from search_entry where words @@ $1::text::tsquery limit {RARE + 1})"
_BACKWARDS = "not materialized (select case_id, seq from search_entry where words @@ $1::text::tsquery)"


async def entries(
    tx: Tx, words: Sequence[str], *, agent_id: str | None, before: tuple[UUID, int] | None, limit: int
) -> Sequence[Hit]:
    """Entries that have all the words, newest case first. `agent_id` limits them to cases that agent may read.

    The planner knows little of how frequent a word is, and a wrong guess reads the whole table. So it is told the way:
    the newest entries; else, for rare words, the index; else all, backwards. Settings end with the transaction.
    """
    query = " & ".join(f"'{word}'" for word in words)
    asked = (query, agent_id, before[0] if before else None, before[1] if before else None, limit)
    hits, _ = await _hits(tx, _NEWEST, "tuned.plan is not null", *asked)
    if len(hits) == limit:
        return hits
    hits, found = await _hits(tx, _BY_INDEX, f"found.n <= {RARE}", *asked)
    if found <= RARE:
        return hits
    await tx.fetch("select set_config('enable_bitmapscan', 'off', true)")
    hits, _ = await _hits(tx, _BACKWARDS, "", *asked)
    return hits


async def _hits(tx: Tx, entries: str, if_: str, *asked: object) -> tuple[Sequence[Hit], int]:
    """The hits among `entries`, and how many entries there are; those are counted, and `if_` is asked, before any hit
    is looked at. Without `if_` nothing is counted. What `tuned` sets holds for the statements that follow."""
    columns = ", ".join(f"c.{name.strip()}" for name in COLUMNS.split(","))
    page = f"""select {columns}, s.seq as hit_seq, e.kind as hit_kind, e.data->>'text' as hit_text
        from entries s join service_case c on c.id = s.case_id
        join timeline_entry e on e.case_id = s.case_id and e.seq = s.seq
        where ($2::text is null or c.owner = $2 or (c.owner is null and c.closed_at is null)
               or c.watchers @> array[$2]
               or exists (select 1 from case_agent a where a.case_id = c.id and a.agent_id = $2))
          and ($3::uuid is null or (s.case_id, s.seq) < ($3, $4::bigint))
        order by s.case_id desc, s.seq desc limit $5"""
    if if_:
        page = f"""select found.n as found, h.* from (select count(*) as n from entries) found cross join tuned
            left join lateral ({page}) h on {if_}"""
    rows = await tx.fetch(f"with entries as {entries}, tuned as materialized ({_TUNE}) {page}", *asked)
    names = list(Case.__dataclass_fields__)
    hits = [
        Hit(from_row({name: row[name] for name in names}), row["hit_seq"], row["hit_kind"], row["hit_text"] or "")
        for row in rows
        if row["id"] is not None
    ]
    hits.sort(key=lambda hit: (hit.case.id, hit.seq), reverse=True)  # a join promises no order
    return hits, rows[0]["found"] if if_ else len(hits)


async def by_number(tx: Tx, text: str, *, agent_id: str | None, limit: int) -> Sequence[Case]:
    """Cases with exactly this case number or waybill, newest first."""
    rows = await tx.fetch(
        f"""select {COLUMNS} from service_case c where (case_no = $1 or waybill_no = $1)
              and ($2::text is null or c.owner = $2 or (c.owner is null and c.closed_at is null)
               or c.watchers @> array[$2]
                   or exists (select 1 from case_agent a where a.case_id = c.id and a.agent_id = $2))
            order by id desc limit $3""",
        text,
        agent_id,
        limit,
    )
    return [from_row(row) for row in rows]


def _words(entry: Entry) -> str:
    return "\n".join(str(entry.data[name]) for name in ("subject", "text") if entry.data.get(name))
