"""What each payload of each platform means, as JSON that a person has read."""

import json
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crm.errors import Rejected
from crm.events import Version
from crm.storefronts import Hook, get_storefront
from tests.fakes.fronts import Front, home

GOLDEN = Path(__file__).parent


def golden_path(platform: str, stem: str) -> Path:
    """Say where the meaning of a payload is written down."""
    return GOLDEN / platform / f"{stem}.json"


def meaning(front: Front, stem: str) -> Any:
    """Read a payload as the worker does and give what it means as JSON."""
    plugin = get_storefront(front.platform)
    hook = front.case(plugin.new_secret(), stem)
    return read(front.platform, hook)


def read(platform: str, hook: Hook) -> Any:
    """Give what a webhook means as JSON: its events, the refusal, or that it is a handshake."""
    plugin = get_storefront(platform)
    if plugin.handshake(hook):
        return {"handshake": True}
    try:
        return [told(event) for event in plugin.parse(hook, home(platform))]
    except Rejected as no:
        return {"refused": no.reason}


def told(value: Any) -> Any:
    """Write an event as JSON, without what it does not say and without digests."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, tuple):
        return [told(one) for one in value]
    if not is_dataclass(value):
        return value
    parts = {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Version):
        del parts["digest"]
    said = {name: told(part) for name, part in parts.items() if part not in (None, (), {})}
    return said if isinstance(value, Version) else {"is": type(value).__name__} | said


def written(meant: Any) -> str:
    """Write a meaning the way it is kept."""
    return json.dumps(meant, ensure_ascii=False, indent=1) + "\n"
