"""Reads how far the reading of storefronts is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from crm.imports.models import FeedRun, HookCheck, Purpose


@dataclass(frozen=True, slots=True)
class FeedProgress:
    """How far the last run over a feed is; `total` None where the storefront does not say."""

    platform: str
    feed: str
    since: datetime | None
    seen: int
    total: int | None
    changed: int
    missed: int
    refused: int
    refusals: list[dict[str, str]]
    error: str | None
    started_at: datetime
    finished_at: datetime | None


def progress(session: Session, store_id: int, purpose: Purpose) -> list[FeedProgress]:
    """Tell how far the last run over each feed of a store is."""
    newest = (
        select(FeedRun)
        .where(FeedRun.store_id == store_id, FeedRun.purpose == purpose)
        .where(FeedRun.outcome.is_distinct_from("abandoned"))
        .ext(distinct_on(FeedRun.platform, FeedRun.feed))
        .order_by(FeedRun.platform, FeedRun.feed, FeedRun.id.desc())
        .execution_options(populate_existing=True)
    )
    fields = FeedProgress.__dataclass_fields__
    return [
        FeedProgress(**{name: getattr(run, name) for name in fields})
        for run in session.scalars(newest)
    ]


def hook_checks(session: Session, store_ids: Sequence[int] | None) -> Sequence[HookCheck]:
    """List how the webhooks of each storefront stood when we last looked."""
    wanted = select(HookCheck).order_by(HookCheck.store_id, HookCheck.platform)
    if store_ids is not None:
        wanted = wanted.where(HookCheck.store_id.in_(store_ids))
    return session.scalars(wanted).all()
