"""Cases and their runs."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from cases.domain.model import Case
from cases.domain.numbers import case_number
from cases.domain.run import Run
from cases.domain.threads import Candidate
from chassis.db import Tx

COLUMNS = ", ".join(Case.__dataclass_fields__)


def from_row(row: Any) -> Case:
    """A case from a row with `COLUMNS`."""
    return Case(**row)


async def get(tx: Tx, case_id: UUID) -> Case | None:
    """A case, without a lock."""
    rows = await tx.fetch(f"select {COLUMNS} from service_case where id = $1", case_id)
    return from_row(rows[0]) if rows else None


async def lock(tx: Tx, case_ids: Collection[UUID]) -> Mapping[UUID, Case]:
    """The cases, locked against every other writer until COMMIT, in an order that cannot deadlock."""
    rows = await tx.fetch(
        f"select {COLUMNS} from service_case where id = any($1::uuid[]) order by id for no key update",
        list(dict.fromkeys(case_ids)),
    )
    return {row["id"]: from_row(row) for row in rows}


async def lock_open(tx: Tx, case_ids: Collection[UUID]) -> Mapping[UUID, Case]:
    """Those of the cases that are open, locked. Closed ones are not touched: who wants to bring one back locks its
    customer first."""
    rows = await tx.fetch(
        f"""select {COLUMNS} from service_case where id = any($1::uuid[]) and closed_at is null
            order by id for no key update""",
        list(dict.fromkeys(case_ids)),
    )
    return {row["id"]: from_row(row) for row in rows}


async def lock_one(tx: Tx, case_id: UUID) -> Case | None:
    """One case, locked."""
    return (await lock(tx, [case_id])).get(case_id)


async def lock_family(tx: Tx, case_ids: Collection[UUID]) -> Mapping[UUID, Case]:
    """The cases and every case that waits for the end of one of them, locked in one order. Whatever may end a case
    begins with this: its end goes on in the case that waits for it."""
    columns = ", ".join(f"c.{name.strip()}" for name in COLUMNS.split(","))
    rows = await tx.fetch(
        f"""with recursive family as (
                select id, parent_id from service_case where id = any($1::uuid[])
                union
                select p.id, p.parent_id from service_case p join family f on p.id = f.parent_id
                    where p.waiting_for is not null)
            select {columns} from service_case c where c.id in (select id from family)
            order by c.id for no key update""",
        list(dict.fromkeys(case_ids)),
    )
    return {row["id"]: from_row(row) for row in rows}


async def with_live_work(tx: Tx, case_ids: Collection[UUID]) -> set[UUID]:
    """Which of the cases have somebody working on their messages, or asked for."""
    rows = await tx.fetch(
        """select distinct case_id from work_item
           where case_id = any($1::uuid[]) and state <> 'ended' and channel <> 'voice'
              or case_id = any($1::uuid[]) and state = 'accepted'""",
        list(case_ids),
    )
    return {row["case_id"] for row in rows}


async def open_of_customer(tx: Tx, customer_id: UUID) -> list[Candidate]:
    """The open cases that receive the customer's messages, each under its own thread and those merged into it."""
    rows = await tx.fetch(
        """select id, thread_key, closed_at, thread_key as own_key from service_case
           where customer_id = $1 and closed_at is null and threading
           union
           select s.id, m.thread_key, s.closed_at, s.thread_key from service_case m
           join service_case s on s.id = m.merged_into
           where m.customer_id = $1 and m.merged_into is not null and m.threading and m.thread_key <> ''
             and s.customer_id = $1 and s.closed_at is null and s.threading order by id, thread_key""",
        customer_id,
    )
    return [Candidate(**row) for row in rows]


async def open_ids(tx: Tx, customer_id: UUID) -> Sequence[UUID]:
    """All open cases of a customer."""
    rows = await tx.fetch("select id from service_case where customer_id = $1 and closed_at is null", customer_id)
    return [row["id"] for row in rows]


async def closed_in_thread(tx: Tx, customer_id: UUID, thread_key: str, since: datetime) -> list[Candidate]:
    """The customer's cases of a thread closed since then, newest first."""
    rows = await tx.fetch(
        """select coalesce(s.id, c.id) as id, c.thread_key, coalesce(s.closed_at, c.closed_at) as closed_at,
                  coalesce(s.thread_key, c.thread_key) as own_key
           from service_case c left join service_case s on s.id = c.merged_into
           where c.customer_id = $1 and c.thread_key = $2 and c.closed_at > $3 and c.threading
             and (s.id is null or (s.closed_at > $3 and s.threading)) order by c.id desc limit 5""",
        customer_id,
        thread_key,
        since,
    )
    return [Candidate(**row) for row in rows]


async def candidate(tx: Tx, case_id: UUID) -> Candidate | None:
    """A case as a candidate for a contact; the one it was merged into in its place."""
    rows = await tx.fetch(
        """select s.id, s.thread_key, s.closed_at, s.thread_key as own_key from service_case c
           join service_case s on s.id = coalesce(c.merged_into, c.id) where c.id = $1 and s.threading""",
        case_id,
    )
    return Candidate(**rows[0]) if rows else None


async def next_number(tx: Tx) -> str:
    """A fresh case number."""
    rows = await tx.fetch("select nextval('case_no_seq') as n")
    return case_number(tx.now, rows[0]["n"])


async def insert(tx: Tx, case: Case, run: Run) -> bool:
    """Store a new case. False, and nothing stored, if the customer has an open case of that thread."""
    names = list(Case.__dataclass_fields__)
    rows = await tx.fetch(
        f"""insert into service_case ({COLUMNS}) values ({", ".join(f"${n}" for n in range(1, len(names) + 1))})
            on conflict (customer_id, thread_key) where closed_at is null and threading do nothing returning 1""",
        *(getattr(case, name) for name in names),
    )
    if not rows:
        return False
    await tx.fetch("insert into case_run (case_id, run) values ($1, $2::text::jsonb)", case.id, run.model_dump_json())
    return True


async def run_of(tx: Tx, case_id: UUID) -> Run:
    """Where the case stands in its procedure."""
    rows = await tx.fetch("select run::text as run from case_run where case_id = $1", case_id)
    return Run.model_validate_json(rows[0]["run"])


async def runs_of(tx: Tx, case_ids: Collection[UUID]) -> Mapping[UUID, Run]:
    """Where each of the cases stands."""
    rows = await tx.fetch("select case_id, run::text as run from case_run where case_id = any($1::uuid[])", [*case_ids])
    return {row["case_id"]: Run.model_validate_json(row["run"]) for row in rows}


async def save_run(tx: Tx, case_id: UUID, run: Run) -> None:
    """Store where the case stands."""
    await tx.fetch("update case_run set run = $2::text::jsonb where case_id = $1", case_id, run.model_dump_json())


_CHANGEABLE = frozenset(
    {
        *(
            "case_type",
            "procedure",
            "procedure_version",
            "step",
            "severity",
            "priority",
            "queue",
            "owner",
            "owner_name",
        ),
        *("thread_key", "threading", "waybill_no", "parent_id", "next_due_at", "closed_at", "resolution", "language"),
        *("category", "tags", "watchers", "level", "incident", "incident_id", "merged_into"),
        *("waiting_for", "awaiting_since", "awaiting_due", "untold"),
    }
)


async def change(tx: Tx, case: Case, **changes: Any) -> Case:
    """Change columns of a locked case and count its version up."""
    if unknown := set(changes) - _CHANGEABLE:
        raise ValueError(f"not changeable: {', '.join(sorted(unknown))}")
    names = sorted(changes)
    assignments = "".join(f", {name} = ${number}" for number, name in enumerate(names, start=3))
    rows = await tx.fetch(
        f"""update service_case set version = version + 1, updated_at = $2{assignments}
            where id = $1 returning {COLUMNS}""",
        case.id,
        tx.now,
        *(changes[name] for name in names),
    )
    return from_row(rows[0])


async def adopt_thread(tx: Tx, case: Case, thread_key: str, waybill_no: str) -> Case:
    """Give a general case its thread, unless another open case of the customer has it."""
    rows = await tx.fetch(
        f"""update service_case c set version = version + 1, updated_at = $4, waybill_no = $3,
                thread_key = case when exists (
                    select 1 from service_case o where o.customer_id = c.customer_id and o.thread_key = $2
                        and o.closed_at is null and o.threading and o.id <> c.id) then c.thread_key else $2 end
            where id = $1 returning {COLUMNS}""",
        case.id,
        thread_key,
        waybill_no,
        tx.now,
    )
    return from_row(rows[0])


async def add_agent(tx: Tx, case_id: UUID, agent_id: str) -> None:
    """Remember that the agent has had the case."""
    await tx.fetch(
        "insert into case_agent (case_id, agent_id, since) values ($1, $2, $3) on conflict do nothing",
        case_id,
        agent_id,
        tx.now,
    )


async def waiting_children(tx: Tx, parent_id: UUID) -> Sequence[UUID]:
    """Open cases that were begun for this one."""
    rows = await tx.fetch("select id from service_case where parent_id = $1 and closed_at is null", parent_id)
    return [row["id"] for row in rows]


async def open_by_waybill(tx: Tx, waybill_no: str) -> Sequence[UUID]:
    """The open cases about a waybill."""
    rows = await tx.fetch(
        "select id from service_case where waybill_no = $1 and closed_at is null order by id", waybill_no
    )
    return [row["id"] for row in rows]


async def may_read(tx: Tx, case: Case, agent_id: str) -> bool:
    """Whether an agent without further rights may read the case: the owner, whoever watches or had it, whoever has an
    open case of the same customer; and everybody while it waits for somebody."""
    if case.owner == agent_id or agent_id in case.watchers or (case.owner is None and case.closed_at is None):
        return True
    rows = await tx.fetch(
        """select exists (select 1 from case_agent where case_id = $1 and agent_id = $2)
               or exists (select 1 from service_case where customer_id = $3 and owner = $2 and closed_at is null)
               as allowed""",
        case.id,
        agent_id,
        case.customer_id,
    )
    return bool(rows[0]["allowed"])
