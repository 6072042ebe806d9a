"""Where and when a rule is asked: one store, its currency and zone, one instant."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from crm.stores.models import Store


@dataclass(frozen=True, slots=True)
class Scope:
    """What a condition may know besides its own params."""

    store_id: int
    currency: str
    timezone: str
    now: datetime

    @property
    def today(self) -> date:
        """The store's local date."""
        return self.now.astimezone(ZoneInfo(self.timezone)).date()

    def ago(self, days: int) -> datetime:
        """Count back whole days of 24 hours."""
        return self.now - timedelta(days=days)


def scope_of(store: Store, now: datetime) -> Scope:
    """Give the scope of a store at an instant."""
    return Scope(store.id, store.currency, store.timezone, now)
