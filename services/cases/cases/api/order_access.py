"""Who may do what with orders.

`orders:place` is for self-service (chat bot, voice menu, web form, an integrator's shop): it sees and changes the
orders it made itself. `orders:take` is for agents: all orders. `orders:fulfil` is for the courier's order system: all
placed orders in full, and their status.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request

from cases.actions.ordering.shop import Shop
from cases.domain.contact import masked, masked_name
from cases.domain.ordering.order import Order
from cases.domain.run import Actor
from chassis.auth.principal import Principal
from chassis.http.deps import require
from chassis.http.problems import Forbidden, NotFound

PLACE, TAKE, FULFIL, SUBSCRIBE = "orders:place", "orders:take", "orders:fulfil", "orders:subscribe"
_PERSONAL = "personal:read"


def any_of(*scopes: str) -> Callable[..., Awaitable[Principal]]:
    """A dependency: the caller, who must hold at least one of `scopes`."""

    async def authorised(principal: Annotated[Principal, Depends(require())]) -> Principal:
        if not any(principal.may(scope) for scope in scopes):
            raise Forbidden(
                f"This needs one of the scopes {', '.join(scopes)}.", extra={"missing_scopes": list(scopes)}
            )
        return principal

    return authorised


def shop_of(request: Request) -> Shop:
    """What orders are decided with."""
    shop: Shop = request.app.state.shop
    return shop


TheShop = Annotated[Shop, Depends(shop_of)]


def is_self_service(principal: Principal) -> bool:
    """Whether the caller sees only the orders it made."""
    return not principal.may(TAKE) and not principal.may(FULFIL)


def require_visible(order: Order, principal: Principal) -> None:
    """404 for an order the caller may not know of."""
    if principal.may(TAKE) or (principal.may(FULFIL) and order.order_no is not None):
        return
    if order.creator != principal.subject:
        raise NotFound("order", order.id)


def require_taking(order: Order, principal: Principal) -> None:
    """404 or 403 unless the caller may change the order for its customer."""
    require_visible(order, principal)
    if not principal.may(TAKE) and order.creator != principal.subject:
        raise Forbidden(f"Changing an order needs the scope {TAKE}.", extra={"missing_scopes": [TAKE]})


def sees_parties(order: Order, principal: Principal, owner: str | None) -> bool:
    """Whether phones and addresses are shown in full: to who made the order, who carries it out, the agent who has its
    case, and by right."""
    by_right = principal.may(_PERSONAL) or principal.may(FULFIL)
    return by_right or principal.subject in (order.creator, owner)


def actor(principal: Principal) -> Actor:
    """The caller as an actor of procedures."""
    role = "front_desk" if principal.may(TAKE) else "self_service"
    return Actor(principal.subject, frozenset({role, "front_desk"}))


def masked_party(party: dict[str, str]) -> dict[str, str]:
    """A party as readers see it who may not see addresses."""
    hidden = dict(party)
    if "phone" in hidden:
        hidden["phone"] = masked("phone", hidden["phone"])
    for name in ("name", "address"):
        if name in hidden:
            hidden[name] = masked_name(hidden[name])
    return hidden
