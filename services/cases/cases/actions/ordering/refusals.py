"""Why an order cannot be taken, changed or ended, as problem documents of their own types."""

from collections.abc import Sequence
from typing import ClassVar

from cases.domain.ordering.desk import Refused
from cases.domain.ordering.windows import Window
from chassis.http.problems import Conflict, FieldError

_SHOWN_WINDOWS = 10


class OrderIncomplete(Conflict):
    """Facts are missing without which nobody can be entrusted."""

    slug: ClassVar[str] = "order-incomplete"
    title: ClassVar[str] = "The order is not complete"

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__(
            f"Still needed: {', '.join(missing)}.",
            errors=[
                FieldError(pointer=f"#/content{pointer}", detail="needed to place the order") for pointer in missing
            ],
            extra={"missing": list(missing)},
        )


class OrderRefused(Conflict):
    """The goods, the route or the product do not allow it."""

    slug: ClassVar[str] = "order-refused"
    title: ClassVar[str] = "This cannot be sent"

    def __init__(self, why: Refused, products: Sequence[str]) -> None:
        others = [product for product in products if product != why.product]
        super().__init__(
            f"{why.detail}.",
            errors=[FieldError(pointer=f"#/content{why.pointer}", detail=why.detail)],
            extra={"reason": why.slug, "products": others if why.slug not in ("goods-forbidden", "not-served") else []},
        )


class ConditionsOpen(Conflict):
    """The goods are taken under conditions that the customer did not agree to."""

    slug: ClassVar[str] = "conditions-open"
    title: ClassVar[str] = "The goods are taken under conditions"

    def __init__(self, codes: Sequence[str], texts: str) -> None:
        super().__init__(
            f"The customer must agree first: {texts}.",
            errors=[FieldError(pointer="#/conditions", detail=f"lacks {', '.join(codes)}")],
            extra={"conditions": list(codes)},
        )


class PriceChanged(Conflict):
    """The price the customer agreed to is not the present one."""

    slug: ClassVar[str] = "price-changed"
    title: ClassVar[str] = "The price is another one"

    def __init__(self, agreed: int, present: int) -> None:
        super().__init__(
            f"The customer agreed to {agreed} minor units, the present price is {present}. Tell it and confirm again.",
            errors=[FieldError(pointer="#/total", detail=f"the present price is {present}")],
            extra={"total": present},
        )


class WindowTaken(Conflict):
    """The pickup window is full or no longer open."""

    slug: ClassVar[str] = "window-not-open"
    title: ClassVar[str] = "The pickup window is not open"

    def __init__(self, windows: Sequence[Window]) -> None:
        shown = [{"start": w.start.isoformat(), "end": w.end.isoformat()} for w in windows[:_SHOWN_WINDOWS]]
        super().__init__(
            "The window is full, past its cut-off, or none of ours. Choose one of `windows`.",
            errors=[FieldError(pointer="#/content/pickup", detail="not an open window")],
            extra={"windows": shown},
        )


class NotAmendable(Conflict):
    """The order has gone too far, or has ended."""

    slug: ClassVar[str] = "order-state"
    title: ClassVar[str] = "The order's state does not allow it"

    def __init__(self, state: str, hint: str = "") -> None:
        super().__init__(f"The order is {state}.{' ' + hint if hint else ''}", extra={"state": state})


class NoMoreOffers(Conflict):
    """There is nothing more to offer: the customer is let go."""

    slug: ClassVar[str] = "no-more-offers"
    title: ClassVar[str] = "There is no further alternative"

    def __init__(self) -> None:
        super().__init__("No alternative is left for this reason. Cancel the order.")


class OfferAnswered(Conflict):
    """The offer was answered, or was never made."""

    slug: ClassVar[str] = "offer-answered"
    title: ClassVar[str] = "The offer is not open"

    def __init__(self, number: int) -> None:
        super().__init__(f"Offer {number} was answered already, or never made.")
