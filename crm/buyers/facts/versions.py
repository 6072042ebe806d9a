"""A version as text: it sorts as the version does, and a column or a JSON value can hold it."""

from datetime import UTC, datetime

from crm.events import Version


def stamp(version: Version) -> str:
    """Write a version so that the newer one is the greater text."""
    return f"{instant(version.at)}/{version.rank:03d}/{version.digest}"


def instant(at: datetime) -> str:
    """Write an instant in UTC with a fixed number of digits, so that text order is time order."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


def read_instant(text: str) -> datetime:
    """Read what `instant` or `stamp` wrote."""
    return datetime.fromisoformat(text.partition("/")[0])
