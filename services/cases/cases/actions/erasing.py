"""Erasing a person's data: what may go goes now, what a law keeps goes when its time is over, and everybody is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import resources
from typing import Any
from uuid import UUID

import yaml

from cases.actions.filing import BLOB_TIMER
from cases.actions.office import Office
from cases.domain.dictionary import Dictionary
from cases.domain.retention import Keeping, Retention, anonymous_field
from cases.domain.run import Run
from cases.store import cases as case_store
from cases.store import customers, erasures
from cases.store.erasures import CASE, ORDER, Matter
from chassis.db import Tx
from contracts.customers import CustomerErased

RETENTION_TIMER = "customer.retention"


class StillOpen(Exception):
    """Matters of the person are open: what they need is still needed."""

    def __init__(self, matters: Sequence[Matter]) -> None:
        super().__init__(", ".join(matter.number for matter in matters))
        self.matters = matters


@dataclass(frozen=True, slots=True)
class Kept:
    """A record that a law keeps, and until when."""

    matter: Matter
    rule: Keeping
    until: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """What an erasure does."""

    customer_ids: Sequence[UUID]
    erased: Sequence[Matter]
    kept: Sequence[Kept]


class Eraser:
    """Erases under the rules of the packaged table."""

    def __init__(self, office: Office) -> None:
        self._dictionary = office.library.dictionary
        text = (resources.files("cases.data") / "retention.CN.yaml").read_text("utf-8")
        self.retention = Retention.model_validate(yaml.safe_load(text))

    async def plan(self, tx: Tx, customer_id: UUID) -> Plan:
        """What would go and what would stay. Raises `StillOpen`."""
        ids = await erasures.persons(tx, customer_id)
        matters = await erasures.matters(tx, ids)
        if still := [matter for matter in matters if matter.ended_at is None]:
            raise StillOpen(still)
        kept = [kept for matter in matters if (kept := self._kept(matter, tx.now)) is not None]
        keeping = {(k.matter.kind, k.matter.id) for k in kept}
        return Plan(ids, [m for m in matters if (m.kind, m.id) not in keeping], kept)

    def _kept(self, matter: Matter, now: datetime) -> Kept | None:
        if matter.ended_at is None:
            return None
        rule = self.retention.rule(matter.procedure)
        until = rule.until(matter.ended_at)
        return Kept(matter, rule, until) if until > now else None

    async def erase(self, tx: Tx, customer_id: UUID, *, actor: str, reason: str) -> tuple[UUID, Plan]:
        """Carry the plan out and tell the channels. The customer is locked here, then its cases. Raises `StillOpen`."""
        for person in await erasures.persons(tx, customer_id):
            await customers.lock(tx, person)
        plan = await self.plan(tx, customer_id)
        kept_cases = [kept.matter.id for kept in plan.kept if kept.matter.kind == CASE]
        interaction_ids = await erasures.interactions_of(tx, plan.customer_ids, besides=kept_cases)
        await erasures.profile(tx, plan.customer_ids)
        await erasures.pending(tx, interaction_ids)
        await self._erase_cases(tx, [matter.id for matter in plan.erased if matter.kind == CASE])
        await erasures.orders(tx, [matter.id for matter in plan.erased if matter.kind == ORDER])
        for kept in plan.kept:
            await erasures.keep(tx, kept.matter, customer_id, rule=kept.rule.id, until=kept.until)
            payload = {"kind": kept.matter.kind, "id": str(kept.matter.id)}
            await tx.schedule(RETENTION_TIMER, f"{kept.matter.kind}/{kept.matter.id}", kept.until, payload)
        await erasures.seal(tx, kept_cases)
        await erasures.forget_digests(tx, tx.now - timedelta(hours=max(r.hours for r in self.retention.remnants)))
        tx.emit(CustomerErased(customer_id=customer_id, interaction_ids=tuple(interaction_ids), erased_at=tx.now))
        return await erasures.record(tx, customer_id, actor, reason), plan

    async def on_retention_over(self, tx: Tx, _key: str, payload: Mapping[str, Any]) -> None:
        """The time of a kept record is over."""
        kind, record_id = str(payload["kind"]), UUID(payload["id"])
        customer_id = await erasures.release(tx, kind, record_id)
        if customer_id is None:
            return
        await customers.lock(tx, customer_id)
        if kind == ORDER:
            await erasures.orders(tx, [record_id])
            return
        interaction_ids = await erasures.interactions_of_case(tx, record_id)
        await self._erase_cases(tx, [record_id])
        tx.emit(CustomerErased(customer_id=customer_id, interaction_ids=tuple(interaction_ids), erased_at=tx.now))

    async def _erase_cases(self, tx: Tx, case_ids: Sequence[UUID]) -> None:
        await case_store.lock(tx, case_ids)
        for case_id in case_ids:
            run = await case_store.run_of(tx, case_id)
            await case_store.save_run(tx, case_id, anonymous(run, self._dictionary))
        for blob in await erasures.cases(tx, case_ids):
            await tx.schedule(BLOB_TIMER, blob, tx.now)


def anonymous(run: Run, dictionary: Dictionary) -> Run:
    """The run with only those fields that say nothing about a person."""
    kept = {
        name: value
        for name, value in run.fields.items()
        if (spec := dictionary.fields.get(name)) and anonymous_field(name, spec.type.value, personal=spec.personal)
    }
    pauses = tuple(pause.model_copy(update={"reason": ""}) for pause in run.pauses)
    return run.having(fields=kept, pauses=pauses)
