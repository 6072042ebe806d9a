"""What a buyer bought, and when she last did."""

from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import ValidationError, validates_schema
from sqlalchemy import ColumnElement, Select, not_, select

from crm.buyers.models import Buyer, Order, OrderItem
from crm.i18n import gettext as _
from crm.i18n import mark
from crm.segments import bounds, words
from crm.segments.fields import MOST_DAYS, Whole
from crm.segments.params import Words, within_days
from crm.segments.scope import Scope
from crm.segments.values import Value, newest

LABEL = mark("Bought a product")


class Params(Words):
    """Product ids of the storefront; bounds of the last order that held one of them."""

    within_days = within_days()
    days_ago_at_least = Whole(mark("days ago at least"), 0, MOST_DAYS)

    @validates_schema(skip_on_field_errors=True)
    def _check_bound(self, given: Mapping[str, Any], **_more: Any) -> None:
        if "none_of" in given and "days_ago_at_least" in given:
            fault = _("cannot go with %(name)s", name="none_of")
            raise ValidationError(fault, "days_ago_at_least")


def where(params: Mapping[str, Any], scope: Scope) -> ColumnElement[bool]:
    """Look for counted orders with one of the products; who bought nothing bought none of them."""
    orders = _orders(_products(params), scope)
    bought = bounds.happened(orders, Order.placed_at, params, scope)
    return not_(bought) if "none_of" in params else bought


def _products(params: Mapping[str, Any]) -> Sequence[str]:
    return params.get("any_of") or params.get("none_of") or (params["is"],)


def _orders(products: Sequence[str], scope: Scope) -> Select[Any]:
    return (
        select(Order.id)
        .join(OrderItem, (OrderItem.store_id == scope.store_id) & (OrderItem.order_id == Order.id))
        .where(Order.store_id == scope.store_id, Order.buyer_id == Buyer.id, Order.counted)
        .where(OrderItem.product_id.in_(products))
        .correlate(Buyer)
    )


def value(params: Mapping[str, Any], scope: Scope) -> Value:
    """Tell what it looks at."""
    return newest(_orders(_products(params), scope), Order.placed_at, scope)


def describe(params: Mapping[str, Any], _currency: str) -> str:
    """Say the products, and when."""
    products, wanted = words.wanted(params)
    when = words.when(params)
    if wanted and when:
        return _("who last bought %(products)s %(when)s", products=products, when=when)
    if wanted:
        return _("who have bought %(products)s", products=products)
    if when:
        return _("who did not buy %(products)s %(when)s", products=products, when=when)
    return _("who have never bought %(products)s", products=products)
