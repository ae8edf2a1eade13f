"""What use cases of orders decide with."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any

import yaml

from cases.actions.office import Office
from cases.domain.ordering.desk import OrderDesk
from cases.domain.ordering.goods import GoodsList
from cases.domain.ordering.goods_check import GoodsCheck
from cases.domain.ordering.retention import Retention
from cases.domain.ordering.tariff import Tariff, Tariffs
from cases.order_parameters import OrderParameters


@dataclass(frozen=True)
class Shop:
    """The office, with prices, goods list and pickup rules."""

    office: Office
    desk: OrderDesk
    parameters: OrderParameters

    @classmethod
    def load(cls, office: Office, parameters: OrderParameters | None = None) -> "Shop":
        """From the packaged data and the operator's parameters."""
        parameters = parameters or OrderParameters.load()
        desk = OrderDesk(
            tariffs=packaged_tariffs(),
            goods=packaged_goods(),
            pickup=parameters.pickup,
            retention=packaged_retention(),
            calendar=office.library.calendar,
        )
        return cls(office, desk, parameters)

    def tariff(self, now: datetime) -> Tariff:
        """Today's tariff."""
        return self.desk.tariff(now)


@cache
def packaged_tariffs() -> Tariffs:
    """All tariff files of the package."""
    folder = resources.files("cases.data")
    names = sorted(item.name for item in folder.iterdir() if item.name.startswith("tariff."))
    return Tariffs([Tariff.model_validate(_data(name)) for name in names])


@cache
def packaged_goods() -> GoodsCheck:
    """The goods list of the package."""
    return GoodsCheck(GoodsList.model_validate(_data("goods.CN.yaml")))


@cache
def packaged_retention() -> Retention:
    """The retention offers of the package."""
    return Retention.model_validate(_data("order_offers.yaml"))


def _data(name: str) -> Any:
    return yaml.safe_load((resources.files("cases.data") / name).read_text("utf-8"))
