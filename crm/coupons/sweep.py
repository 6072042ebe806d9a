"""Ends coupons: those past their last day, and those whose mail never went out."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, Select, and_, column, exists, not_, or_, select, table
from sqlalchemy import update as sql_update
from sqlalchemy.orm import Session

from crm import db
from crm.coupons.models import Coupon
from crm.errors import Rejected, Unavailable
from crm.i18n import gettext as _
from crm.storefronts import get_storefront
from crm.stores.access import api_access
from crm.stores.models import Store

_log = structlog.get_logger(__name__)
_BATCH = 50
_OPEN = ("issued", "live")
_UNSENT = ("refused", "cancelled", "expired")
# A coupon no message ever named was reserved by a decision that came to nothing.
_ORPHAN_AFTER = timedelta(days=1)
# The outbox lies above this folder; of it only the state of a coupon's own message is read.
_messages = table("messages", column("store_id"), column("coupon_id"), column("state"))


@dataclass(frozen=True, slots=True)
class _Stray:
    """A coupon that nobody was told."""

    store_id: int
    coupon_id: int
    code: str


def sweep_coupons(now: datetime) -> int:
    """Expire and withdraw coupons; gives how many ended. Storefronts are asked in between."""
    with db.session() as session:
        ended = _expire(session, now)
        strays = _strays(session, now)
    return ended + sum(_withdraw(stray, now) for stray in strays)


def _expire(session: Session, now: datetime) -> int:
    past = (
        sql_update(Coupon)
        .where(Coupon.state.in_(_OPEN), Coupon.expires_at < now)
        .values(state="expired", settled_at=Coupon.expires_at)
        .returning(Coupon.id)
    )
    return len(session.scalars(past).all())


def _strays(session: Session, now: datetime) -> list[_Stray]:
    rows = session.execute(_unannounced(now).order_by(Coupon.id).limit(_BATCH))
    return [_Stray(*row) for row in rows]


def _unannounced(now: datetime) -> Select[int, int, str]:
    unsent, other = _messages_of(True), _messages_of(False)
    orphan = and_(not_(unsent), Coupon.issued_at < now - _ORPHAN_AFTER)
    return (
        select(Coupon.store_id, Coupon.id, Coupon.code)
        .where(Coupon.state.in_(_OPEN), Coupon.announced_at.is_(None))
        .where(not_(other), or_(unsent, orphan))
    )


def _messages_of(unsent: bool) -> ColumnElement[bool]:
    state = _messages.c.state.in_(_UNSENT)
    return exists().where(
        _messages.c.store_id == Coupon.store_id,
        _messages.c.coupon_id == Coupon.id,
        state if unsent else not_(state),
    )


def _withdraw(stray: _Stray, now: datetime) -> int:
    try:
        reason = _take_from_storefront(stray)
    except Unavailable as later:
        _log.info("coupon.withdraw_later", coupon_id=stray.coupon_id, reason=later.reason)
        return 0
    with db.session() as session:
        row = session.get_one(Coupon, (stray.store_id, stray.coupon_id), with_for_update=True)
        if row.state not in _OPEN or row.announced_at is not None:
            return 0
        row.state, row.error, row.settled_at = "void", reason, now
    return 1


def _take_from_storefront(stray: _Stray) -> str:
    unsent = _("The message that should have carried it was never sent.")
    with db.session() as session:
        store = session.get_one(Store, stray.store_id)
        platform = get_storefront(store.platform)
    if not platform.COUPONS:
        return unsent
    try:
        api = api_access(store)
        found = platform.find_coupon(api, stray.code)
        if found is not None:
            platform.void_coupon(api, found.external_id)
    except Rejected as no:
        return f"{unsent} {no.reason}"
    return unsent
