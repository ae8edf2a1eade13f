"""Turning stored records into what callers see, with what they may not see masked."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from cases.actions.file import CaseFile
from cases.actions.office import Office
from cases.api import access
from cases.api.schemas import (
    CaseView,
    ContactPointView,
    DeadlineView,
    FieldView,
    InteractionView,
    ProcedureState,
    WayView,
)
from cases.domain import deadlines
from cases.domain.contact import masked, masked_name
from cases.domain.engine import Engine
from cases.domain.model import REACHABLE_AFTER_END, Case, ContactPoint, Interaction
from cases.domain.run import Run
from cases.store import cases as case_store
from cases.store import customers, interactions
from cases.views import LabelView, summary
from chassis.auth.principal import Principal
from chassis.db import Tx
from contracts.values import Channel

_ADDRESS_FIELDS = {"customer_phone": "phone", "customer_email": "email"}


def can_reply(interaction: Interaction) -> bool:
    """Whether a text can be sent on the interaction."""
    if interaction.channel is Channel.VOICE:
        return False
    return interaction.ended_at is None or interaction.channel in REACHABLE_AFTER_END


async def case_view(tx: Tx, office: Office, case: Case, principal: Principal, run: Run | None = None) -> CaseView:
    """A case as the caller may see it."""
    run = run or await case_store.run_of(tx, case.id)
    found = await interactions.of_case(tx, case.id)
    points = {point.id: point for point in await customers.contacts(tx, case.customer_id)}
    customer = await customers.get(tx, case.customer_id)
    engine = office.engine(case)
    return CaseView(
        **summary(case, office).model_dump(),
        customer_name=customer.name if customer else None,
        fields=_fields(engine, run, case, principal),
        procedure_state=_procedure(engine, run),
        interactions=[interaction_view(i, points, principal) for i in found],
    )


async def view_of(file: CaseFile, principal: Principal) -> CaseView:
    """The case of a file after a change."""
    return await case_view(file.tx, file.office, file.case, principal, await file.run())


def interaction_view(
    interaction: Interaction, points: Mapping[UUID, ContactPoint], principal: Principal
) -> InteractionView:
    """An interaction as the caller may see it."""
    point = points.get(interaction.contact_point_id) if interaction.contact_point_id else None
    return InteractionView(
        id=interaction.id,
        channel=interaction.channel,
        direction=interaction.direction,
        account=interaction.account,
        address=contact_view(point, principal).address if point else None,
        verification=point.verification if point else None,
        language=interaction.language,
        case_id=interaction.case_id,
        started_at=interaction.started_at,
        queued_at=interaction.queued_at,
        answered_at=interaction.answered_at,
        ended_at=interaction.ended_at,
        ended_by=interaction.ended_by,
        can_reply=can_reply(interaction),
    )


def contact_view(point: ContactPoint, principal: Principal) -> ContactPointView:
    """A contact point as the caller may see it."""
    clear = access.sees_addresses(principal)
    return ContactPointView(
        id=point.id,
        kind=point.kind,
        address=point.address if clear else masked(point.kind, point.address),
        masked=not clear,
        display_name=point.display_name,
        verification=point.verification,
    )


def _fields(engine: Engine, run: Run, case: Case, principal: Principal) -> dict[str, Any]:
    """Whoever works on the case sees what it is about; addresses need the right to personal data all the same."""
    shown = dict(run.fields)
    if access.sees_addresses(principal):
        return shown
    for name, value in run.fields.items():
        if name in _ADDRESS_FIELDS:
            shown[name] = masked(_ADDRESS_FIELDS[name], str(value))
        elif engine.dictionary.fields[name].personal and case.owner != principal.subject:
            shown[name] = masked_name(str(value))
    return shown


def _procedure(engine: Engine, run: Run) -> ProcedureState:
    procedure = engine.procedure
    step = procedure.step(run.step)
    ways = engine.ways(run)
    labels = {(way.to, way.outcome): way.label for way in step.next}
    return ProcedureState(
        id=procedure.id,
        version=procedure.version,
        label=LabelView.of(procedure.label),
        step=step.id,
        step_label=LabelView.of(step.label),
        actor=step.actor,
        actor_label=LabelView.of(engine.dictionary.roles[step.actor].label),
        note=step.note,
        rules=list(step.rules),
        asked=[*_asked(engine, run, step.fields, True), *_asked(engine, run, step.optional_fields, False)],
        ways=[
            WayView(
                to=way.to,
                to_label=LabelView.of(procedure.step(way.to).label),
                outcome=way.outcome,
                label=LabelView.of(label) if (label := labels[way.to, way.outcome]) else None,
                open=way.open,
                missing=list(way.missing),
            )
            for way in ways
        ],
        deadlines=_deadlines(engine, run),
        waiting_for=run.waiting_for,
        ended=run.ended_at is not None,
    )


def _asked(engine: Engine, run: Run, names: Sequence[str], mandatory: bool) -> list[FieldView]:
    specs = engine.dictionary.fields
    return [
        FieldView(
            name=name,
            label=LabelView.of(specs[name].label),
            type=specs[name].type,
            options=list(specs[name].options),
            mandatory=mandatory,
            value=None if name in _ADDRESS_FIELDS else run.fields.get(name),
        )
        for name in names
    ]


def _deadlines(engine: Engine, run: Run) -> list[DeadlineView]:
    found = deadlines.wanted(engine.procedure, engine.dictionary, run, engine.calendar).values()
    return [
        DeadlineView(limit=d.limit, step=d.step, due_at=d.due_at, legal=d.legal, percent=d.percent)
        for d in sorted(found, key=lambda d: d.due_at)
    ]
