"""What pending deadlines cost while nothing is due: seen in what the database reads, not in time."""

from typing import Any

from tests.contract.cases.conftest import Bench

# The wheel's two questions, as it asks them (chassis.timers).
NEXT = "select min(due_at) as due from timer where not failed and kind = any($1::text[])"
DUE = """select kind, key from timer where due_at <= $2 and not failed and kind = any($1::text[])
         order by due_at limit 100 for update skip locked"""
KINDS = ["case.deadline", "case.notice", "customer.retention"]


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """All nodes of a plan."""
    return [plan, *(node for child in plan.get("Plans", []) for node in nodes(child))]


async def test_100_000_pending_deadlines_cost_an_idle_wheel_a_few_pages(still_bench: Bench) -> None:
    async with still_bench.service.db.transaction() as tx:
        await tx.fetch(
            """insert into timer (kind, key, due_at, payload)
               select 'case.deadline', 'x/' || n, $1::timestamptz + make_interval(mins => 60 + n), '{}'
               from generate_series(1, 100000) n""",
            tx.now,
        )
    await still_bench.rows("vacuum analyze timer")
    async with still_bench.service.db.transaction() as tx:
        for sql, arguments in ((NEXT, (KINDS,)), (DUE, (KINDS, tx.now))):
            rows = await tx.fetch(f"explain (analyze, buffers, format json) {sql}", *arguments)
            [explained] = rows[0][0]
            plan = explained["Plan"]
            found = nodes(plan)
            assert any(node.get("Index Name") == "ix_timer_due_at" for node in found), plan
            assert not any(node["Node Type"] == "Seq Scan" for node in found), plan
            read = sum(node["Actual Rows"] + node.get("Rows Removed by Filter", 0) for node in found)
            assert read <= 5, plan
            assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] <= 12, plan
