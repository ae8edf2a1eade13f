"""Alternatives for a customer who wants to cancel: the reason is heard, at most two are offered, none is pressed."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import Field

from cases.domain.dictionary import Data, Label, Name
from cases.domain.ordering.order import Content
from cases.domain.ordering.quote import Quote
from cases.domain.ordering.windows import Window

OfferKind = Literal["cheaper_product", "faster_product", "without_insurance", "later_window", "amend"]


class Reason(Data):
    """Why somebody cancels, and what may be offered for it, in order."""

    code: Name
    label: Label
    offers: tuple[OfferKind, ...]


class Retention(Data):
    """The offers of the company."""

    version: int
    most_offers: int = Field(ge=0, le=5)
    reasons: tuple[Reason, ...]
    offers: Mapping[OfferKind, Label]

    def reason(self, code: str) -> Reason | None:
        """A reason by its code."""
        return next((reason for reason in self.reasons if reason.code == code), None)


class Offer(Data):
    """An alternative: what would change, and the new total in minor units where it would."""

    kind: OfferKind
    label: Label
    changes: Mapping[str, Any]
    total: int | None = None


def next_offer(
    retention: Retention,
    reason: Reason,
    content: Content,
    *,
    made: Sequence[str],
    quotes: Sequence[Quote],
    windows: Sequence[Window],
) -> Offer | None:
    """The next alternative that makes sense and was not offered yet; None when the customer is to be let go."""
    if len(made) >= retention.most_offers:
        return None
    for kind in reason.offers:
        if kind not in made and (found := _offer(kind, content, quotes, windows)) is not None:
            changes, total = found
            return Offer(kind=kind, label=retention.offers[kind], changes=changes, total=total)
    return None


def _offer(
    kind: OfferKind, content: Content, quotes: Sequence[Quote], windows: Sequence[Window]
) -> tuple[dict[str, Any], int | None] | None:
    present = next((quote for quote in quotes if quote.product == content.product), None)
    match kind:
        case "cheaper_product":
            cheaper = [quote for quote in quotes if present and quote.total < present.total]
            best = min(cheaper, key=lambda quote: quote.total, default=None)
            return ({"product": best.product}, best.total) if best else None
        case "faster_product":
            faster = [quote for quote in quotes if present and _hours(quote) < _hours(present)]
            best = min(faster, key=lambda quote: (_hours(quote), quote.total), default=None)
            return ({"product": best.product}, best.total) if best else None
        case "without_insurance":
            fee = sum(line.amount for line in present.lines if line.code == "insured_value") if present else 0
            return ({"insured_option": "none"}, present.total - fee) if present and fee else None
        case "later_window":
            later = [window for window in windows if not content.pickup or window.start > content.pickup.start]
            if not later:
                return None
            window = {"start": later[0].start.isoformat(), "end": later[0].end.isoformat()}
            return {"pickup": window}, None
        case "amend":
            return {}, None


def _hours(quote: Quote) -> int:
    return quote.promise_hours or 24 * (quote.promise_working_days or 0)
