"""Before an order: products, prices, what may be sent, when it can be picked up. Nothing here changes anything."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query

from cases.actions.ordering import taking
from cases.actions.ordering.shop import Shop
from cases.api.order_access import FULFIL, PLACE, TAKE, TheShop, any_of
from cases.api.order_schemas import (
    EXAMPLE_CONTENT,
    CancellationReasonView,
    CheckGoods,
    QuoteView,
    WindowView,
    quote_view,
    windows_view,
)
from cases.domain.ordering.desk import BadPlace, Examination
from cases.domain.ordering.goods import GoodsList, Verdict
from cases.domain.ordering.order import Content, Party
from cases.domain.ordering.tariff import Tariff
from cases.views import LabelView
from chassis.auth.principal import Principal
from chassis.http.deps import DB
from chassis.http.problems import BadRequest, FieldError, problems

router = APIRouter(prefix="/v1/orders", tags=["Orders"])

Taker = Annotated[Principal, Depends(any_of(PLACE, TAKE))]
Reader = Annotated[Principal, Depends(any_of(PLACE, TAKE, FULFIL))]
PlaceName = Annotated[str, Query(min_length=1, max_length=60)]


@router.get("/tariff")
async def read_tariff(principal: Reader, db: DB, shop: TheShop) -> Tariff:
    """Today's tariff: places, zones, products with their volumetric divisor, surcharges, insured value."""
    return shop.tariff(db.clock.now())


@router.post("/quotes", responses=problems(400))
async def quote_order(
    body: Annotated[Content, Body(examples=[EXAMPLE_CONTENT])], principal: Taker, db: DB, shop: TheShop
) -> QuoteView:
    """What it would cost: every product that can carry it, and why others cannot. Needs both places and the weight;
    with goods it says whether they may be sent and rules out what goes by air, if they must not."""
    examined = examine(shop, body, db)
    return quote_view(examined)


@router.get("/goods")
async def read_goods_list(principal: Reader, shop: TheShop) -> GoodsList:
    """The list of prohibited and restricted goods, with its words, rules and sources."""
    return shop.desk.goods.goods


@router.post("/goods/checks", responses=problems(400))
async def check_goods(body: CheckGoods, principal: Taker, shop: TheShop) -> Verdict:
    """May it be sent? Allowed, restricted with conditions and questions, or forbidden, each with its reason and law."""
    return shop.desk.goods.check(body.description, body.measures)


@router.get("/pickup-windows", responses=problems(400))
async def list_windows(
    province: PlaceName,
    principal: Taker,
    db: DB,
    shop: TheShop,
    city: Annotated[str | None, Query(min_length=1, max_length=60)] = None,
) -> list[WindowView]:
    """Open pickup windows at a place, the earliest first; none where nothing is picked up."""
    examined = examine(shop, Content(sender=Party(province=province, city=city)), db, role="query")
    if examined.area is None:
        return []
    async with db.read() as tx:
        return windows_view(await taking.open_windows(tx, shop, examined.area))


@router.get("/cancellation-reasons")
async def list_reasons(principal: Taker, shop: TheShop) -> list[CancellationReasonView]:
    """The reasons a cancellation may name."""
    return [
        CancellationReasonView(code=reason.code, label=LabelView.of(reason.label))
        for reason in shop.desk.retention.reasons
    ]


def examine(shop: Shop, content: Content, db: DB, *, role: str = "#") -> Examination:
    """Check and price; a place that cannot be read is the caller's mistake."""
    try:
        return shop.desk.examine(content, db.clock.now())
    except BadPlace as error:
        raise bad_place(error, role) from error


def bad_place(error: BadPlace, role: str = "#/content") -> BadRequest:
    """The problem of a place that cannot be read."""
    pointer = f"query/{error.pointer.rpartition('/')[2]}" if role == "query" else f"{role}{error.pointer}"
    return BadRequest(f"{error}.", errors=[FieldError(pointer=pointer, detail=str(error))])
