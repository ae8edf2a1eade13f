"""Being told of orders by signed webhook (Standard Webhooks): the courier's order system, and shops for their own."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from cases.actions.ordering.file import EVENT_NAMES
from cases.api.order_access import FULFIL, SUBSCRIBE, TheShop
from cases.api.schemas import Body
from cases.store import order_webhooks as store
from chassis.auth.principal import Principal
from chassis.db import Tx
from chassis.http.deps import DB, require
from chassis.http.idempotency import OnceOnly
from chassis.http.problems import BadRequest, FieldError, NotFound, Unprocessable, problems
from chassis.webhooks import AddressRefused, check_address, new_secret

router = APIRouter(prefix="/v1/order-subscriptions", tags=["Orders"])

Subscriber = Annotated[Principal, Depends(require(SUBSCRIBE))]
_EVENTS = sorted(EVENT_NAMES.values())


class NewOrderSubscription(Body):
    """What to be told, and where."""

    url: str = Field(min_length=1, max_length=2000, examples=["https://orders.example/hooks/posthouse"])
    events: list[str] = Field(default=_EVENTS, min_length=1, max_length=len(_EVENTS), examples=[_EVENTS])
    every_order: bool = Field(
        default=False, description=f"not only orders you made: for the courier's order system, needs {FULFIL}"
    )


class OrderSubscriptionView(BaseModel):
    """A subscription. It ends when it is deleted, or its address no longer takes messages."""

    id: UUID
    url: str
    events: list[str]
    every_order: bool
    created_at: datetime
    ended_at: datetime | None
    ended_because: str | None


class OrderSubscriptionCreated(OrderSubscriptionView):
    """The new subscription with its signing secret, which is shown this once."""

    secret: str = Field(description="verify webhooks with it, by the Standard Webhooks scheme")


class OrderDeliveryView(BaseModel):
    """One message: its `webhook-id`, how often it was tried, and what the subscriber answered last."""

    webhook_id: str
    attempts: int
    next_at: datetime | None
    delivered_at: datetime | None
    last_result: str | None
    created_at: datetime


@router.post("", status_code=201, response_model=OrderSubscriptionCreated, responses=problems(400, 403, 422))
async def subscribe_to_orders(
    request: Request, body: NewOrderSubscription, principal: Subscriber, shop: TheShop, once: OnceOnly
) -> Response:
    """Be told of orders. Messages carry the event's data, are signed, and are sent at least once."""
    if body.every_order and not principal.may(FULFIL):
        detail = f"needs the scope {FULFIL}"
        raise BadRequest(f"every_order {detail}.", errors=[FieldError(pointer="#/every_order", detail=detail)])
    try:
        check_address(body.url, allow_private=request.app.state.webhooks_to_private_addresses)
    except AddressRefused as error:
        raise BadRequest(f"{error}.", errors=[FieldError(pointer="#/url", detail=str(error))]) from error
    if unknown := sorted(set(body.events) - set(_EVENTS)):
        detail = f"unknown: {', '.join(unknown)[:200]}; there are {', '.join(_EVENTS)}"
        raise BadRequest(detail, errors=[FieldError(pointer="#/events", detail=detail)])

    async def effect(tx: Tx) -> OrderSubscriptionCreated:
        most = shop.parameters.subscriptions_per_owner
        if await store.count_active(tx, principal.subject) >= most:
            raise Unprocessable(f"At most {most} subscriptions may run at a time.")
        secret = new_secret()
        made = await store.add(
            tx,
            owner=principal.subject,
            url=body.url,
            secret=secret,
            events=sorted(set(body.events)),
            every_order=body.every_order,
        )
        tx.audit(principal.subject, "order_subscription.created", f"order_subscription/{made.id}")
        return OrderSubscriptionCreated(**_view(made).model_dump(), secret=secret)

    return await once.run(effect, status=201)


@router.get("")
async def list_order_subscriptions(principal: Subscriber, db: DB) -> list[OrderSubscriptionView]:
    """Your subscriptions, the newest first."""
    async with db.read() as tx:
        return [_view(item) for item in await store.of_owner(tx, principal.subject)]


@router.get("/{subscription_id}/deliveries", responses=problems(404))
async def list_order_deliveries(subscription_id: UUID, principal: Subscriber, db: DB) -> list[OrderDeliveryView]:
    """What was sent for it lately, the newest first."""
    async with db.read() as tx:
        await _mine(tx, principal, subscription_id)
        rows = await store.deliveries(tx, subscription_id, 100)
    return [
        OrderDeliveryView(
            webhook_id=f"msg_{row['id'].hex}",
            attempts=row["attempts"],
            next_at=row["next_at"],
            delivered_at=row["delivered_at"],
            last_result=row["last_result"],
            created_at=row["created_at"],
        )
        for row in rows
    ]


@router.delete("/{subscription_id}", status_code=204, responses=problems(404))
async def unsubscribe_from_orders(subscription_id: UUID, principal: Subscriber, db: DB) -> Response:
    """End it. What was not delivered yet is dropped."""
    async with db.transaction() as tx:
        await _mine(tx, principal, subscription_id)
        await store.OrderDeliveries().end(tx, [subscription_id], "deleted")
        tx.audit(principal.subject, "order_subscription.deleted", f"order_subscription/{subscription_id}")
    return Response(status_code=204)


async def _mine(tx: Tx, principal: Principal, subscription_id: UUID) -> store.Subscription:
    found = await store.get(tx, principal.subject, subscription_id)
    if found is None:
        raise NotFound("order subscription", subscription_id)
    return found


def _view(subscription: store.Subscription) -> OrderSubscriptionView:
    return OrderSubscriptionView.model_validate(subscription, from_attributes=True)
