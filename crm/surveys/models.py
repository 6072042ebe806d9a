"""Surveys: the questions, and one answer per invitation."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, Key, StoreKey, personal


class Survey(Base):
    """A questionnaire; every survey campaign has one."""

    __tablename__ = "surveys"
    __table_args__ = (UniqueConstraint("store_id", "campaign_id"),)

    store_id: Mapped[StoreKey]
    id: Mapped[Key]
    campaign_id: Mapped[int]
    name: Mapped[str]
    # Own wording of the questions by key (score, expectation, quality, service, best, improve).
    questions: Mapped[dict[str, Any]] = mapped_column(default=dict)
    low_score: Mapped[int] = mapped_column(SmallInteger, default=2)
    created_at: Mapped[datetime]


class Response(Base):
    """What one buyer answered; scores run from 1 (bad) to 5 (good)."""

    __tablename__ = "survey_responses"
    __table_args__ = (
        UniqueConstraint("store_id", "message_id"),
        ForeignKeyConstraint(["store_id", "survey_id"], ["surveys.store_id", "surveys.id"]),
        ForeignKeyConstraint(["store_id", "buyer_id"], ["buyers.store_id", "buyers.id"]),
        Index("ix_survey_responses_buyer", "store_id", "buyer_id", "answered_at"),
    )

    store_id: Mapped[StoreKey]
    id: Mapped[Key]
    survey_id: Mapped[int]
    message_id: Mapped[int]
    buyer_id: Mapped[int]
    order_id: Mapped[int | None]
    score: Mapped[int] = mapped_column(SmallInteger)
    expectation: Mapped[int | None] = mapped_column(SmallInteger)
    quality: Mapped[int | None] = mapped_column(SmallInteger)
    service: Mapped[int | None] = mapped_column(SmallInteger)
    best: Mapped[str | None] = personal("history")
    improve: Mapped[str | None] = personal("history")
    answered_at: Mapped[datetime]
