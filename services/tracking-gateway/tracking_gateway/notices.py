"""Telling customers before they ask: notices are planned with the change that calls for them and requested when due.

The gateway knows the facts, the rules and the pace; who the customer is, whether they want to hear from us, and by
which channel, is the business of cases, which sends and answers with what became of it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from chassis.db import Database, DatabaseUnavailable, Tx
from chassis.i18n import Catalogue
from chassis.ids import derived_id
from contracts.cases import CaseNoticeSettled
from contracts.event import Event
from contracts.parcels import ParcelNoticeRequested, QuotePersonal
from contracts.values import Language
from tracking_gateway import metrics
from tracking_gateway.domain.model import ExceptionCode
from tracking_gateway.domain.notices import NoticeRule, NoticeRules
from tracking_gateway.store import followers, parcels
from tracking_gateway.store import notices as store
from tracking_gateway.store.followers import Follower
from tracking_gateway.store.notices import Notice
from tracking_gateway.store.parcels import Parcel
from tracking_gateway.transitions import Told

_BATCH = 50
_DAY = timedelta(days=1)


async def plan(tx: Tx, rules: NoticeRules, told: Sequence[Told]) -> None:
    """Plan what these changes call for, for everybody who follows their parcels. A notice is planned once."""
    wanted = [(item.parcel, rule, at) for item in told for rule, at in _called_for(rules, item, tx.now)]
    if not wanted:
        return
    following = await followers.of_numbers(tx, sorted({parcel.waybill_no for parcel, _, _ in wanted}))
    planned = [
        planned_notice(rules, rule, parcel, follower, at, due_at=rules.due_at(rule, tx.now))
        for parcel, rule, at in wanted
        for follower in following
        if follower.waybill_no == parcel.waybill_no
    ]
    if planned:
        await store.add(tx, planned)


def planned_notice(
    rules: NoticeRules, rule: NoticeRule, parcel: Parcel, follower: Follower, at: datetime, *, due_at: datetime
) -> Notice:
    """The notice of one news for one customer: the same news gives the same notice."""
    return Notice(
        id=derived_id("notice", rule.id, str(parcel.id), at.isoformat(), str(follower.customer_id)),
        rule=rule.id,
        rules_version=rules.version,
        parcel_id=parcel.id,
        waybill_no=parcel.waybill_no,
        case_id=follower.case_id,
        customer_id=follower.customer_id,
        exception=rule.exception.value if rule.exception else None,
        due_at=due_at,
    )


def _called_for(rules: NoticeRules, item: Told, now: datetime) -> list[tuple[NoticeRule, datetime]]:
    if not item.changes:
        return []
    state, before = item.parcel.state, item.before
    fresh = state.status is not before.status and _is_fresh(rules, state.status_since, now)
    opened = [
        code
        for code in state.open_exceptions()
        if code not in before.exceptions and _is_fresh(rules, state.exceptions[code].opened_at, now)
    ]
    found = rules.called_for(reached=state.status if fresh else None, opened=opened)
    return [(rule, _began(rule, item.parcel, now)) for rule in found]


def _began(rule: NoticeRule, parcel: Parcel, now: datetime) -> datetime:
    if rule.exception:
        return parcel.state.exceptions[rule.exception].opened_at
    return parcel.state.status_since or now


def _is_fresh(rules: NoticeRules, at: datetime | None, now: datetime) -> bool:
    return at is not None and now - at <= rules.fresh


class NoticeSender:
    """Requests notices that are due. Any number of processes may run it."""

    def __init__(self, db: Database, rules: NoticeRules, catalogue: Catalogue, *, pause: float) -> None:
        self._db = db
        self._rules = rules
        self._catalogue = catalogue
        self._pause = pause

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            try:
                while await self.send_due() == _BATCH:
                    continue
            except DatabaseUnavailable:
                pass
            await self._db.clock.sleep(self._pause)

    async def send_due(self) -> int:
        """Request one batch of what is due, one transaction. Returns how many were looked at."""
        async with self._db.transaction() as tx:
            due = await store.take_due(tx, _BATCH)
            known = {item.id: item for item in await parcels.parcels_by_id(tx, [notice.parcel_id for notice in due])}
            for notice in due:
                await self._send(tx, notice, known[notice.parcel_id])
        return len(due)

    async def _send(self, tx: Tx, notice: Notice, parcel: Parcel) -> None:
        rule = self._rules.rules.get(notice.rule)
        if rule is None or not rule.holds(parcel.state):
            await self._drop(tx, notice, "moot")
            return
        of_all, of_parcel = await store.sent_lately(tx, notice, _DAY)
        if of_all >= self._rules.most_per_customer or of_parcel >= self._rules.most_per_parcel:
            await self._drop(tx, notice, "capped")
            return
        await store.settle(tx, notice.id, "requested")
        metrics.NOTICES.labels("requested").inc()
        tx.emit(
            ParcelNoticeRequested(
                notice_id=notice.id,
                case_id=notice.case_id,
                customer_id=notice.customer_id,
                parcel_id=notice.parcel_id,
                waybill_no=notice.waybill_no,
                rule=notice.rule,
                rules_version=notice.rules_version,
                exception=notice.exception,
                channels=rule.channels,
                occurred_at=tx.now,
                personal=QuotePersonal(texts=self._texts(rule, parcel)),
            )
        )

    async def _drop(self, tx: Tx, notice: Notice, state: str) -> None:
        metrics.NOTICES.labels(state).inc()
        await store.settle(tx, notice.id, state)

    def _texts(self, rule: NoticeRule, parcel: Parcel) -> dict[str, str]:
        return {language.value: self._text(language, rule, parcel) for language in Language}

    def _text(self, language: Language, rule: NoticeRule, parcel: Parcel) -> str:
        name = f"carrier.{parcel.carrier}"
        known = name in self._catalogue.keys()  # noqa: SIM118 - a catalogue is not a mapping
        return self._catalogue.text(
            language,
            f"notice.{rule.text}",
            carrier=self._catalogue.text(language, name) if known else parcel.carrier.upper(),
            waybill_no=parcel.waybill_no,
            exception=self._catalogue.text(language, f"exception.{rule.exception.value}") if rule.exception else "",
        )


async def on_notice_settled(tx: Tx, event: Event[CaseNoticeSettled]) -> None:
    """Cases says what became of a notice."""
    data = event.data
    metrics.NOTICES.labels(data.outcome).inc()
    await store.settle(tx, data.notice_id, data.outcome, channel=data.channel, reason=data.reason)


async def note_contact(
    tx: Tx, rules: NoticeRules, *, customer_id: UUID, case_id: UUID, waybill_no: str, until: datetime
) -> None:
    """A customer asks about a parcel: measure how far ahead of the question our notices were, and remember problems
    that the customer had to ask about first."""
    for lead in await store.contacted(tx, customer_id, waybill_no):
        metrics.NOTICE_LEAD.observe(lead)
    asker = Follower(case_id, customer_id, waybill_no, open=True, until=until)
    first = [
        planned_notice(rules, rule, parcel, asker, episode.opened_at, due_at=tx.now)
        for parcel in await parcels.find_parcels(tx, waybill_no, None)
        for code in parcel.state.open_exceptions()
        if (episode := parcel.state.exceptions[ExceptionCode(code)])
        for rule in rules.called_for(reached=None, opened=[code])
    ]
    if first:
        await store.add(tx, first, state="asked_first", contact_at=tx.now)
