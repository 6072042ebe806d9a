"""One thing of WooCommerce, opened: from a webhook or from an answer of the interface."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

# Links, and what depends on who looks.
_PASSING = {"_links", "is_editable", "needs_payment", "needs_processing"}


@dataclass(frozen=True, slots=True)
class Arrival:
    """The topic, the thing it is about, when it came and the digest of what it says."""

    topic: str
    thing: Any
    received_at: datetime
    digest: str


def digest_of(thing: Any) -> str:
    """Hash what a thing says, the same by whichever way it came and however it was spelled."""
    if isinstance(thing, Mapping):
        thing = {name: value for name, value in thing.items() if name not in _PASSING}
    text = json.dumps(thing, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()
