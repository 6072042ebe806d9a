"""The time zone a store keeps its days in."""

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from crm.stores.models import Store


def zone(store: Store) -> ZoneInfo:
    """Give a store's zone; it was checked when the store was connected."""
    return ZoneInfo(store.timezone)


@cache
def zone_names() -> frozenset[str]:
    """List the zones of the IANA database, but none that a machine calls its own."""
    return frozenset(name for name in available_timezones() if name not in ("localtime", "Factory"))
