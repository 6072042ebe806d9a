"""The forms of the neutral webhook's bodies, as docs/webhooks.md describes them."""

from typing import Any

from marshmallow import ValidationError, fields

from crm.i18n import gettext as _
from crm.money import is_currency
from crm.storefronts._fields import (
    Amount,
    Count,
    Country,
    Day,
    ExternalId,
    Flag,
    Lax,
    Moment,
    Rows,
    Word,
)


class _Choice(fields.Field[str]):
    def __init__(self, *allowed: str, **options: Any) -> None:
        super().__init__(**options)
        self.allowed = allowed

    def _deserialize(self, value: Any, *_rest: Any, **_more: Any) -> str:
        if not isinstance(value, str) or value not in self.allowed:
            raise ValidationError(_("must be one of %(allowed)s", allowed=", ".join(self.allowed)))
        return value


class _Currency(fields.Field[str]):
    def _deserialize(self, value: Any, *_rest: Any, **_more: Any) -> str:
        code = value.strip().upper() if isinstance(value, str) else ""
        if not is_currency(code):
            raise ValidationError(_("must be a currency code such as EUR"))
        return code


class CustomerForm(Lax):
    """A buyer as the storefront knows her."""

    id = ExternalId(load_default=None)
    email = Word(254)
    phone = Word(40)
    first_name = Word(100)
    last_name = Word(100)
    locale = Word(35)
    birthday = Day(load_default=None)
    accepts_marketing = Flag()
    created_at = Moment(load_default=None)
    updated_at = Moment(load_default=None)


class AddressForm(Lax):
    """The part of an address that says where somebody lives, not at which door."""

    city = Word(120)
    region = Word(120)
    postcode = Word(20)
    country = Country()


class WholeCustomerForm(CustomerForm):
    """A customer's own webhook, where her address may stand beside her name."""

    shipping_address = fields.Nested(AddressForm, load_default=None)
    address = fields.Nested(AddressForm, load_default=None)


class _ItemForm(Lax):
    product_id = ExternalId(load_default=None)
    variant_id = ExternalId(load_default=None)
    sku = Word(100)
    title = Word()
    quantity = Count(0, 10**6, load_default=1)
    unit_price = Amount(signed=True, load_default=None)
    total = Amount(signed=True, load_default=None)


class _RefundForm(Lax):
    id = ExternalId(required=True)
    amount = Amount(required=True)
    refunded_at = Moment(load_default=None)
    reason = Word()


class _TrackingForm(Lax):
    carrier = Word(100)
    number = Word(100)
    url = Word(1000)


class OrderForm(Lax):
    """A whole order."""

    id = ExternalId(required=True)
    number = Word(100)
    status = _Choice("open", "cancelled", "closed", load_default="open")
    payment_status = _Choice("unpaid", "paid", "partially_refunded", "refunded", required=True)
    fulfillment_status = _Choice(
        "unfulfilled", "partial", "fulfilled", "delivered", load_default="unfulfilled"
    )
    placed_at = Moment(required=True)
    paid_at = Moment(load_default=None)
    fulfilled_at = Moment(load_default=None)
    delivered_at = Moment(load_default=None)
    cancelled_at = Moment(load_default=None)
    updated_at = Moment(load_default=None)
    currency = _Currency(load_default=None)
    total = Amount(required=True)
    discount_total = Amount(load_default=None)
    refunded_total = Amount(load_default=None)
    coupon_codes = Rows(Word(100), most=50)
    payment_method = Word(100)
    test = Flag()
    tracking = fields.Nested(_TrackingForm, load_default=None)
    customer = fields.Nested(CustomerForm, load_default=None)
    shipping_address = fields.Nested(AddressForm, load_default=None)
    items = Rows(fields.Nested(_ItemForm))
    refunds = Rows(fields.Nested(_RefundForm))


class ReviewForm(Lax):
    """A review as it reads now."""

    id = ExternalId(required=True)
    product_id = ExternalId(load_default=None)
    order_id = ExternalId(load_default=None)
    customer = fields.Nested(CustomerForm, load_default=None)
    rating = Count(1, 5, required=True)
    title = Word()
    body = Word(20_000)
    created_at = Moment(load_default=None)
    updated_at = Moment(load_default=None)
    verified = Flag()
    url = Word(1000)


class ConsentForm(Lax):
    """A buyer's decision about one channel."""

    customer = fields.Nested(CustomerForm, required=True)
    channel = _Choice("email", "sms", required=True)
    status = _Choice("granted", "withdrawn", required=True)
    at = Moment(load_default=None)
    proof = Word(2000)


class GoneForm(Lax):
    """What was deleted there."""

    id = ExternalId(load_default=None)
    email = Word(254)
    phone = Word(40)
