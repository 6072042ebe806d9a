"""Orders and customers of a BigCommerce store, as its interface writes them."""

from datetime import datetime
from email.utils import format_datetime
from typing import Any


def mail_date(at: str) -> str:
    """Write a time as version 2 does: `Tue, 05 Mar 2019 21:40:11 +0000`."""
    return format_datetime(datetime.fromisoformat(at))


def an_order(number: int = 101, at: str = "2026-11-20T09:00:00+00:00", **changes: Any) -> Any:
    """Make an order that was paid."""
    order = {
        "id": number,
        "customer_id": 77,
        "date_created": mail_date("2026-11-20T08:00:00+00:00"),
        "date_modified": mail_date(at),
        "date_shipped": "",
        "status_id": 11,
        "status": "Awaiting Fulfillment",
        "custom_status": "Wird gepackt",
        "total_ex_tax": "50.3361",
        "total_inc_tax": "59.9000",
        "items_total": 2,
        "items_shipped": 0,
        "payment_method": "Credit Card",
        "payment_status": "captured",
        "refunded_amount": "0.0000",
        "order_is_digital": False,
        "currency_code": "EUR",
        "default_currency_code": "EUR",
        "discount_amount": "0.0000",
        "coupon_discount": "0.0000",
        "billing_address": {
            "first_name": "Ada",
            "last_name": "Brew",
            "company": "",
            "street_1": "Teeweg 1",
            "city": "Bremen",
            "state": "Bremen",
            "zip": "28195",
            "country": "Germany",
            "country_iso2": "DE",
            "phone": "+49 170 5550101",
            "email": "Ada@example.test",
            "form_fields": [],
        },
        "is_email_opt_in": False,
        "channel_id": 1,
        "is_deleted": False,
        "customer_locale": "de",
        "products": {"url": "https://x", "resource": f"/orders/{number}/products"},
    }
    return order | changes


def a_line(**changes: Any) -> Any:
    """Make a line of an order."""
    line = {
        "id": 65,
        "order_id": 101,
        "product_id": 12,
        "variant_id": 99,
        "name": "Sencha Morgentau",
        "sku": "SENCHA-1",
        "type": "physical",
        "price_inc_tax": "29.9500",
        "total_inc_tax": "59.9000",
        "quantity": 2,
        "applied_discounts": [],
    }
    return line | changes


def a_refund(number: int, order: int, amount: Any, **changes: Any) -> Any:
    """Make a refund of an order; its money is a number."""
    refund = {
        "id": number,
        "order_id": order,
        "created": "2026-11-21T10:00:00+00:00",
        "reason": "broken",
        "total_amount": amount,
        "total_tax": 0,
        "items": [],
        "payments": [{"id": 1, "provider_id": "custom", "amount": amount, "is_declined": False}],
    }
    return refund | changes


def a_customer(number: int = 77, at: str = "2026-11-20T09:00:00Z", **changes: Any) -> Any:
    """Make a customer."""
    customer = {
        "id": number,
        "email": "ada@example.test",
        "first_name": "Ada",
        "last_name": "Brew",
        "company": "",
        "phone": "+49 170 5550101",
        "notes": "",
        "date_created": "2026-01-02T03:04:05Z",
        "date_modified": at,
        "accepts_product_review_abandoned_cart_emails": True,
        "addresses": [
            {
                "id": 1,
                "address1": "Teeweg 1",
                "city": "Bremen",
                "state_or_province": "Bremen",
                "postal_code": "28195",
                "country_code": "DE",
                "phone": "",
            }
        ],
        "form_fields": [{"name": "Birthday", "value": "1990-02-28T00:00:00+00:00"}],
    }
    return customer | changes


def a_subscriber(number: int = 5, **changes: Any) -> Any:
    """Make somebody who takes the newsletter."""
    subscriber = {
        "id": number,
        "email": "ada@example.test",
        "first_name": "Ada",
        "last_name": "Brew",
        "source": "storefront",
        "order_id": None,
        "channel_id": 1,
        "consents": ["marketing_newsletter"],
        "date_created": "2026-11-01T08:00:00Z",
        "date_modified": "2026-11-02T08:00:00Z",
    }
    return subscriber | changes
