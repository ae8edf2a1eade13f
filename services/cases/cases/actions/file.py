"""A case in somebody's hands: locked for the length of a transaction, with everything that changing it entails."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from cases.actions import notifying
from cases.actions.office import Office
from cases.domain.dictionary import Label
from cases.domain.engine import Engine
from cases.domain.model import Case, Entry, EntryKind, NewEntry
from cases.domain.run import (
    SYSTEM,
    DeadlineApproaching,
    DeadlineDropped,
    DeadlineMissed,
    DeadlineSet,
    Deviated,
    Effect,
    Escalated,
    Flagged,
    NoticeOwed,
    Progress,
    Run,
    StepDone,
)
from cases.store import cases as case_store
from cases.store import search, timeline
from cases.views import entry_view, summary
from chassis.db import Tx
from contracts.cases import (
    CaseDeadlineApproaching,
    CaseDeadlineMissed,
    CaseDeviationRecorded,
    CaseEscalated,
    CaseStepCompleted,
    CaseWaybillNamed,
)
from contracts.values import Language

DEADLINE_TIMER = "case.deadline"


def agent_channel(agent_id: str) -> str:
    """The live stream of an agent."""
    return f"agent:{agent_id}"


def timer_key(case: Case, key: str) -> str:
    """The durable timer of one of a case's deadlines."""
    return f"{case.id}/{key}"


class CaseFile:
    """A locked case. Entries are gathered and written in one statement by `write`."""

    def __init__(self, tx: Tx, office: Office, case: Case, run: Run | None = None) -> None:
        """`run` saves reading it, when it was read together with others."""
        self.tx = tx
        self.office = office
        self._case = case
        self._counted: tuple[int, int] | None = None
        self._entries: list[NewEntry] = []
        self._run = run
        self._changed = False

    @property
    def case(self) -> Case:
        """The case as it stands in this transaction. Its counters are brought up when somebody looks: after most
        messages nobody does."""
        if self._counted is not None:
            self._case, self._counted = _with_counters(self._case, *self._counted), None
        return self._case

    @case.setter
    def case(self, case: Case) -> None:
        self._case, self._counted = case, None

    @property
    def engine(self) -> Engine:
        """The engine of the version that the case runs on."""
        return self.office.engine(self.case)

    async def run(self) -> Run:
        """Where the case stands in its procedure."""
        if self._run is None:
            self._run = await case_store.run_of(self.tx, self.case.id)
        return self._run

    def add(self, entry: NewEntry) -> None:
        """Put an entry on the timeline, with the next `write`."""
        self._entries.append(entry)

    def note(
        self, kind: EntryKind, code: str, *, actor: str = SYSTEM, at: datetime | None = None, **details: Any
    ) -> None:
        """Put an entry on the timeline whose words come from the catalogue; `details` fill the words and are kept."""
        data = {"code": code, **details}
        self.office.words.text(Language.EN, code, details)  # an entry that nobody could word is an error here and now
        self.add(NewEntry(kind=kind, actor=actor, occurred_at=at or self.tx.now, data=data))

    async def write(self) -> list[Entry]:
        """Number and store the gathered entries and show them, and the changed case, to its owner."""
        written = self.number()
        if written:
            await timeline.insert(self.tx, written)
            await search.index(self.tx, written)
        self.wrote(written)
        return written

    def number(self) -> list[Entry]:
        """The gathered entries with their numbers, for a caller who stores those of several cases at once."""
        written = timeline.numbered(self.case.id, self.case.last_seq + 1, self._entries, self.tx)
        self._entries.clear()
        return written

    def take_over(self, later: "CaseFile") -> None:
        """Go on with what another file of the same case and transaction learned after this one."""
        self._entries += later._entries
        self._run = later._run or self._run
        self._changed = self._changed or later._changed
        self.case = later.case

    def wrote(self, written: list[Entry]) -> None:
        """Take over that these entries were stored, and tell the owner."""
        for entry in written if self._told() else ():
            self.stream("timeline.added", entry_view(entry, words=self.office.words).model_dump(mode="json"))
        if written:
            from_customer = [entry.seq for entry in written if entry.kind is EntryKind.MESSAGE_IN]
            self._counted = (written[-1].seq, max([self._case.last_customer_seq, *from_customer]))
        if self._changed:
            self._changed = False
            self.stream("case.changed", summary(self.case, self.office).model_dump(mode="json"))

    async def change(self, **changes: Any) -> None:
        """Change the case itself; its version counts up."""
        self.case = await case_store.change(self.tx, self.case, **changes)
        self._changed = True

    async def adopt(self, thread_key: str, waybill_no: str) -> None:
        """Give a general case the thread it turned out to be about."""
        self.case = await case_store.adopt_thread(self.tx, self.case, thread_key, waybill_no)
        self._changed = True
        self.tx.emit(
            CaseWaybillNamed(
                case_id=self.case.id,
                customer_id=self.case.customer_id,
                waybill_no=waybill_no,
                occurred_at=self.tx.now,
            )
        )

    def stream(self, type: str, data: Mapping[str, Any]) -> None:
        """Tell the owner, if there is one, and whoever watches the case."""
        for agent_id in self._told():
            self.tx.append_stream(agent_channel(agent_id), type, data)

    def _told(self) -> Iterable[str]:
        owner = (self.case.owner,) if self.case.owner is not None else ()
        return dict.fromkeys((*owner, *self.case.watchers))

    async def apply(self, progress: Progress, **changes: Any) -> None:
        """Store where the procedure went, and do what follows from it. `changes` go to the case with it."""
        self._run = progress.run
        for effect in progress.effects:
            await self._follow(effect)
        await case_store.save_run(self.tx, self.case.id, progress.run)
        due = min(progress.run.deadlines.values(), default=None)
        severity = progress.run.fields.get("severity")
        waiting_for = progress.run.waiting_for
        await self.change(
            step=progress.run.step, next_due_at=due, severity=severity, waiting_for=waiting_for, **changes
        )

    async def _follow(self, effect: Effect) -> None:
        match effect:
            case DeadlineSet(key, due_at):
                payload = {"case_id": str(self.case.id), "key": key}
                await self.tx.schedule(DEADLINE_TIMER, timer_key(self.case, key), due_at, payload)
            case DeadlineDropped(key):
                await self.tx.cancel_timer(DEADLINE_TIMER, timer_key(self.case, key))
            case StepDone():
                self._step_done(effect)
            case Deviated():
                self._deviated(effect)
            case DeadlineApproaching():
                self._deadline_approaching(effect)
            case DeadlineMissed():
                self._deadline_missed(effect)
            case Escalated(role, cause):
                await self.escalated(role, cause)
            case NoticeOwed(notice, step):
                await self._notice_owed(notice, step)
            case Flagged(flag, step):
                self.note(EntryKind.STEP, f"flag.{flag}", step=step, step_label=self._step(step))
            case _:
                """Ends and sub-procedures are the business of whoever completes the step."""

    async def _notice_owed(self, notice: str, step: str) -> None:
        """Customers are told; what supervisors and departments must know stands on the timeline."""
        spec = self.office.library.dictionary.notices[notice]
        if spec.audience == "customer":
            await notifying.owe(self, notice, step)
        else:
            self.note(EntryKind.STEP, "step.notice_owed", notice=notice, notice_label=_label(spec.label), step=step)

    def _step_done(self, effect: StepDone) -> None:
        code = "step.completed" if effect.on_behalf_of is None else "step.completed_for"
        self.note(
            EntryKind.STEP,
            code,
            actor=effect.actor,
            step=effect.step,
            step_label=self._step(effect.step),
            next_step=effect.next_step,
            next_label=self._step(effect.next_step),
            outcome=effect.outcome,
            role_label=self.role_label(effect.on_behalf_of) if effect.on_behalf_of else {},
        )
        self.tx.emit(
            CaseStepCompleted(
                case_id=self.case.id,
                step=effect.step,
                next_step=effect.next_step,
                actor=effect.actor,
                occurred_at=self.tx.now,
            )
        )

    def _deviated(self, effect: Deviated) -> None:
        self.note(
            EntryKind.STEP,
            f"deviation.{effect.kind}",
            actor=effect.actor,
            step=effect.step,
            step_label=self._step(effect.step),
            subject=effect.subject,
            subject_label=self._subject(effect.subject),
            reason=effect.reason,
        )
        self.tx.emit(
            CaseDeviationRecorded(
                case_id=self.case.id,
                step=effect.step,
                deviation=f"{effect.kind}:{effect.subject}",
                reason=effect.reason,
                actor=effect.actor,
                occurred_at=self.tx.now,
            )
        )

    def _deadline_approaching(self, effect: DeadlineApproaching) -> None:
        self.note(
            EntryKind.STEP,
            "step.deadline_approaching",
            step=effect.step,
            step_label=self._step(effect.step),
            limit=effect.limit,
            percent=effect.percent,
            due_at=effect.due_at.isoformat(),
        )
        self.tx.emit(
            CaseDeadlineApproaching(
                case_id=self.case.id,
                step=effect.step,
                limit=effect.limit,
                percent=effect.percent,
                due_at=effect.due_at,
                occurred_at=self.tx.now,
            )
        )

    async def escalated(self, role: str, cause: str, *, actor: str = SYSTEM, reason: str | None = None) -> None:
        """Somebody with `role` must look at the case, because a limit ran late or a person says so."""
        code = "step.escalated" if reason is None else "case.escalated"
        label = self.role_label(role)
        self.note(EntryKind.STEP, code, actor=actor, role=role, role_label=label, cause=cause, reason=reason)
        self.tx.emit(
            CaseEscalated(
                case_id=self.case.id,
                step=(await self.run()).step,
                role=role,
                cause=cause,
                actor=actor,
                reason=reason,
                occurred_at=self.tx.now,
            )
        )

    def _deadline_missed(self, effect: DeadlineMissed) -> None:
        self.note(
            EntryKind.STEP,
            "step.deadline_missed",
            step=effect.step,
            step_label=self._step(effect.step),
            limit=effect.limit,
            due_at=effect.due_at.isoformat(),
            legal=effect.legal,
        )
        self.tx.emit(
            CaseDeadlineMissed(
                case_id=self.case.id,
                step=effect.step,
                limit=f"{effect.limit}:legal" if effect.legal else effect.limit,
                due_at=effect.due_at,
                occurred_at=self.tx.now,
            )
        )

    def _step(self, step_id: str) -> dict[str, str]:
        return _label(self.engine.procedure.step(step_id).label)

    def role_label(self, role: str) -> dict[str, str]:
        """The name of a role in every language."""
        return _label(self.office.library.dictionary.roles[role].label)

    def _subject(self, subject: str) -> dict[str, str]:
        spec = self.office.library.dictionary.fields.get(subject)
        return _label(spec.label) if spec else {language.value: subject for language in Language}


async def write_all(tx: Tx, files: Iterable[CaseFile]) -> None:
    """Write what several files of one transaction gathered, in one statement."""
    gathered = [(file, file.number()) for file in files]
    entries = [entry for _, written in gathered for entry in written]
    if entries:
        await timeline.insert(tx, entries)
        await search.index(tx, entries)
    for file, written in gathered:
        file.wrote(written)


def _label(label: Label) -> dict[str, str]:
    return {Language.ZH_CN.value: label.zh, Language.EN.value: label.en}


def _with_counters(case: Case, last_seq: int, last_customer_seq: int) -> Case:
    return replace(case, last_seq=last_seq, last_customer_seq=max(case.last_customer_seq, last_customer_seq))
