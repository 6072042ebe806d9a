"""The forms of BigCommerce's webhooks, orders, refunds, shipments, customers and subscribers."""

from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

from marshmallow import ValidationError, fields

from crm.i18n import gettext as _
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


class Known(ExternalId):
    """An id; 0, empty and null are none: a guest, or a product that is not in the catalogue."""

    def __init__(self) -> None:
        super().__init__(load_default=None, allow_none=True)

    def deserialize(self, value: Any, *rest: Any, **more: Any) -> Any:
        """Read an id, taking 0 for none."""
        return super().deserialize(None if value in (0, "0", "") else value, *rest, **more)


class MailDate(Moment):
    """A time as in an e-mail (RFC 2822), or as version 3 writes it; empty is none."""

    def __init__(self) -> None:
        super().__init__(naive_is_utc=True, load_default=None, allow_none=True)

    def _deserialize(self, value: Any, *rest: Any, **more: Any) -> Any:
        moment = _mail_date(value) if isinstance(value, str) else None
        return moment or super()._deserialize(value, *rest, **more)


class Number(Count):
    """A whole number, also as text; parts of a piece count up."""

    def __init__(self, high: int = 10**6, **options: Any) -> None:
        super().__init__(0, high, **options)

    def _deserialize(self, value: Any, *rest: Any, **more: Any) -> int:
        said: Any = value
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
            said = int(value)
        if isinstance(value, Decimal) and 0 <= value < 10**6:
            said = -int(-value // 1)
        return super()._deserialize(said, *rest, **more)


class _UnixTime(fields.Field[datetime]):
    def _deserialize(self, value: Any, *_rest: Any, **_more: Any) -> datetime:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 32 * 10**9:
            raise ValidationError(_("must be a time in Unix seconds"))
        return datetime.fromtimestamp(value, UTC)


class _HookAddressForm(Lax):
    customer_id = Known()


class HookedForm(Lax):
    """What a webhook is about: ids only."""

    id = Known()
    orderId = Known()  # noqa: N815 - their spelling
    order_id = Known()
    address = fields.Nested(_HookAddressForm, load_default=None, allow_none=True)


class HookForm(Lax):
    """A webhook."""

    created_at = _UnixTime(load_default=None, allow_none=True)
    data = fields.Nested(HookedForm, required=True)


class AddressForm(Lax):
    """A billing or shipping address."""

    first_name = Word(100)
    last_name = Word(100)
    city = Word(120)
    state = Word(120)
    zip = Word(20)
    country_iso2 = Country()
    email = Word(254)
    phone = Word(40)


class OrderForm(Lax):
    """An order of version 2; e-mail and names stand in its billing address only."""

    id = ExternalId(required=True)
    customer_id = Known()
    status_id = Number(99, required=True)
    date_created = MailDate()
    date_modified = MailDate()
    date_shipped = MailDate()
    default_currency_code = Word(3)
    currency_code = Word(3)
    total_inc_tax = Amount(required=True)
    refunded_amount = Amount(load_default=None)
    discount_amount = Amount(load_default=None)
    coupon_discount = Amount(load_default=None)
    payment_method = Word(100)
    payment_status = Word(60)
    items_total = Number(load_default=0, allow_none=True)
    items_shipped = Number(load_default=0, allow_none=True)
    order_is_digital = Flag()
    is_deleted = Flag()
    is_email_opt_in = Flag()
    customer_locale = Word(35)
    billing_address = fields.Nested(AddressForm, load_default=None, allow_none=True)


class LineForm(Lax):
    """A product of an order."""

    product_id = Known()
    variant_id = Known()
    name = Word()
    sku = Word(100)
    quantity = Number(load_default=1)
    price_inc_tax = Amount(signed=True, load_default=None)
    total_inc_tax = Amount(signed=True, load_default=None)


class _PaymentForm(Lax):
    amount = Amount(signed=True, load_default=None)
    is_declined = Flag()


class RefundForm(Lax):
    """A refund of version 3."""

    id = ExternalId(required=True)
    order_id = ExternalId(required=True)
    created = MailDate()
    reason = Word()
    total_amount = Amount(required=True)
    payments = Rows(fields.Nested(_PaymentForm))


class ShipmentForm(Lax):
    """A parcel of an order."""

    date_created = MailDate()
    tracking_number = Word(100)
    shipping_provider_display_name = Word(100)
    tracking_carrier = Word(100)
    shipping_provider = Word(100)
    tracking_link = Word(1000)
    generated_tracking_link = Word(1000)


class CodeForm(Lax):
    """A coupon an order was made with."""

    code = Word(100)


class _CustomerAddressForm(Lax):
    city = Word(120)
    state_or_province = Word(120)
    postal_code = Word(20)
    country_code = Country()
    phone = Word(40)


class _FieldForm(Lax):
    name = Word(200)
    value = fields.Raw(load_default=None, allow_none=True)


class CustomerForm(Lax):
    """A customer of version 3."""

    id = ExternalId(required=True)
    email = Word(254)
    first_name = Word(100)
    last_name = Word(100)
    phone = Word(40)
    date_created = MailDate()
    date_modified = MailDate()
    addresses = Rows(fields.Nested(_CustomerAddressForm))
    form_fields = Rows(fields.Nested(_FieldForm))


class SubscriberForm(Lax):
    """A subscriber of the newsletter; `consents` lists what she has agreed to."""

    id = ExternalId(required=True)
    email = Word(254)
    first_name = Word(100)
    last_name = Word(100)
    source = Word(60)
    consents = fields.Raw(load_default=None, allow_none=True)
    date_created = MailDate()
    date_modified = MailDate()


def _mail_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text[:60])
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
    return moment if 1970 <= moment.year < 3000 else None
