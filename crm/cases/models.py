"""Cases: a complaint or return, followed until the buyer says how it ended."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, Key, StoreKey, personal

Type = Literal[
    "complaint",
    "return",
    "exchange",
    "refund",
    "lost_parcel",
    "late_parcel",
    "short_shipment",
    "bad_review",
    "question",
]
State = Literal["open", "waiting_buyer", "waiting_us", "resolved", "closed"]


class Case(Base):
    """One matter with one buyer; `source` makes automatic ones unique (review:12, survey:7)."""

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("store_id", "source"),
        ForeignKeyConstraint(["store_id", "buyer_id"], ["buyers.store_id", "buyers.id"]),
        Index("ix_cases_buyer", "store_id", "buyer_id"),
        Index("ix_cases_open", "store_id", "due_at", postgresql_where=text("state <> 'closed'")),
    )

    store_id: Mapped[StoreKey]
    id: Mapped[Key]
    buyer_id: Mapped[int]
    order_id: Mapped[int | None]
    source: Mapped[str | None]
    type: Mapped[str]
    title: Mapped[str] = personal("history")
    text: Mapped[str] = personal("history", default="")
    state: Mapped[str] = mapped_column(default="open")
    cause: Mapped[str | None]
    responsibility: Mapped[str | None]
    assignee: Mapped[str | None]
    cost_minor: Mapped[int] = mapped_column(default=0)
    currency: Mapped[str]
    verdict: Mapped[str | None]
    close_reason: Mapped[str | None]
    opened_by: Mapped[str]
    opened_at: Mapped[datetime]
    first_answer_at: Mapped[datetime | None]
    due_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]


class Step(Base):
    """One thing done or promised in a case."""

    __tablename__ = "case_steps"
    __table_args__ = (
        ForeignKeyConstraint(["store_id", "case_id"], ["cases.store_id", "cases.id"]),
        Index("ix_case_steps_case", "store_id", "case_id", "id"),
    )

    store_id: Mapped[StoreKey]
    id: Mapped[Key]
    case_id: Mapped[int]
    kind: Mapped[str]
    text: Mapped[str] = personal("history")
    channel: Mapped[str | None]
    due_at: Mapped[datetime | None]
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    actor: Mapped[str]
    created_at: Mapped[datetime]
