"""Reads things that were fetched, and told in the words of the neutral webhook, as it is read."""

import hashlib
import json
from datetime import datetime
from typing import Any

from crm.events import BuyerChanged, OrderChanged, ReviewPosted
from crm.storefronts import Home
from crm.storefronts._neutral.envelope import Envelope
from crm.storefronts._neutral.orders import read_order
from crm.storefronts._neutral.reading import read_customer, read_review


def order_picture(told: dict[str, Any], home: Home, seen_at: datetime) -> OrderChanged:
    """Make the event of an order that was fetched. Raises Rejected with the wrong fields."""
    return read_order(_envelope("order.updated", told, seen_at), home)


def customer_picture(told: dict[str, Any], home: Home, seen_at: datetime) -> BuyerChanged:
    """Make the event of a customer that was fetched. Raises Rejected with the wrong fields."""
    return read_customer(_envelope("customer.updated", told, seen_at), home)


def review_picture(told: dict[str, Any], home: Home, seen_at: datetime) -> ReviewPosted:
    """Make the event of a review that was fetched. Raises Rejected with the wrong fields."""
    return read_review(_envelope("review.updated", told, seen_at), home)


def _envelope(kind: str, told: dict[str, Any], seen_at: datetime) -> Envelope:
    words = json.dumps(told, sort_keys=True, default=str)
    return Envelope(kind, seen_at, told, hashlib.sha256(words.encode()).hexdigest())
