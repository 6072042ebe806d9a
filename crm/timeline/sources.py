"""Where a timeline comes from: each table that remembers something about a buyer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import InstrumentedAttribute

from crm.buyers.models import (
    ConsentEvent,
    FlagChange,
    Note,
    Order,
    Refund,
    Review,
    TierChange,
)
from crm.cases.models import Case
from crm.messages.models import Click, Message
from crm.surveys.models import Response


@dataclass(frozen=True)
class Source:
    """A table, the column that says when, and what of a row is worth telling.

    `through` is the order a row hangs on where it does not name the buyer itself.
    """

    kind: str
    table: Any
    at: InstrumentedAttribute[Any]
    detail: Mapping[str, Any]
    through: bool = False
    only: ColumnElement[bool] | None = None

    def select(self, store_id: int, buyer_id: int) -> Select[datetime, str, int, dict[str, Any]]:
        """Select (at, kind, id, detail) of one buyer."""
        pairs = [part for name, value in self.detail.items() for part in (literal(name), value)]
        detail = func.jsonb_build_object(*pairs, type_=JSONB)
        query = select(
            self.at.label("at"), self.place.label("kind"), self.table.id, detail.label("detail")
        ).where(self.table.store_id == store_id, self.at.is_not(None))
        if self.through:
            query = query.join(
                Order, (Order.store_id == store_id) & (Order.id == self.table.order_id)
            )
        owner = Order if self.through else self.table
        query = query.where(owner.buyer_id == buyer_id)
        return query if self.only is None else query.where(self.only)

    @property
    def place(self) -> ColumnElement[str]:
        """The kind as SQL, for ordering entries of one instant."""
        return literal(self.kind, Text)


SOURCES = (
    Source(
        "order",
        Order,
        Order.placed_at,
        {
            "number": Order.number,
            "status": Order.status,
            "payment_status": Order.payment_status,
            "fulfillment_status": Order.fulfillment_status,
            "total_minor": Order.total_minor,
            "currency": Order.currency,
        },
        only=Order.deleted_at.is_(None),
    ),
    Source(
        "refund",
        Refund,
        Refund.refunded_at,
        {
            "order": Order.number,
            "amount_minor": Refund.amount_minor,
            "currency": Order.currency,
            "reason": Refund.reason,
        },
        through=True,
        only=Order.deleted_at.is_(None),
    ),
    Source(
        "review",
        Review,
        Review.posted_at,
        {"rating": Review.rating, "title": Review.title, "product_id": Review.product_id},
        only=Review.deleted_at.is_(None),
    ),
    Source(
        "message",
        Message,
        Message.created_at,
        {
            "campaign_id": Message.campaign_id,
            "kind": Message.kind,
            "channel": Message.channel,
            "state": Message.state,
            "subject": Message.subject,
        },
    ),
    Source("click", Click, Click.clicked_at, {"url": Click.url, "message_id": Click.message_id}),
    Source(
        "survey",
        Response,
        Response.answered_at,
        {"score": Response.score, "best": Response.best, "improve": Response.improve},
    ),
    Source(
        "case",
        Case,
        Case.opened_at,
        {"type": Case.type, "title": Case.title, "state": Case.state},
    ),
    Source(
        "case_closed",
        Case,
        Case.closed_at,
        {"title": Case.title, "verdict": Case.verdict, "reason": Case.close_reason},
    ),
    Source(
        "note",
        Note,
        Note.created_at,
        {"text": Note.text, "author": Note.author, "pinned": Note.pinned},
    ),
    Source(
        "tier",
        TierChange,
        TierChange.changed_at,
        {"before": TierChange.before, "after": TierChange.after, "reason": TierChange.reason},
    ),
    Source(
        "consent",
        ConsentEvent,
        ConsentEvent.decided_at,
        {
            "channel": ConsentEvent.channel,
            "status": ConsentEvent.status,
            "source": ConsentEvent.source,
            "actor": ConsentEvent.actor,
        },
    ),
    Source(
        "change",
        FlagChange,
        FlagChange.changed_at,
        {"what": FlagChange.kind, "detail": FlagChange.detail, "actor": FlagChange.actor},
    ),
)
