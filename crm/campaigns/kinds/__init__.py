"""What can be said to whom when: one file per kind; a kind is a SELECT plus words."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from marshmallow import Schema
from sqlalchemy import ColumnElement, Select

PACKAGE = "crm.campaigns.kinds"


@dataclass(frozen=True, slots=True)
class Plan:
    """A campaign as its kind sees it."""

    store_id: int
    campaign_id: int
    zone: ZoneInfo
    schedule: dict[str, Any]
    started_at: datetime
    expires_after: timedelta
    occurrence_done: str | None


@dataclass(frozen=True, slots=True)
class Due:
    """Everybody whose turn it is: a SELECT over Buyer of (buyer_id, occurrence, order_id, due_at,
    expires_at), the expression that names the occurrence, and the occurrence it closes, if the
    audience of this kind is closed at all.
    """

    rows: Select[*tuple[Any, ...]]
    occurrence: ColumnElement[str]
    closes: str | None = None


class Kind(Protocol):
    """What a kind's file defines; its file name is its key."""

    LABEL: str
    TRANSACTIONAL: bool
    TOPIC: str
    Schedule: type[Schema]

    def due(self, plan: Plan, now: datetime) -> Due | None:
        """Give everybody whose turn has come; None while it is nobody's."""

    def is_over(self, plan: Plan, now: datetime) -> bool:
        """Tell whether no further occurrence will ever come."""

    def describe(self, schedule: dict[str, Any]) -> str:
        """Say the schedule in the reader's language."""
