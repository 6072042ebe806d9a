"""What came from Shopify, in the shape of its webhooks, and the forms that it is read through."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marshmallow import fields

from crm.storefronts._fields import Amount, Count, Country, ExternalId, Lax, Moment, Rows, Word


@dataclass(frozen=True, slots=True)
class Arrival:
    """The topic, the thing as webhooks write it, when it was told, its digest and delivery id.

    `told_at` is when Shopify told it first: a delivery tried again hours later keeps that time.
    """

    topic: str
    thing: Any
    told_at: datetime
    digest: str
    delivery_id: str = ""


class _Sum(Amount):
    """Money as decimal text; refund lines have it as a number."""

    def __init__(self) -> None:
        super().__init__(signed=True, load_default=None)


class _When(Moment):
    """A time with the shop's offset; a test notification has null."""

    def __init__(self) -> None:
        super().__init__(load_default=None)


class _Id(ExternalId):
    """An id that may be missing: of a product that is gone, of a guest."""

    def __init__(self) -> None:
        super().__init__(load_default=None)


class _MoneyForm(Lax):
    amount = _Sum()
    currency_code = Word(3)


class _BothMoneysForm(Lax):
    """An amount in the shop's currency and in the one the buyer saw."""

    shop_money = fields.Nested(_MoneyForm, load_default=None)
    presentment_money = fields.Nested(_MoneyForm, load_default=None)


class _AddressForm(Lax):
    first_name = Word(100)
    last_name = Word(100)
    city = Word(120)
    province = Word(120)
    province_code = Word(120)
    zip = Word(20)
    country_code = Country()
    phone = Word(40)


class ConsentForm(Lax):
    """What is known of a decision about one channel."""

    state = Word(60)
    opt_in_level = Word(60)
    consent_updated_at = _When()
    consent_collected_from = Word(60)


class _MetafieldForm(Lax):
    namespace = fields.Raw(load_default=None)
    key = fields.Raw(load_default=None)
    value = fields.Raw(load_default=None, allow_none=True)


class _AttributeForm(Lax):
    name = fields.Raw(load_default=None)
    value = fields.Raw(load_default=None, allow_none=True)


class _BuyerForm(Lax):
    """A customer within an order."""

    id = _Id()
    email = Word(254)
    phone = Word(40)
    first_name = Word(100)
    last_name = Word(100)
    created_at = _When()


class CustomerForm(_BuyerForm):
    """A customer by herself; webhooks have her consents here only before 2025-01."""

    updated_at = _When()
    default_address = fields.Nested(_AddressForm, load_default=None)
    email_marketing_consent = fields.Nested(ConsentForm, load_default=None)
    sms_marketing_consent = fields.Nested(ConsentForm, load_default=None)
    metafields = Rows(fields.Nested(_MetafieldForm))


class _AllocationForm(Lax):
    amount = _Sum()


class _LineForm(Lax):
    product_id = _Id()
    variant_id = _Id()
    title = Word()
    name = Word()
    sku = Word(100)
    quantity = Count(0, 10**6, load_default=1)
    price = _Sum()
    discount_allocations = Rows(fields.Nested(_AllocationForm))


class _FulfillmentForm(Lax):
    id = _Id()
    status = Word(60)
    shipment_status = Word(60)
    created_at = _When()
    updated_at = _When()
    tracking_company = Word(200)
    tracking_number = Word(200)
    tracking_url = Word(1000)


class _TransactionForm(Lax):
    kind = Word(60)
    status = Word(60)
    amount = _Sum()
    currency = Word(3)


class RefundForm(Lax):
    """A refund, by itself or within an order; only its transactions say what money moved."""

    id = ExternalId(required=True)
    order_id = _Id()
    note = Word()
    created_at = _When()
    processed_at = _When()
    transactions = Rows(fields.Nested(_TransactionForm))


class _CodeForm(Lax):
    code = Word(100)


class OrderForm(Lax):
    """An order as every topic of orders sends it, except deletions and edits."""

    id = ExternalId(required=True)
    name = Word(100)
    email = Word(254)
    contact_email = Word(254)
    phone = Word(40)
    customer_locale = Word(35)
    currency = Word(3)
    total_price = Amount(required=True)
    current_total_price = _Sum()
    total_price_set = fields.Nested(_BothMoneysForm, load_default=None)
    total_discounts = _Sum()
    financial_status = Word(60)
    fulfillment_status = Word(60)
    created_at = _When()
    updated_at = _When()
    processed_at = _When()
    cancelled_at = _When()
    closed_at = _When()
    test = fields.Raw(load_default=None, allow_none=True)
    payment_gateway_names = Rows(Word(100))
    discount_codes = Rows(fields.Nested(_CodeForm))
    note_attributes = Rows(fields.Nested(_AttributeForm))
    customer = fields.Nested(_BuyerForm, load_default=None)
    billing_address = fields.Nested(_AddressForm, load_default=None)
    shipping_address = fields.Nested(_AddressForm, load_default=None)
    line_items = Rows(fields.Nested(_LineForm))
    fulfillments = Rows(fields.Nested(_FulfillmentForm))
    refunds = Rows(fields.Nested(RefundForm))


class EmailConsentForm(Lax):
    """The body of `customers_email_marketing_consent/update`."""

    customer_id = _Id()
    email_address = Word(254)
    email_marketing_consent = fields.Nested(ConsentForm, load_default=None)


class SmsConsentForm(Lax):
    """The body of `customers_marketing_consent/update`, which means text messages."""

    id = _Id()
    phone = Word(40)
    sms_marketing_consent = fields.Nested(ConsentForm, load_default=None)


class GoneForm(Lax):
    """What is left of a deleted thing."""

    id = ExternalId(required=True)


class _SubjectForm(Lax):
    id = _Id()
    email = Word(254)
    phone = Word(40)


class _RequestForm(Lax):
    id = _Id()


class PrivacyForm(Lax):
    """The body of the privacy topics; which parts it has depends on the topic."""

    customer = fields.Nested(_SubjectForm, load_default=None)
    orders_requested = Rows(ExternalId(), most=100_000)
    orders_to_redact = Rows(ExternalId(), most=100_000)
    data_request = fields.Nested(_RequestForm, load_default=None)
