"""Makes, finds and deletes vouchers; one voucher holds one code and counts in one channel."""

import re
from datetime import UTC
from decimal import Decimal
from typing import Any

from crm.errors import Rejected, Unavailable
from crm.i18n import gettext as _
from crm.money import Money, to_minor
from crm.storefronts import ApiAccess, MadeCoupon, WantedCoupon
from crm.storefronts._fields import read_moment
from crm.storefronts._saleor import queries
from crm.storefronts._saleor.access import ask, change, check, codes, nodes

_EXISTS = {"ALREADY_EXISTS", "UNIQUE"}
_GONE = {"NOT_FOUND"}
_ID = re.compile(r"[A-Za-z0-9+/=_-]{1,200}")


def create(api: ApiAccess, wanted: WantedCoupon) -> MadeCoupon:
    """Make a code and read it back; a code that exists is adopted.

    A voucher counts for nothing until it is listed in a channel. Where that was broken off, the
    listing is added to the voucher that bears our name, and only to such a one.
    """
    channel = _channel(api, wanted.currency)
    made = change(api, queries.CREATE_VOUCHER, input=_payload(wanted))
    if codes(made["errors"]) & _EXISTS:
        voucher = _adopted(api, wanted.code)
        if _listing(voucher, channel) is not None or voucher.get("name") != wanted.code:
            return _made(voucher, wanted.code, channel)
        return _listed(api, _id(voucher), wanted, channel)
    check(made["errors"])
    return _listed(api, _id(made.get("voucher")), wanted, channel)


def find(api: ApiAccess, code: str) -> MadeCoupon | None:
    """Look a code up; without a listing it is given as worth nothing."""
    voucher = _find_voucher(api, code)
    return None if voucher is None else _made(voucher, code, _channel(api, api.currency))


def void(api: ApiAccess, external_id: str) -> None:
    """Delete a voucher with its code."""
    if not _ID.fullmatch(external_id):
        raise Rejected(_("This is not the name of a voucher."))
    errors = change(api, queries.DELETE_VOUCHER, id=external_id)["errors"]
    if not codes(errors) & _GONE:
        check(errors)


def _channel(api: ApiAccess, currency: str) -> dict[str, Any]:
    """Find the channel that codes are good in: the one named, else the first in our currency."""
    slug = api.options.get("channel", "").strip()
    listed = ask(api, queries.CHANNELS).get("channels")
    every = [one for one in listed or [] if isinstance(one, dict)]
    fitting = [one for one in every if one.get("currencyCode") == currency]
    named = [one for one in fitting if one.get("slug") == slug]
    open_ones = [one for one in fitting if one.get("isActive") is True]
    found = next(iter(named if slug else open_ones or fitting), None)
    if found is None:
        raise Rejected(
            _(
                "The storefront has no channel %(slug)s in %(currency)s: set the option channel.",
                slug=slug,
                currency=currency,
            )
        )
    return found


def _payload(wanted: WantedCoupon) -> dict[str, Any]:
    _value(wanted)  # what is worth nothing is refused before anything is made
    once = {"usageLimit": 1, "applyOncePerCustomer": True} if wanted.single_use else {}
    return {
        "name": wanted.code,
        "addCodes": [wanted.code],
        "type": "ENTIRE_ORDER",
        "discountValueType": "FIXED" if wanted.percent is None else "PERCENTAGE",
        "singleUse": wanted.single_use,
        "endDate": wanted.expires_at.astimezone(UTC).isoformat(),
        **once,
    }


def _listed(
    api: ApiAccess, voucher_id: str, wanted: WantedCoupon, channel: dict[str, Any]
) -> MadeCoupon:
    """List a voucher in the channel and read it back; one that cannot be listed is deleted."""
    listing = {"channelId": channel.get("id"), "discountValue": _value(wanted)}
    if wanted.minimum_minor:
        listing["minAmountSpent"] = Money(wanted.minimum_minor, wanted.currency).amount
    asked = {"addChannels": [listing]}
    errors = change(api, queries.LIST_VOUCHER, id=voucher_id, input=asked)["errors"]
    kept = None if errors else ask(api, queries.VOUCHER, id=voucher_id).get("voucher")
    if errors or (kept and _minimum(kept, channel) != (wanted.minimum_minor or 0)):
        void(api, voucher_id)
        check(errors)
        raise Rejected(_("The storefront made a coupon with another minimum than asked."))
    if not isinstance(kept, dict):
        raise Unavailable(_("The storefront does not show the coupon it has just made."))
    return _made(kept, wanted.code, channel)


def _value(wanted: WantedCoupon) -> str:
    if wanted.percent is not None:
        return str(wanted.percent)
    if wanted.amount_minor is None:
        raise Rejected(_("A coupon needs a percentage or an amount."))
    return Money(wanted.amount_minor, wanted.currency).amount


def _adopted(api: ApiAccess, code: str) -> dict[str, Any]:
    found = _find_voucher(api, code)
    if found is None:
        raise Unavailable(_("The storefront says the code exists, but does not show it."))
    return found


def _find_voucher(api: ApiAccess, code: str) -> dict[str, Any] | None:
    """Search for a voucher; Saleor finds parts and patterns, so its codes are compared."""
    found = nodes(ask(api, queries.FIND_VOUCHERS, search=code).get("vouchers"))
    same = (one for one in found if isinstance(one, dict) and _spelling(one, code))
    return next(same, None)


def _made(voucher: dict[str, Any], code: str, channel: dict[str, Any]) -> MadeCoupon:
    listing = _listing(voucher, channel)
    value = listing.get("discountValue") if listing else None
    by_percent = voucher.get("discountValueType") == "PERCENTAGE"
    whole = voucher.get("type") == "ENTIRE_ORDER" and voucher.get("applyOncePerOrder") is not True
    counts = value is not None and whole
    currency = str(channel.get("currencyCode"))
    return MadeCoupon(
        external_id=_id(voucher),
        code=_spelling(voucher, code) or "",
        percent=Decimal(to_minor(value, "EUR")) / 100 if counts and by_percent else None,
        amount_minor=to_minor(value, currency) if counts and not by_percent else None,
        expires_at=read_moment(voucher.get("endDate")),
        usage_limit=_limit(voucher),
    )


def _listing(voucher: dict[str, Any], channel: dict[str, Any]) -> dict[str, Any] | None:
    listed = voucher.get("channelListings")
    for one in listed if isinstance(listed, list) else []:
        place = one.get("channel") if isinstance(one, dict) else None
        if isinstance(place, dict) and place.get("id") == channel.get("id"):
            return dict(one)
    return None


def _minimum(voucher: dict[str, Any], channel: dict[str, Any]) -> int:
    spent = (_listing(voucher, channel) or {}).get("minSpent")
    amount = spent.get("amount") if isinstance(spent, dict) else None
    return to_minor(amount, str(channel.get("currencyCode"))) if amount is not None else 0


def _spelling(voucher: dict[str, Any], code: str) -> str | None:
    """Give the code as the voucher spells it."""
    listed = [str(one.get("code")) for one in nodes(voucher.get("codes")) if isinstance(one, dict)]
    same = [one for one in listed if one.lower() == code.lower()]
    return code if code in same else next(iter(same), None)


def _limit(voucher: dict[str, Any]) -> int | None:
    """Read how often the code works: `singleUse` means once, whatever the limit."""
    if voucher.get("singleUse") is True:
        return 1
    limit = voucher.get("usageLimit")
    return limit if isinstance(limit, int) and limit > 0 else None


def _id(voucher: Any) -> str:
    named = voucher.get("id") if isinstance(voucher, dict) else None
    if not isinstance(named, str) or not named:
        raise Rejected(_("The storefront's answer is not a coupon."))
    return named
