"""Being told instead of asking: integrators subscribe to a parcel and get signed webhooks."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from chassis.auth.principal import Principal
from chassis.db import Tx
from chassis.http.deps import DB, require
from chassis.http.idempotency import OnceOnly
from chassis.http.paging import Cursor, Limit, Page, decode_cursor, encode_cursor
from chassis.http.problems import BadRequest, FieldError, NotFound, Unprocessable, problems
from chassis.ids import uuid7
from chassis.webhooks import AddressRefused, check_address, new_secret
from tracking_gateway.domain.identity import NumberUnusable, canonical_number
from tracking_gateway.knowledge import Knowledge
from tracking_gateway.notifying import EVENT_NAMES
from tracking_gateway.parameters import TrackingParameters
from tracking_gateway.store import subscriptions as store
from tracking_gateway.store import watches
from tracking_gateway.store.subscriptions import Subscription
from tracking_gateway.store.watches import Watch

_EVENTS = sorted(EVENT_NAMES.values())

Subscriber = Annotated[Principal, Depends(require("tracking:read", "tracking:subscribe"))]


class NewSubscription(BaseModel):
    """What to be told, and where."""

    waybill_no: str = Field(min_length=1, max_length=80)
    carrier: str | None = Field(default=None, max_length=40, pattern="^[a-z0-9_]+$", description="any if left out")
    phone: str | None = Field(
        default=None,
        max_length=20,
        pattern=r"^\+?[0-9 -]{4,19}$",
        description="of sender or recipient, for carriers that ask for it; its last four digits are kept",
    )
    url: str = Field(min_length=1, max_length=2000, examples=["https://example.org/hooks/parcels"])
    events: list[str] = Field(default=_EVENTS, min_length=1, max_length=len(_EVENTS), examples=[_EVENTS])


class SubscriptionView(BaseModel):
    """A subscription. It ends when it expires, is deleted, or its address no longer takes messages."""

    id: UUID
    waybill_no: str
    carrier: str | None
    url: str
    events: list[str]
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    ended_because: str | None


class SubscriptionCreated(SubscriptionView):
    """The new subscription with its signing secret, which is shown this once."""

    secret: str = Field(description="verify webhooks with it, by the Standard Webhooks scheme")


class DeliveryView(BaseModel):
    """One message: its `webhook-id`, how often it was tried, and what the subscriber answered last."""

    webhook_id: str
    attempts: int
    next_at: datetime | None
    delivered_at: datetime | None
    last_result: str | None
    created_at: datetime


router = APIRouter(prefix="/v1/subscriptions", tags=["Subscriptions"])


@router.post("", status_code=201, response_model=SubscriptionCreated, responses=problems(400, 422))
async def subscribe(request: Request, subscriber: Subscriber, body: NewSubscription, once: OnceOnly) -> Response:
    """Be told of a parcel's changes. Messages are signed as Standard Webhooks and sent at least once.

    A parcel of another carrier is followed from now on: its carrier is asked by policy until the parcel's end.
    """
    parameters: TrackingParameters = request.app.state.parameters
    number = _checked(request, body)

    async def effect(tx: Tx) -> SubscriptionCreated:
        if await store.count_active(tx, subscriber.subject) >= parameters.subscriptions_per_owner:
            raise Unprocessable(f"At most {parameters.subscriptions_per_owner} subscriptions may run at a time.")
        subscription = Subscription(
            id=uuid7(),
            owner=subscriber.subject,
            waybill_no=number,
            carrier=body.carrier,
            url=body.url,
            events=sorted(set(body.events)),
            created_at=tx.now,
            expires_at=tx.now + timedelta(days=parameters.subscription_days),
            ended_at=None,
            ended_because=None,
        )
        secret = new_secret()
        await store.add(tx, subscription, secret)
        await _follow(tx, request, subscription, body.phone)
        tx.audit(subscriber.subject, "subscription.created", f"subscription/{subscription.id}")
        return SubscriptionCreated(**_view(subscription).model_dump(), secret=secret)

    return await once.run(effect, status=201)


@router.get("")
async def list_subscriptions(
    db: DB, subscriber: Subscriber, cursor: Cursor = None, limit: Limit = 50
) -> Page[SubscriptionView]:
    """Your subscriptions, the newest first."""
    before = _uuid(str(decode_cursor(cursor, 1)[0])) if cursor else None
    async with db.read() as tx:
        found = await store.page(tx, subscriber.subject, before, limit + 1)
    items = [_view(item) for item in found[:limit]]
    return Page(items=items, next=encode_cursor(str(items[-1].id)) if len(found) > limit else None)


@router.get("/{subscription_id}", responses=problems(404))
async def get_subscription(db: DB, subscriber: Subscriber, subscription_id: UUID) -> SubscriptionView:
    """One of your subscriptions."""
    async with db.read() as tx:
        return _view(await _mine(tx, subscriber, subscription_id))


@router.get("/{subscription_id}/deliveries", responses=problems(404))
async def list_deliveries(db: DB, subscriber: Subscriber, subscription_id: UUID) -> list[DeliveryView]:
    """What was sent for it lately, the newest first."""
    async with db.read() as tx:
        await _mine(tx, subscriber, subscription_id)
        rows = await store.deliveries(tx, subscription_id, 100)
    return [
        DeliveryView(
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
async def unsubscribe(db: DB, subscriber: Subscriber, subscription_id: UUID) -> Response:
    """End it. What was not delivered yet is dropped."""
    async with db.transaction() as tx:
        await _mine(tx, subscriber, subscription_id)
        await store.end(tx, [subscription_id], "deleted")
        tx.audit(subscriber.subject, "subscription.deleted", f"subscription/{subscription_id}")
    return Response(status_code=204)


def _checked(request: Request, body: NewSubscription) -> str:
    try:
        check_address(body.url, allow_private=request.app.state.webhooks_to_private_addresses)
    except AddressRefused as error:
        raise _bad("#/url", str(error)) from error
    if unknown := sorted(set(body.events) - set(_EVENTS)):
        raise _bad("#/events", f"unknown: {', '.join(unknown)[:200]}; there are {', '.join(_EVENTS)}")
    try:
        return canonical_number(body.waybill_no)
    except NumberUnusable as error:
        raise _bad("#/waybill_no", str(error)) from error


async def _follow(tx: Tx, request: Request, subscription: Subscription, phone: str | None) -> None:
    """Ask about a parcel that is not ours from now on. Without a carrier, its likeliest ones are asked about."""
    state = request.app.state
    knowledge: Knowledge = state.knowledge
    parameters: TrackingParameters = state.parameters
    carriers = [subscription.carrier] if subscription.carrier else []
    if not carriers:
        ranking = knowledge.ranker.rank(subscription.waybill_no)
        carriers = [item.carrier for item in ranking.candidates][: parameters.candidates_asked]
    digits = "".join(char for char in phone or "" if char.isdigit())
    for carrier in carriers:
        if carrier != state.own_carrier and (state.asker.source_for(carrier) or state.following.serves(carrier)):
            suffix = digits[-4:] or None
            await watches.add_watch(
                tx, Watch(subscription.waybill_no, carrier, suffix, subscription.expires_at), tx.now
            )


async def _mine(tx: Tx, subscriber: Principal, subscription_id: UUID) -> Subscription:
    found = await store.get(tx, subscriber.subject, subscription_id)
    if found is None:
        raise NotFound("subscription", subscription_id)
    return found


def _view(subscription: Subscription) -> SubscriptionView:
    return SubscriptionView(
        id=subscription.id,
        waybill_no=subscription.waybill_no,
        carrier=subscription.carrier,
        url=subscription.url,
        events=subscription.events,
        created_at=subscription.created_at,
        expires_at=subscription.expires_at,
        ended_at=subscription.ended_at,
        ended_because=subscription.ended_because,
    )


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise BadRequest("The cursor is not one that a page of this list returned.") from error


def _bad(pointer: str, detail: str) -> BadRequest:
    return BadRequest(detail, errors=[FieldError(pointer=pointer, detail=detail)])
