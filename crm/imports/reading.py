"""Reads open runs on: a page from the storefront, its things into the books, the next page.

The storefront is called outside any transaction; a crash between two pages reads one page twice,
and twice is once.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from time import monotonic

import structlog
from sqlalchemy.orm import Session

from crm import db, ingest
from crm.errors import Rejected
from crm.events import BuyerChanged, Event, OrderChanged, OrderDeleted, ReviewPosted
from crm.imports import runs
from crm.imports.faults import trouble_of
from crm.imports.runs import Claimed, Tally
from crm.imports.sources import Source, find_source
from crm.storefronts import Page, Picture
from crm.stores.queries import get_store_by_id

_MOST_PAGES, _MOST_SECONDS, _TOGETHER = 50, 20.0, 25
# A change older than this should have come by webhook before we found it by looking.
GRACE = timedelta(minutes=5)
# What a look finds of longer ago, say once access was given at last, is history.
NEWS = timedelta(days=30)
_log = structlog.get_logger(__name__)


def read_on(now: datetime, store_id: int | None = None, most_pages: int = _MOST_PAGES) -> int:
    """Read up to 50 pages or 20 seconds of what is open; gives how many pages were taken."""
    pages, deadline = 0, monotonic() + _MOST_SECONDS
    while pages < most_pages and monotonic() < deadline:
        with db.session() as session:
            claimed = runs.claim(session, store_id)
        if claimed is None:
            break
        pages += _read_one(claimed, now)
    return pages


def _read_one(claimed: Claimed, now: datetime) -> int:
    try:
        with db.session() as session:
            source = find_source(session, claimed.store_id, claimed.platform)
            if source is None:
                runs.give_up(session, claimed, now)
                return 0
        page = source.read_page(claimed.asked)
    except Exception as fault:  # noqa: BLE001 - one store's trouble must not stop the others
        trouble = trouble_of(fault)
        _log.warning("storefront could not be read", run=claimed.id, feed=claimed.asked.feed)
        with db.session() as session:
            runs.put_off(session, claimed, trouble)
        return 0
    tally = _take_all(source, claimed, page, now)
    with db.session() as session:
        return int(runs.turn_page(session, claimed, page, tally, now))


def _take_all(source: Source, claimed: Claimed, page: Page, now: datetime) -> Tally:
    tally = Tally(seen=len(page.pictures))
    for picture in page.pictures:
        if picture.fault is not None:
            tally.refuse(picture.external_id, picture.fault)
    sound = [picture for picture in page.pictures if picture.fault is None]
    for live in (False, True):
        alike = [one for one in sound if _is_news(one, claimed, now) is live]
        for first in range(0, len(alike), _TOGETHER):
            _take_some(source.store_id, claimed, alike[first : first + _TOGETHER], tally, now)
    return tally


def _is_news(picture: Picture, claimed: Claimed, now: datetime) -> bool:
    """Tell whether to react: to a review that was posted lately, not to one edited lately."""
    posted = (one.posted_at for one in picture.events if isinstance(one, ReviewPosted))
    return claimed.purpose == "reconcile" and min(posted, default=now) > now - NEWS


def _take_some(
    store_id: int, claimed: Claimed, pictures: Sequence[Picture], tally: Tally, now: datetime
) -> None:
    """Take things in together, which is quicker; if that fails, one by one."""
    live = _is_news(pictures[0], claimed, now)
    try:
        outcomes = take(store_id, [e for one in pictures for e in one.events], live=live, now=now)
    except Rejected as no:
        if len(pictures) == 1:
            tally.refuse(pictures[0].external_id, no.reason)
            return
        for picture in pictures:
            _take_some(store_id, claimed, [picture], tally, now)
        return
    for picture in pictures:
        taken, outcomes = outcomes[: len(picture.events)], outcomes[len(picture.events) :]
        _count(tally, picture.events, taken, claimed)


def take(store_id: int, events: Sequence[Event], *, live: bool, now: datetime) -> list[str]:
    """Take events into the books, all or none; gives the word each came to. Raises Rejected.

    A fault of ours is refused too, with its place: it must not keep the page from being turned.
    """

    def work(session: Session) -> list[str]:
        store = get_store_by_id(session, store_id)
        return ingest.apply_all(session, store, events, live=live, now=now)

    try:
        return db.in_turn(work)
    except Exception as fault:  # noqa: BLE001 - one odd thing must not stop those behind it
        raise Rejected(trouble_of(fault).reason) from None


def _count(
    tally: Tally, events: Sequence[Event], outcomes: Sequence[str], claimed: Claimed
) -> None:
    """Count a thing that was news; of a customer that is not known, so none of them counts."""
    changed = [
        event
        for event, outcome in zip(events, outcomes, strict=True)
        if outcome == ingest.APPLIED and not isinstance(event, BuyerChanged)
    ]
    tally.changed += bool(changed)
    tally.missed += claimed.purpose == "reconcile" and any(
        isinstance(event, OrderChanged | OrderDeleted)
        and event.version.at < claimed.started_at - GRACE
        for event in changed
    )
