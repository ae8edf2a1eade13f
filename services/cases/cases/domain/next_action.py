"""The one thing that comes next on a case, who does it and by when. Never stored: it follows from where the case is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cases.domain.dictionary import Label, RoleKind
from cases.domain.engine import Engine
from cases.domain.model import Case

WaitsFor = Literal["agent", "customer", "department", "system", "procedure"]

_BY_KIND: dict[RoleKind, WaitsFor] = {
    RoleKind.DESK: "agent",
    RoleKind.DEPARTMENT: "department",
    RoleKind.AUTOMATIC: "system",
    RoleKind.CUSTOMER: "customer",
}


@dataclass(frozen=True, slots=True)
class NextAction:
    """What comes next. `due_at` is unset where neither the procedure nor anybody set a time."""

    step: str
    label: Label
    actor: str
    actor_label: Label
    waits_for: WaitsFor
    procedure: str | None
    due_at: datetime | None


def next_action(engine: Engine, case: Case) -> NextAction | None:
    """An open case has exactly one next action, a closed one none.

    It is the procedure's present step, unless a notice did not reach the customer: then that comes first. A case that
    waits for a sub-procedure or for the customer's answer says so; its due
    time is then when somebody looks at it again, or the earliest deadline if that comes before.
    """
    if case.closed_at is not None:
        return None
    if case.untold:
        return _tell(engine, case)
    step = engine.procedure.step(case.step)
    role = engine.dictionary.roles[step.actor]
    waits_for = _BY_KIND[role.kind]
    if case.waiting_for is not None:
        waits_for = "procedure"
    elif case.awaiting_since is not None:
        waits_for = "customer"
    dues = [due for due in (case.next_due_at, case.awaiting_due) if due is not None]
    return NextAction(
        step=step.id,
        label=step.label,
        actor=step.actor,
        actor_label=role.label,
        waits_for=waits_for,
        procedure=case.waiting_for,
        due_at=min(dues, default=None),
    )


TELL_CUSTOMER = "tell_customer"
_TELL_LABEL = Label(
    zh="通知未送达，请以其他方式告知客户", en="A notice did not reach the customer: tell them another way"
)


def _tell(engine: Engine, case: Case) -> NextAction:
    role = "front_desk"
    return NextAction(
        step=TELL_CUSTOMER,
        label=_TELL_LABEL,
        actor=role,
        actor_label=engine.dictionary.roles[role].label,
        waits_for="agent",
        procedure=None,
        due_at=case.next_due_at,
    )
