"""Makes, finds and deletes coupons: for each code a promotion, which holds its end and its uses.

The promotion's `max_uses` overrides the code's, so codes with one use each cannot share one.
"""

import re
from datetime import UTC
from decimal import Decimal
from typing import Any

from crm.errors import Rejected, Unavailable
from crm.i18n import gettext as _
from crm.money import Money, to_minor
from crm.storefronts import ApiAccess, MadeCoupon, WantedCoupon
from crm.storefronts._bigcommerce.interface import (
    all_rows,
    ask,
    checked,
    digits,
    get,
    one_of,
    rows_of,
)
from crm.storefronts._fields import read_moment

_CODE = re.compile(r"[A-Za-z0-9_ -]{1,50}")
_OURS = "Regulars "
_EXISTS = (409, 422)


def create(api: ApiAccess, wanted: WantedCoupon) -> MadeCoupon:
    """Make a code and read it back; a code that exists is adopted as it is."""
    if not _CODE.fullmatch(wanted.code):
        raise Rejected(_("BigCommerce takes codes of up to 50 letters, digits, spaces, - and _."))
    found = find(api, wanted.code)
    if found is not None:
        return found
    promotion = _promotion(api, wanted)
    answer = ask(api, "POST", f"v3/promotions/{promotion}/codes", _code_payload(wanted))
    if answer.status in _EXISTS:
        return _adopted(api, wanted.code, promotion, answer)
    checked(answer)
    made = find(api, wanted.code)
    if made is None:
        raise Unavailable(_("The storefront took the code, but does not show it yet."))
    return made


def find(api: ApiAccess, code: str) -> MadeCoupon | None:
    """Look a code up with the promotion it belongs to."""
    asked = {"code": code, "redemption_type": "COUPON"}
    for promotion in rows_of(get(api, "v3/promotions", **asked)):
        number = _number(promotion)
        for one in rows_of(get(api, f"v3/promotions/{number}/codes", code=code)):
            if isinstance(one, dict) and _same(one.get("code"), code):
                return _made(promotion, one, api.currency)
    return None


def void(api: ApiAccess, external_id: str) -> None:
    """Delete a code, and its promotion where it was made for it; twice is once."""
    promotion, _colon, code = external_id.partition(":")
    place = f"v3/promotions/{digits(promotion)}"
    checked(ask(api, "DELETE", f"{place}/codes/{digits(code)}"), 404)
    answer = get(api, place)
    if answer.status == 404 or not _is_ours(one_of(answer)):
        return
    if not rows_of(get(api, f"{place}/codes")):
        checked(ask(api, "DELETE", place), 404)


def _adopted(api: ApiAccess, code: str, promotion: str, answer: Any) -> MadeCoupon:
    """Take the code that was there a moment before us, and our empty promotion away."""
    found = find(api, code)
    if found is None:
        checked(answer)
        raise Unavailable(_("The storefront says the code exists, but does not show it."))
    if not found.external_id.startswith(f"{promotion}:"):
        checked(ask(api, "DELETE", f"v3/promotions/{promotion}"), 404, 422)
    return found


def _promotion(api: ApiAccess, wanted: WantedCoupon) -> str:
    """Make the promotion of a code, or take the one that an earlier try has left without it."""
    name = f"{_OURS}{wanted.code}"
    left = [one for one in all_rows(api, "v3/promotions", name=name) if _named(one) == name]
    if left:
        return _number(left[0])
    answer = checked(ask(api, "POST", "v3/promotions", _payload(wanted, name)))
    return _number(one_of(answer))


def _payload(wanted: WantedCoupon, name: str) -> dict[str, Any]:
    in_money = wanted.percent is None or bool(wanted.minimum_minor)
    rule: dict[str, Any] = {"action": {"cart_value": {"discount": _off(wanted)}}}
    if wanted.minimum_minor:
        least = Money(wanted.minimum_minor, wanted.currency).amount
        rule["condition"] = {"cart": {"minimum_spend": least}}
    payload: dict[str, Any] = {
        "name": name,
        "redemption_type": "COUPON",
        "coupon_type": "SINGLE",
        "status": "ENABLED",
        "rules": [rule],
        "currency_code": wanted.currency if in_money else "*",
        # Alone, but not worth less than what the shop takes off by itself.
        "can_be_used_with_other_promotions": False,
        "coupon_overrides_automatic_when_offering_higher_discounts": True,
        "end_date": f"{wanted.expires_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}+00:00",
    }
    return payload | ({"max_uses": 1} if wanted.single_use else {})


def _off(wanted: WantedCoupon) -> dict[str, str]:
    if wanted.percent is not None:
        return {"percentage_amount": str(wanted.percent)}
    if wanted.amount_minor is None:
        raise Rejected(_("A coupon needs a percentage or an amount."))
    return {"fixed_amount": Money(wanted.amount_minor, wanted.currency).amount}


def _code_payload(wanted: WantedCoupon) -> dict[str, Any]:
    once = {"max_uses": 1, "max_uses_per_customer": 1} if wanted.single_use else {}
    return {"code": wanted.code, **once}


def _made(promotion: dict[str, Any], code: dict[str, Any], currency: str) -> MadeCoupon:
    """Say what is really kept. Raises Rejected for what would not work at the checkout."""
    if promotion.get("status") != "ENABLED":
        raise Rejected(_("The promotion of this code is switched off or invalid in BigCommerce."))
    off = _discount_of(promotion)
    percent, amount = off.get("percentage_amount"), off.get("fixed_amount")
    return MadeCoupon(
        external_id=f"{_number(promotion)}:{_number(code)}",
        code=str(code.get("code")),
        percent=None if percent is None else Decimal(to_minor(percent, "EUR")) / 100,
        amount_minor=None if amount is None else to_minor(amount, currency),
        expires_at=read_moment(promotion.get("end_date"), naive_is_utc=True),
        usage_limit=_limit(promotion.get("max_uses")) or _limit(code.get("max_uses")),
    )


def _discount_of(promotion: dict[str, Any]) -> dict[str, Any]:
    """Find what is taken off the whole cart; anything else is not a coupon of our kind."""
    rules = promotion.get("rules")
    found: Any = rules[0] if isinstance(rules, list) and rules else None
    for name in ("action", "cart_value", "discount"):
        found = found.get(name) if isinstance(found, dict) else None
    if not isinstance(found, dict):
        raise Rejected(_("The code exists in BigCommerce, but takes nothing off the cart."))
    return found


def _is_ours(promotion: dict[str, Any]) -> bool:
    return _named(promotion).startswith(_OURS)


def _named(promotion: Any) -> str:
    return str(promotion.get("name", "")) if isinstance(promotion, dict) else ""


def _number(thing: Any) -> str:
    number = thing.get("id") if isinstance(thing, dict) else None
    if not isinstance(number, int) or isinstance(number, bool):
        raise Rejected(_("The storefront's answer is not a coupon."))
    return str(number)


def _limit(value: Any) -> int | None:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and value > 0 else None


def _same(one: Any, other: str) -> bool:
    return isinstance(one, str) and one.casefold() == other.casefold()
