"""The forms of WooCommerce's bodies; only `*_gmt` times are read, the others are site time."""

from decimal import Decimal
from typing import Any

from marshmallow import fields

from crm.storefronts._fields import (
    Amount,
    Count,
    Country,
    ExternalId,
    Flag,
    Lax,
    Moment,
    Rows,
    Word,
)


class _Gmt(Moment):
    """A GMT time without a mark; never, zero dates and empty text are None."""

    def __init__(self) -> None:
        super().__init__(naive_is_utc=True, load_default=None)

    def _deserialize(self, value: Any, *rest: Any, **more: Any) -> Any:
        never = str(value).startswith("0000-")
        return None if never else super()._deserialize(value, *rest, **more)


class _Sum(Amount):
    """Money as WooCommerce writes it: text, now and then a number, empty for nothing."""

    def __init__(self) -> None:
        super().__init__(signed=True, load_default=None)


class _Quantity(Count):
    """A number of pieces; shops that sell by weight send fractions, which count up."""

    def __init__(self) -> None:
        super().__init__(0, 10**6, load_default=1)

    def _deserialize(self, value: Any, *rest: Any, **more: Any) -> int:
        whole = -int(-value // 1) if isinstance(value, Decimal) and value < 10**6 else value
        return super()._deserialize(whole, *rest, **more)


class MetaForm(Lax):
    """One entry of meta_data; its value may be anything."""

    key = fields.Raw(load_default=None)
    value = fields.Raw(load_default=None, allow_none=True)


class BillingForm(Lax):
    """The billing address, the only place of a guest's e-mail."""

    first_name = Word(100)
    last_name = Word(100)
    city = Word(120)
    state = Word(120)
    postcode = Word(20)
    country = Country()
    email = Word(254)
    phone = Word(40)


class _LineForm(Lax):
    product_id = ExternalId(load_default=None)
    variation_id = ExternalId(load_default=None)
    name = Word()
    sku = Word(100)
    quantity = _Quantity()
    price = _Sum()
    total = _Sum()


class _RefundForm(Lax):
    id = ExternalId(required=True)
    reason = Word()
    total = _Sum()
    date_created_gmt = _Gmt()  # said by our plugin only


class _CouponLineForm(Lax):
    code = Word(100)


class OrderForm(Lax):
    """An order as `order.*` topics send it."""

    id = ExternalId(required=True)
    number = Word(100)
    status = Word(60, required=True)
    currency = Word(3)
    total = _Sum()
    discount_total = _Sum()
    customer_id = ExternalId(load_default=None)
    payment_method = Word(100)
    payment_method_title = Word(100)
    date_created_gmt = _Gmt()
    date_modified_gmt = _Gmt()
    date_paid_gmt = _Gmt()
    date_completed_gmt = _Gmt()
    billing = fields.Nested(BillingForm, load_default=None)
    shipping = fields.Nested(BillingForm, load_default=None)
    line_items = Rows(fields.Nested(_LineForm))
    coupon_lines = Rows(fields.Nested(_CouponLineForm))
    refunds = Rows(fields.Nested(_RefundForm))
    meta_data = Rows(fields.Nested(MetaForm))


class CustomerForm(Lax):
    """A customer as `customer.*` topics send it."""

    id = ExternalId(required=True)
    email = Word(254)
    first_name = Word(100)
    last_name = Word(100)
    role = Word(60)
    date_created_gmt = _Gmt()
    date_modified_gmt = _Gmt()
    billing = fields.Nested(BillingForm, load_default=None)
    shipping = fields.Nested(BillingForm, load_default=None)
    meta_data = Rows(fields.Nested(MetaForm))


class ReviewForm(Lax):
    """A product review as the REST interface writes it."""

    id = ExternalId(required=True)
    product_id = ExternalId(load_default=None)
    order_id = ExternalId(load_default=None)
    customer_id = ExternalId(load_default=None)
    status = Word(60)
    reviewer = Word(200)
    reviewer_email = Word(254)
    title = Word()
    review = Word(20_000)
    rating = Count(0, 5, load_default=0)
    verified = Flag()
    permalink = Word(1000)
    date_created_gmt = _Gmt()
    date_modified_gmt = _Gmt()


class GoneForm(Lax):
    """What is left of a thing in the trash."""

    id = ExternalId(required=True)
