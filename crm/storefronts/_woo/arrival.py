"""One WooCommerce webhook, opened."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Arrival:
    """The topic, the thing it is about, when it came and the digest of its body."""

    topic: str
    thing: Any
    received_at: datetime
    digest: str
