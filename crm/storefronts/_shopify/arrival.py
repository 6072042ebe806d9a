"""One picture of a thing in Shopify, whichever way it came."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


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
