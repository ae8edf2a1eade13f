"""Shaping answers: the parcel as the API shows it, and the sentences that customers hear."""

from datetime import datetime, tzinfo

from chassis.i18n import Catalogue
from contracts.values import Language
from tracking_gateway.api.models import (
    EstimateView,
    EventExplained,
    EventView,
    ExceptionView,
    ExplainView,
    IncidentRef,
    LastEventView,
    MilestoneView,
    OtherParcel,
    ParcelSummary,
    ParcelView,
    PartyView,
    PromiseView,
)
from tracking_gateway.domain.estimate import Estimate, estimate
from tracking_gateway.domain.fold import Effect
from tracking_gateway.domain.incidents import Scope
from tracking_gateway.domain.masking import Audience, mask_address, mask_name, mask_phone, mask_text
from tracking_gateway.domain.model import TrackingEvent
from tracking_gateway.domain.promise import Basis, Promise
from tracking_gateway.domain.state import ParcelState
from tracking_gateway.domain.times import local_wall_clock
from tracking_gateway.knowledge import Knowledge
from tracking_gateway.lookup import Found, Unknown
from tracking_gateway.store.parcels import Parcel, StoredEvent
from tracking_gateway.store.records import QueryOutcome
from tracking_gateway.store.shipments import StoredParty

_MINUTE = "%Y-%m-%d %H:%M"
_NOT_REFRESHED = frozenset(QueryOutcome) - {QueryOutcome.ANSWERED, QueryOutcome.NOTHING_KNOWN}


class Views:
    """Builds views. `zone` is the zone of the sentences' clock times where an event brought none of its own;
    `least_samples` is how many parcels an estimate from history needs."""

    def __init__(self, knowledge: Knowledge, catalogue: Catalogue, zone: tzinfo, *, least_samples: int) -> None:
        self._knowledge = knowledge
        self._catalogue = catalogue
        self._zone = zone
        self._least_samples = least_samples

    def parcel(
        self, found: Found, now: datetime, audience: Audience = Audience.AGENT, *, personal: bool = False
    ) -> ParcelView:
        """The whole answer about a parcel, as far as it is for the eyes of its audience. `personal`: this agent may
        read personal data unmasked."""
        parcel, state = found.parcel, found.parcel.state
        last = state.last
        assert last is not None  # noqa: S101 - a parcel nobody said anything about is not found
        age = max((now - parcel.received_at).total_seconds(), 0.0)
        stale = found.asked in _NOT_REFRESHED
        promise = self._knowledge.promises.promise(parcel.shipment, state)
        expected = estimate(state, promise, found.lane, now=now, least_samples=self._least_samples)
        return ParcelView(
            parcel_id=parcel.id,
            waybill_no=parcel.waybill_no,
            carrier=parcel.carrier,
            carrier_name=self.carrier_name(parcel.carrier),
            status=state.status,
            status_since=state.status_since,
            status_text=self._texts(f"status.{state.status.value}"),
            direction=state.direction,
            milestones={
                name: MilestoneView(first=span.first, last=span.last, count=span.count)
                for name, span in state.milestones.items()
            },
            exceptions=self._exceptions(state, audience),
            tracking_state=parcel.tracking_state,
            last_event=LastEventView(
                at=last.at,
                text=_shown(last.text, audience),
                location=None if audience is Audience.PUBLIC else last.location,
                source=last.source,
            ),
            events=[_event(stored, audience) for stored in reversed(found.events) if audience is not Audience.PUBLIC],
            as_of=parcel.received_at,
            age_seconds=age,
            source=parcel.source,
            stale=stale,
            refresh=found.asked.value if found.asked else None,
            answer=self._answer(found, age if stale else None, audience, promise, expected),
            others=[
                OtherParcel(carrier=other.carrier, status=other.state.status, last_event_at=other.last_event_at)
                for other in found.others
            ],
            promise=promise_view(promise, state, now, product=parcel.shipment.product if parcel.shipment else None),
            estimate=_estimate_view(expected),
            parties={
                role: _party_view(party, full=personal and audience is Audience.AGENT)
                for role, party in found.parties.items()
                if audience is not Audience.PUBLIC
            },
            incidents=[
                IncidentRef(
                    id=item.id, scope=Scope(item.scope), place=item.place, node=item.node, opened_at=item.opened_at
                )
                for item in found.incidents
                if audience is Audience.AGENT
            ],
            corrected_carrier=found.corrected,
        )

    def unknown(self, waybill_no: str, unknown: Unknown) -> dict[str, str]:
        """What to say of a number that nothing is known of."""
        key = "answer.needs_phone" if unknown.needs_phone else "answer.unknown"
        return self._texts(key, waybill_no=waybill_no)

    def summary(self, parcel: Parcel, now: datetime) -> ParcelSummary:
        """The parcel in one line."""
        state = parcel.state
        assert state.last is not None  # noqa: S101 - see `parcel`
        return ParcelSummary(
            parcel_id=parcel.id,
            waybill_no=parcel.waybill_no,
            carrier=parcel.carrier,
            status=state.status,
            status_since=state.status_since,
            status_text=self._texts(f"status.{state.status.value}"),
            direction=state.direction,
            exceptions=list(state.open_exceptions()),
            tracking_state=parcel.tracking_state,
            last_event_at=state.last.at,
            as_of=parcel.received_at,
            age_seconds=max((now - parcel.received_at).total_seconds(), 0.0),
            source=parcel.source,
        )

    def explain(self, found: Found) -> ExplainView:
        """Which raw event gave the status, and what each of the others did."""
        parcel = found.parcel
        effects: dict[int, Effect] = {}
        state = self._knowledge.folder.fold(
            (stored.event for stored in found.events),
            trace=lambda event, effect: effects.__setitem__(event.key.int, effect),
        )
        events = [self._explained(stored, effects[stored.event.key.int]) for stored in found.events]
        given_by = next((item for item in events if item.key == state.status_event), None)
        return ExplainView(
            parcel_id=parcel.id,
            waybill_no=parcel.waybill_no,
            carrier=parcel.carrier,
            status=state.status,
            status_since=state.status_since,
            status_event=given_by,
            direction=state.direction,
            exceptions=self._exceptions(state),
            explanation=self._explanation(state, given_by),
            rules=self._knowledge.rules,
            events=events,
        )

    def carrier_name(self, carrier: str) -> dict[str, str]:
        """The carrier's name by language; its code where we have no name."""
        key = f"carrier.{carrier}"
        if key in self._catalogue.keys():  # noqa: SIM118 - a catalogue is not a mapping
            return self._texts(key)
        return {language.value: carrier.upper() for language in Language}

    def _texts(self, key: str, **values: object) -> dict[str, str]:
        return {language.value: self._catalogue.text(language, key, **values) for language in Language}

    def _exceptions(self, state: ParcelState, audience: Audience = Audience.AGENT) -> list[ExceptionView]:
        return [
            ExceptionView(
                code=code,
                open=episode.closed_at is None,
                severity=self._knowledge.exceptions.rules[code].severity,
                opened_at=episode.opened_at,
                closed_at=episode.closed_at,
                evidence=_shown(episode.evidence, audience),
                node=episode.node if audience is Audience.AGENT else None,
                text=self._texts(f"exception.{code.value}"),
            )
            for code, episode in sorted(state.exceptions.items(), key=lambda item: item[1].opened_at)
        ]

    def _answer(
        self,
        found: Found,
        stale_seconds: float | None,
        audience: Audience,
        promise: Promise,
        expected: Estimate,
    ) -> dict[str, str]:
        """A few sentences: where the parcel is, since when, what is wrong, when it is due, how old the answer is."""
        return {
            language.value: self._sentence(language, found, stale_seconds, audience, promise, expected)
            for language in Language
        }

    def _sentence(
        self,
        language: Language,
        found: Found,
        stale_seconds: float | None,
        audience: Audience,
        promise: Promise,
        expected: Estimate,
    ) -> str:
        def text(key: str, **values: object) -> str:
            return self._catalogue.text(language, key, **values)

        parcel, state, last = found.parcel, found.parcel.state, found.parcel.state.last
        assert last is not None  # noqa: S101 - see `parcel`
        newest = next((stored.event for stored in found.events if stored.event.key == last.key), None)
        spoken = [
            text(
                "answer.status",
                carrier=self.carrier_name(parcel.carrier)[language.value],
                waybill_no=parcel.waybill_no,
                status=text(f"status.{state.status.value}"),
            ),
        ]
        if audience is not Audience.PUBLIC:
            said, at = _shown(last.text or last.code, audience), self._clock_time(newest, last.at)
            if last.location:
                spoken.append(text("answer.last_event_at_place", at=at, place=last.location, event=said))
            else:
                spoken.append(text("answer.last_event", at=at, event=said))
        for code in state.open_exceptions():
            spoken.append(text("answer.exception", exception=text(f"exception.{code.value}")))
        if promise.promised_at and not state.final:
            spoken.append(text("answer.promised", at=self._local(promise.promised_at)))
        if expected.basis is Basis.HISTORY and expected.expected_at:
            spoken.append(text("answer.expected", at=self._local(expected.expected_at)))
        if stale_seconds is not None:
            spoken.append(text("answer.stale", minutes=max(round(stale_seconds / 60), 1)))
        return "".join(spoken) if language is Language.ZH_CN else " ".join(spoken)

    def _clock_time(self, event: TrackingEvent | None, at: datetime) -> str:
        local = local_wall_clock(event.time) if event else at.astimezone(self._zone)
        return local.strftime(_MINUTE)

    def _local(self, at: datetime) -> str:
        return at.astimezone(self._zone).strftime(_MINUTE)

    def _explanation(self, state: ParcelState, given_by: EventExplained | None) -> dict[str, str]:
        if given_by is None:
            return self._texts("explain.nothing")
        return {
            language.value: self._catalogue.text(
                language,
                "explain.status",
                status=self._catalogue.text(language, f"status.{state.status.value}"),
                at=given_by.at.isoformat(),
                source=given_by.source,
                text=given_by.text or given_by.code,
                basis=given_by.basis,
            )
            for language in Language
        }

    def _explained(self, stored: StoredEvent, effect: Effect) -> EventExplained:
        event = stored.event
        return EventExplained(
            key=event.key,
            at=event.time.instant,
            source=event.source,
            code=event.code,
            text=event.text,
            effect=effect.value,
            effect_text=self._texts(f"effect.{effect.value}"),
            basis=event.meaning.basis,
            says_status=event.meaning.status,
            says_exceptions=list(event.meaning.exceptions),
            raw=stored.raw,
            delivery_id=stored.delivery_id,
        )


def promise_view(promise: Promise, state: ParcelState, now: datetime, *, product: str | None = None) -> PromiseView:
    """What was promised, and how late it is: now, or when the journey ended."""
    end = state.status_since if state.final and state.status_since else now
    late = max((end - promise.promised_at).total_seconds(), 0.0) if promise.promised_at else 0.0
    lost_at = promise.complete_delay_at
    return PromiseView(
        basis=promise.basis,
        source=promise.source,
        product=product,
        route=promise.route,
        shipped_at=promise.shipped_at,
        promised_at=promise.promised_at,
        complete_delay_at=lost_at,
        delayed=late > 0,
        delay_seconds=late,
        complete_delay=lost_at is not None and end >= lost_at,
    )


def _estimate_view(expected: Estimate) -> EstimateView:
    return EstimateView(
        basis=expected.basis,
        expected_at=expected.expected_at,
        earliest=expected.earliest,
        latest=expected.latest,
        samples=expected.samples,
        reason=expected.reason,
    )


def _party_view(party: StoredParty, *, full: bool) -> PartyView:
    if full:
        return PartyView(name=party.name, phone=party.phone, address=party.address)
    return PartyView(
        name=mask_name(party.name) if party.name else None,
        phone=mask_phone(party.phone) if party.phone else None,
        address=mask_address(party.address) if party.address else None,
    )


def _shown(text: str, audience: Audience) -> str:
    """A carrier's text as far as it is for the audience."""
    match audience:
        case Audience.AGENT:
            return text
        case Audience.PARTY:
            return mask_text(text)
    return ""


def _event(stored: StoredEvent, audience: Audience) -> EventView:
    event = stored.event
    return EventView(
        key=event.key,
        at=event.time.instant,
        local_time=event.time.local,
        offset_minutes=event.time.offset_minutes,
        tz_source=event.time.tz_source,
        text=_shown(event.text, audience),
        code=event.code,
        location=event.location,
        node=event.node if audience is Audience.AGENT else None,
        status=event.meaning.status,
        source=event.source,
        received_at=stored.received_at,
    )
