"""Writes coupons into the ledger: one code for one buyer and one occasion, whatever is repeated."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm.coupons.models import Coupon
from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.money import to_minor
from crm.signing import derived_code
from crm.stores.models import Store
from crm.stores.zones import zone

DEFAULT_PREFIX = "THX"
_PREFIX = re.compile(r"[A-Z0-9]{2,8}")
_TRIES = 8


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a coupon is for: a buyer's turn in one occurrence of a campaign."""

    campaign_id: int
    occurrence: str
    buyer_id: int


def reserve(
    session: Session, store: Store, occasion: Occasion, offer: dict[str, Any], now: datetime
) -> Coupon:
    """Write the occasion's coupon, or give the one it has; the code derives from the occasion."""
    found = _find(session, store, occasion)
    if found is not None:
        return found
    terms = _terms(store, offer, now)
    prefix = _prefix(offer)
    for number in range(_TRIES):
        code = _code(store, occasion, prefix, number)
        coupon_id = _insert(session, store, occasion, {"code": code, **terms})
        if coupon_id is not None:
            return session.get_one(Coupon, (store.id, coupon_id))
        found = _find(session, store, occasion)  # another transaction was quicker
        if found is not None:
            return found
    raise RuntimeError(f"no free code for {occasion} in {_TRIES} tries")


def announce(session: Session, coupon: Coupon, now: datetime) -> None:
    """Write down that the buyer was told the code; from then on it is never taken back."""
    row = session.get_one(Coupon, (coupon.store_id, coupon.id), with_for_update=True)
    row.announced_at = row.announced_at or now
    session.flush()


def last_day(store: Store, valid_days: int, now: datetime) -> tuple[date, datetime]:
    """Tell a coupon's last local day and its last instant (UTC); the day of issue is day 0."""
    home = zone(store)
    day = now.astimezone(home).date() + timedelta(days=valid_days)
    midnight = datetime.combine(day + timedelta(days=1), time(), home).astimezone(UTC)
    return day, midnight - timedelta(seconds=1)


def _find(session: Session, store: Store, occasion: Occasion) -> Coupon | None:
    return session.scalar(
        select(Coupon).where(
            Coupon.store_id == store.id,
            Coupon.campaign_id == occasion.campaign_id,
            Coupon.occurrence == occasion.occurrence,
            Coupon.buyer_id == occasion.buyer_id,
        )
    )


def _terms(store: Store, offer: dict[str, Any], now: datetime) -> dict[str, Any]:
    percent, amount, minimum = (offer.get(key) for key in ("percent", "amount", "minimum"))
    if (percent is None) == (amount is None):
        raise Rejected(_("An offer takes either a percentage or an amount."))
    expires_on, expires_at = last_day(store, int(offer.get("valid_days", 14)), now)
    return {
        "percent": percent,
        "amount_minor": None if amount is None else to_minor(amount, store.currency),
        "minimum_minor": None if minimum is None else to_minor(minimum, store.currency),
        "currency": store.currency,
        "single_use": bool(offer.get("single_use", True)),
        "expires_on": expires_on,
        "expires_at": expires_at,
        "issued_at": now,
    }


def _prefix(offer: dict[str, Any]) -> str:
    wanted = str(offer.get("prefix") or DEFAULT_PREFIX).upper()
    return wanted if _PREFIX.fullmatch(wanted) else DEFAULT_PREFIX


def _code(store: Store, occasion: Occasion, prefix: str, number: int) -> str:
    parts: list[int | str] = [
        store.id,
        occasion.campaign_id,
        occasion.occurrence,
        occasion.buyer_id,
    ]
    return f"{prefix}-{derived_code(*parts, *([number] if number else []))}"


def _insert(
    session: Session, store: Store, occasion: Occasion, terms: dict[str, Any]
) -> int | None:
    row = insert(Coupon).values(
        store_id=store.id,
        campaign_id=occasion.campaign_id,
        occurrence=occasion.occurrence,
        buyer_id=occasion.buyer_id,
        state="issued",
        attempts=0,
        **terms,
    )
    return session.scalar(row.on_conflict_do_nothing().returning(Coupon.id))
