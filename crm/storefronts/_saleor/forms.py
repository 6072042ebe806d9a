"""The forms of Saleor's things, with the names of fields in snake_case.

Subscription bodies and the interface write camelCase; older bodies are brought to the same shape.
"""

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


class _MoneyForm(Lax):
    amount = Amount(signed=True, load_default=None, allow_none=True)
    currency = Word(3)


class _TaxedForm(Lax):
    gross = fields.Nested(_MoneyForm, load_default=None, allow_none=True)


class _CountryForm(Lax):
    code = Country()


class AddressForm(Lax):
    """An address; a guest's phone is nowhere else."""

    first_name = Word(100)
    last_name = Word(100)
    city = Word(120)
    city_area = Word(120)
    postal_code = Word(20)
    country_area = Word(120)
    phone = Word(40)
    country = fields.Nested(_CountryForm, load_default=None, allow_none=True)


class MetaForm(Lax):
    """One entry of public metadata."""

    key = fields.Raw(load_default=None, allow_none=True)
    value = fields.Raw(load_default=None, allow_none=True)


class _EventForm(Lax):
    id = ExternalId(required=True)
    type = Word(60)
    created_at = Moment(load_default=None, allow_none=True)
    amount = fields.Nested(_MoneyForm, load_default=None, allow_none=True)


class _TransactionForm(Lax):
    name = Word(100)
    events = Rows(fields.Nested(_EventForm))


class _FulfillmentForm(Lax):
    status = Word(60)
    created = Moment(load_default=None, allow_none=True)
    tracking_number = Word(100)


class _ProductForm(Lax):
    id = ExternalId(load_default=None, allow_none=True)


class _VariantForm(Lax):
    id = ExternalId(load_default=None, allow_none=True)
    product = fields.Nested(_ProductForm, load_default=None, allow_none=True)


class _LineForm(Lax):
    product_name = Word()
    variant_name = Word()
    product_sku = Word(100)
    product_variant_id = ExternalId(load_default=None, allow_none=True)
    quantity = Count(0, 10**6, load_default=1)
    unit_price = fields.Nested(_TaxedForm, load_default=None, allow_none=True)
    total_price = fields.Nested(_TaxedForm, load_default=None, allow_none=True)
    variant = fields.Nested(_VariantForm, load_default=None, allow_none=True)


class UserForm(Lax):
    """Who placed an order with an account."""

    id = ExternalId(required=True)
    email = Word(254)
    first_name = Word(100)
    last_name = Word(100)
    metadata = Rows(fields.Nested(MetaForm))


class OrderForm(Lax):
    """An order as our webhook and our questions ask for it."""

    id = ExternalId(required=True)
    number = ExternalId(load_default=None, allow_none=True)
    status = Word(60, required=True)
    created = Moment(load_default=None, allow_none=True)
    updated_at = Moment(load_default=None, allow_none=True)
    is_paid = Flag()
    charge_status = Word(60)
    user_email = Word(254)
    language_code_enum = Word(35)
    voucher_code = Word(100)
    user = fields.Nested(UserForm, load_default=None, allow_none=True)
    billing_address = fields.Nested(AddressForm, load_default=None, allow_none=True)
    shipping_address = fields.Nested(AddressForm, load_default=None, allow_none=True)
    total = fields.Nested(_TaxedForm, required=True)
    undiscounted_total = fields.Nested(_TaxedForm, load_default=None, allow_none=True)
    total_charged = fields.Nested(_MoneyForm, load_default=None, allow_none=True)
    total_refunded = fields.Nested(_MoneyForm, load_default=None, allow_none=True)
    paid_at = Moment(load_default=None, allow_none=True)  # only older bodies are given one
    transactions = Rows(fields.Nested(_TransactionForm))
    fulfillments = Rows(fields.Nested(_FulfillmentForm))
    lines = Rows(fields.Nested(_LineForm))
    metadata = Rows(fields.Nested(MetaForm))


class CustomerForm(UserForm):
    """A customer's own record."""

    is_staff = Flag()
    language_code = Word(35)
    date_joined = Moment(load_default=None, allow_none=True)
    updated_at = Moment(load_default=None, allow_none=True)
    default_billing_address = fields.Nested(AddressForm, load_default=None, allow_none=True)
    default_shipping_address = fields.Nested(AddressForm, load_default=None, allow_none=True)


class GoneForm(Lax):
    """Who is named by a deletion."""

    id = ExternalId(required=True)
    email = Word(254)


class PaymentForm(Lax):
    """A payment in an older body; its captured amount falls with every refund."""

    charge_status = Word(60)
    total = Amount(load_default=None, allow_none=True)
    captured_amount = Amount(load_default=None, allow_none=True)
    created = Moment(load_default=None, allow_none=True)
    gateway = Word(100)


def amount_of(money: dict[str, Any] | None) -> Any:
    """Read the amount of a loaded sum; None where it was not told."""
    return money["amount"] if money else None
