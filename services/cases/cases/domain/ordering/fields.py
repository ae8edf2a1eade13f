"""What an order says in the words of the procedures, so that nobody types it twice."""

from typing import Any

from cases.domain.ordering.order import Content, Order, Party
from cases.domain.ordering.tariff import PlaceUnknown, Tariff


def procedure_fields(order: Order, tariff: Tariff) -> dict[str, Any]:
    """The fields of `order_taking` that follow from the order."""
    content = order.read_content()
    found: dict[str, Any] = {
        "customer_name": content.sender.name,
        "customer_phone": content.sender.phone,
        **_party("sender", content.sender, tariff),
        **_party("recipient", content.recipient, tariff),
        "goods_name": content.goods.name,
        "goods_nature": content.goods.nature,
        "goods_quantity": content.goods.quantity,
        "weight_kg": content.parcel.weight_g / 1000 if content.parcel else None,
        "product_code": content.product,
        "insured_option": content.insured_option,
        "payment_method": content.payment_method,
        "pickup_window": content.pickup.end.isoformat() if content.pickup else None,
        "order_no": order.order_no,
        "waybill_no": order.waybill_no,
        **_money(content, order, tariff.currency),
    }
    if order.entrust is not None:
        found |= {
            "prohibited_notice_given": order.entrust["prohibited_notice"],
            "terms_notice_given": order.entrust["terms_notice"],
            "acceptance": "allowed",
            "entrust_confirmed": True,
            "need_confirmed": True,
            "stock_check": f"window {order.pickup_from:%Y-%m-%d %H:%MZ}, area {order.pickup_area}",
        }
    return {name: value for name, value in found.items() if value is not None}


def _money(content: Content, order: Order, currency: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if content.declared_value is not None:
        found["declared_value"] = {"minor": content.declared_value, "currency": currency}
    if order.quote is not None:
        found["freight_quote"] = {"minor": order.quote["total"], "currency": order.quote["currency"]}
    return found


def _party(role: str, party: Party, tariff: Tariff) -> dict[str, Any]:
    address = None
    if party.province and party.address:
        try:
            province = tariff.province(party.province).zh
        except PlaceUnknown:
            province = party.province
        address = " ".join(part for part in (province, party.city, party.address) if part)
    return {f"{role}_name": party.name, f"{role}_phone": party.phone, f"{role}_address": address}
