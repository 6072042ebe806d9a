"""A version's digest, and a version as text, which sorts as the version does."""

import hashlib
import json
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from crm.events import Event, Version


def digested(event: Event) -> Event:
    """Let an event's version carry the digest of what it says, whatever bytes or way brought it.

    So the picture of an order that came by webhook is known again when the storefront lists it.
    """
    version: Version | None = getattr(event, "version", None)
    if version is None:
        return event
    said = json.dumps([type(event).__name__, _said(event)], separators=(",", ":"))
    digest = hashlib.sha256(said.encode()).hexdigest()[:32]
    stamped: Any = replace(version, digest=digest)
    return replace(event, version=stamped)


def stamp(version: Version) -> str:
    """Write a version so that the newer one is the greater text."""
    return f"{instant(version.at)}/{version.rank:03d}/{version.digest}"


def instant(at: datetime) -> str:
    """Write an instant in UTC with a fixed number of digits, so that text order is time order."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


def read_instant(text: str) -> datetime:
    """Read what `instant` or `stamp` wrote."""
    return datetime.fromisoformat(text.partition("/")[0])


def _said(value: Any) -> Any:
    """Write what an event says as JSON can hold it; what is as usual goes unsaid.

    So a field that a later release adds changes no digest of those that do not use it.
    """
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, tuple):
        return [_said(one) for one in value]
    if not is_dataclass(value) or isinstance(value, type):
        return value
    return {
        name: _said(one)
        for name, usual in _fields(type(value))
        if (one := getattr(value, name)) != usual
    }


@cache
def _fields(kind: Any) -> tuple[tuple[str, Any], ...]:
    told = sorted(fields(kind), key=lambda one: one.name)
    return tuple((one.name, one.default) for one in told if one.name != "version")
