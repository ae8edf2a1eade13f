"""Everything that is stored of a person, for the person."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson

from chassis.db import Tx

_PARTS = {
    "profile": """select id, name, language, employer, address, tier, tags, do_not_contact, merged_into, created_at,
                         updated_at, erased_at from customer where id = any($1::uuid[]) order by id""",
    "contact_points": """select id, customer_id, kind, address, display_name, verification, created_at
                         from contact_point where customer_id = any($1::uuid[]) order by id""",
    "verifications": """select v.contact_point_id, v.level, v.method, v.evidence, v.actor, v.verified_at
                        from contact_verification v join contact_point p on p.id = v.contact_point_id
                        where p.customer_id = any($1::uuid[]) order by v.id""",
    "merges": """select survivor_id, merged_id, reason, actor, merged_at, undone_at from customer_merge
                 where survivor_id = any($1::uuid[]) or merged_id = any($1::uuid[]) order by id""",
    "consents": """select kind, granted, waybill_no, evidence, actor, given_at from consent
                   where customer_id = any($1::uuid[]) order by id""",
    "interactions": """select id, channel, direction, account, case_id, language, self_served, started_at, queued_at,
                              answered_at, ended_at, ended_by from interaction
                       where customer_id = any($1::uuid[]) order by started_at, id""",
    "cases": """select c.id, c.case_no, c.case_type, c.procedure, c.procedure_version, c.step, c.channel, c.severity,
                       c.waybill_no, c.opened_at, c.closed_at, c.resolution, r.run->'fields' as fields
                from service_case c join case_run r on r.case_id = c.id
                where c.customer_id = any($1::uuid[]) order by c.id""",
    "timeline": """select e.case_id, e.seq, e.kind, e.interaction_id, e.channel, e.actor, e.message_id, e.status,
                          e.data, e.occurred_at from timeline_entry e
                   join service_case c on c.id = e.case_id where c.customer_id = any($1::uuid[])
                   order by e.case_id, e.seq""",
    "unassigned_entries": """select p.interaction_id, p.kind, p.channel, p.data, p.occurred_at from pending_entry p
                             join interaction i on i.id = p.interaction_id
                             where i.customer_id = any($1::uuid[]) order by p.id""",
    "notices": """select n.case_id, n.notice, n.step, n.state, n.owed_at, n.settled_at from notice n
                  join service_case c on c.id = n.case_id where c.customer_id = any($1::uuid[]) order by n.id""",
    "attachments": """select a.id, a.case_id, a.name, a.content_type, a.size, a.sha256, a.state, a.uploaded_at
                      from attachment a join service_case c on c.id = a.case_id
                      where c.customer_id = any($1::uuid[]) order by a.id""",
    "approvals": """select a.case_id, a.kind, a.amount_minor, a.currency, a.summary, a.state, a.requested_at,
                           a.decided_at from approval a join service_case c on c.id = a.case_id
                    where c.customer_id = any($1::uuid[]) order by a.id""",
    "payouts": """select p.case_id, p.kind, p.amount_minor, p.currency, p.state, p.reference, p.created_at, p.changed_at
                  from payout p join service_case c on c.id = p.case_id
                  where c.customer_id = any($1::uuid[]) order by p.id""",
    "orders": """select id, order_no, state, content, quote, goods, entrust, sender_phone, waybill_no, created_at,
                        placed_at, ended_at from shipping_order where customer_id = any($1::uuid[]) order by id""",
    "dispatches": """select d.case_id, d.department_id, d.task, d.state, d.answer, d.created_at, d.ended_at
                     from dispatch d join service_case c on c.id = d.case_id
                     where c.customer_id = any($1::uuid[]) order by d.id""",
}


async def of_persons(tx: Tx, customer_ids: Sequence[UUID]) -> dict[str, list[dict[str, Any]]]:
    """Every part, as rows in order."""
    found = {}
    for part, sql in _PARTS.items():
        rows = await tx.fetch(f"select to_jsonb(r)::text as row from ({sql}) r", list(customer_ids))
        found[part] = [orjson.loads(row["row"]) for row in rows]
    return found
