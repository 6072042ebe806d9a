"""A Shopify shop that posts; a delivery keeps its id and first time when it is sent again."""

import base64
import hashlib
import hmac
import json
import uuid
from typing import Any

from tests.fakes.senders import Post

CASES = {
    "app-uninstalled": "app/uninstalled",
    "cart": "carts/update",
    "checkout": "checkouts/create",
    "consent-email-given": "customers_email_marketing_consent/update",
    "consent-email-pending": "customers_email_marketing_consent/update",
    "consent-email-withdrawn": "customers_email_marketing_consent/update",
    "consent-email-without-time": "customers_email_marketing_consent/update",
    "consent-sms-given": "customers_marketing_consent/update",
    "customer-by-phone": "customers/create",
    "customer-created": "customers/create",
    "customer-deleted": "customers/delete",
    "customer-merge-failed": "customers/merge",
    "customer-merged": "customers/merge",
    "customer-of-2024": "customers/update",
    "draft-order": "draft_orders/create",
    "fulfillment-created": "fulfillments/create",
    "fulfillment-event-delivered": "fulfillment_events/create",
    "fulfillment-event-in-transit": "fulfillment_events/create",
    "fulfillment-updated": "fulfillments/update",
    "order-at-the-counter": "orders/create",
    "order-cancelled": "orders/cancelled",
    "order-deleted": "orders/delete",
    "order-delivered": "orders/updated",
    "order-edit": "orders/edited",
    "order-edited-smaller": "orders/updated",
    "order-fulfilled": "orders/fulfilled",
    "order-of-few-fields": "orders/updated",
    "order-paid": "orders/paid",
    "order-part-arrived": "orders/updated",
    "order-placed": "orders/create",
    "order-refunded-in-dollars": "orders/updated",
    "order-refunded-partly": "orders/updated",
    "order-test": "orders/create",
    "order-test-notification": "orders/create",
    "privacy-access": "customers/data_request",
    "privacy-erasure": "customers/redact",
    "privacy-erasure-of-a-guest": "customers/redact",
    "privacy-shop": "shop/redact",
    "refund-in-dollars": "refunds/create",
    "refund-of-lines": "refunds/create",
    "refund-of-shipping": "refunds/create",
    "refund-on-its-way": "refunds/create",
}
TRIGGERED = "2026-03-24T18:00:00.123456789Z"


def post(secret: str, topic: str, body: bytes | Any) -> Post:
    """Sign a body as Shopify does: only the body, with the app's client secret."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    mac = hmac.new(secret.encode(), content, hashlib.sha256).digest()
    name = uuid.uuid5(uuid.NAMESPACE_URL, topic + hashlib.sha256(content).hexdigest())
    headers = {
        "X-Shopify-Topic": topic,
        "X-Shopify-Hmac-Sha256": base64.b64encode(mac).decode(),
        "X-Shopify-Shop-Domain": "teehaus.myshopify.com",
        "X-Shopify-API-Version": "2026-10",
        "X-Shopify-Webhook-Id": str(name),
        # One act of the merchant: all of its deliveries share this.
        "X-Shopify-Event-Id": "98880550-7158-44d4-b7cd-2c97c8a091b5",
        "X-Shopify-Triggered-At": TRIGGERED,
        "Content-Type": "application/json",
    }
    return headers, content
