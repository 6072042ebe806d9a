"""A Saleor that posts: signed with its own key, or with a secret as older webhooks were."""

import hashlib
import hmac
import json
from functools import cache
from typing import Any

from crm.storefronts import Secrets
from tests.fakes.saleor import Saleor
from tests.fakes.senders import Post

# Both names of each header are sent; the newer one is read.
SIGNATURE = "saleor-signature"

CASES = {
    "account-deleted": "account_deleted",
    "customer-created": "customer_created",
    "customer-deleted": "customer_deleted",
    "error-instead": "order_updated",
    "fulfillment-created": "fulfillment_created",
    "legacy-customer-updated": "customer_updated",
    "legacy-fulfillment-created": "fulfillment_created",
    "legacy-order-created": "order_created",
    "legacy-order-refunded": "order_refunded",
    "order-cancelled": "order_cancelled",
    "order-created-guest": "order_created",
    "order-fully-paid": "order_fully_paid",
    "order-fully-refunded": "order_fully_refunded",
    "order-id-only": "order_metadata_updated",
    "order-refunded-partly": "order_refunded",
    "order-unconfirmed": "order_created",
    "order-yen": "order_fulfilled",
    "product-updated": "product_updated",
}


@cache
def house() -> Saleor:
    """Run one shop for the whole test process."""
    return Saleor().__enter__()


def secrets(secret: str) -> Secrets:
    """Verify with the published keys, or with the secret where there is one."""
    return Secrets((secret,)) if secret else Secrets((), None, house().keys_url)


def post(secret: str, topic: str, body: bytes | Any, shop: Saleor | None = None) -> Post:
    """Sign a body; with a secret in the older way."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    seller = shop or house()
    signature = (
        hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
        if secret
        else seller.key.sign(content)
    )
    told = {
        "Event": topic,
        "Domain": "tea.example.test",
        "Api-Url": "https://tea.example.test/graphql/",
        "Signature": signature,
    }
    headers = {
        f"{prefix}{name}": text
        for name, text in told.items()
        for prefix in ("Saleor-", "X-Saleor-")
    }
    return {**headers, "Content-Type": "application/json"}, content
