"""Makes a reserved coupon true in the storefront, before any buyer hears of it."""

from dataclasses import dataclass
from datetime import datetime

from crm import db, failpoints
from crm.buyers.models import Buyer
from crm.coupons.models import Coupon
from crm.errors import Rejected, Unavailable
from crm.i18n import gettext as _
from crm.storefronts import ApiAccess, MadeCoupon, Storefront, WantedCoupon, get_storefront
from crm.stores.access import api_access
from crm.stores.models import Store


@dataclass(frozen=True, slots=True)
class _Order:
    """What to ask of which storefront."""

    platform: Storefront
    api: ApiAccess
    wanted: WantedCoupon


def ensure(store_id: int, coupon_id: int, now: datetime) -> Coupon:
    """Give the coupon, live in the storefront; call it outside a transaction.

    Raises Unavailable when the storefront cannot answer now (ask again), Rejected when there will
    never be a coupon; the reason stays on its row.
    """
    try:
        coupon, order = _plan(store_id, coupon_id, now)
    except Rejected as no:
        _give_up(store_id, coupon_id, no.reason, now)
        raise
    if order is None:
        return coupon
    try:
        made = _make(order)
    except Unavailable:
        _count_attempt(store_id, coupon_id)
        raise
    except Rejected as no:
        _give_up(store_id, coupon_id, no.reason, now)
        raise
    return _go_live(coupon, order, made, now)


def _plan(store_id: int, coupon_id: int, now: datetime) -> tuple[Coupon, _Order | None]:
    with db.session() as session:
        coupon = session.get_one(Coupon, (store_id, coupon_id), with_for_update=True)
        _refuse_ended(coupon, now)
        if coupon.state != "issued":
            return coupon, None
        store = session.get_one(Store, store_id)
        platform = get_storefront(store.platform)
        if not platform.COUPONS:
            coupon.state, coupon.live_at = "live", now
            return coupon, None
        buyer = session.get_one(Buyer, (store_id, coupon.buyer_id))
        return coupon, _Order(platform, api_access(store), _wanted(coupon, buyer))


def _refuse_ended(coupon: Coupon, now: datetime) -> None:
    if coupon.state == "void":
        raise Rejected(coupon.error or _("The coupon was withdrawn."))
    if coupon.state == "expired" or now > coupon.expires_at:
        raise Rejected(_("The coupon has expired."))


def _wanted(coupon: Coupon, buyer: Buyer) -> WantedCoupon:
    return WantedCoupon(
        code=coupon.code,
        percent=coupon.percent,
        amount_minor=coupon.amount_minor,
        currency=coupon.currency,
        minimum_minor=coupon.minimum_minor,
        expires_at=coupon.expires_at,
        email=buyer.email,
        single_use=coupon.single_use,
    )


def _make(order: _Order) -> MadeCoupon:
    order.platform.create_coupon(order.api, order.wanted)
    failpoints.hit("after_coupon_post")
    found = order.platform.find_coupon(order.api, order.wanted.code)
    if found is None:
        raise Unavailable(_("The storefront does not show the coupon it has just made."))
    wrong = _differences(order.wanted, found)
    if wrong:
        order.platform.void_coupon(order.api, found.external_id)
        listed = ", ".join(wrong)
        raise Rejected(_("The storefront made another coupon than asked: %(wrong)s.", wrong=listed))
    return found


def _differences(wanted: WantedCoupon, found: MadeCoupon) -> list[str]:
    uses = 1 if wanted.single_use else found.usage_limit
    checks = {
        _("code"): (wanted.code.lower(), found.code.lower()),
        _("percentage"): (wanted.percent, found.percent),
        _("amount"): (wanted.amount_minor, found.amount_minor),
        _("last day"): (wanted.expires_at, found.expires_at),
        _("number of uses"): (uses, found.usage_limit),
    }
    return [name for name, (asked, got) in checks.items() if asked != got]


def _go_live(coupon: Coupon, order: _Order, made: MadeCoupon, now: datetime) -> Coupon:
    with db.session() as session:
        row = session.get_one(Coupon, (coupon.store_id, coupon.id), with_for_update=True)
        if row.state == "issued":
            row.state, row.live_at, row.external_id = "live", now, made.external_id
    if row.state != "live":  # withdrawn or expired while the storefront was at work
        order.platform.void_coupon(order.api, made.external_id)
        _refuse_ended(row, now)
    return row


def _count_attempt(store_id: int, coupon_id: int) -> None:
    with db.session() as session:
        row = session.get_one(Coupon, (store_id, coupon_id), with_for_update=True)
        row.attempts += 1


def _give_up(store_id: int, coupon_id: int, reason: str, now: datetime) -> None:
    with db.session() as session:
        row = session.get_one(Coupon, (store_id, coupon_id), with_for_update=True)
        if row.state == "issued" and now <= row.expires_at:
            row.state, row.error, row.settled_at = "void", reason, now
