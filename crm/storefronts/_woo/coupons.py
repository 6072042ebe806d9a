"""Makes, finds and deletes coupons through WooCommerce's REST interface (version wc/v3)."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from crm.errors import Rejected, Unavailable
from crm.i18n import gettext as _
from crm.money import Money, to_minor
from crm.storefronts import ApiAccess, MadeCoupon, WantedCoupon
from crm.storefronts._fields import read_moment
from crm.storefronts._woo.interface import Request, ask, check, code_of, digits, get, is_gone

_EXISTS = "woocommerce_rest_coupon_code_already_exists"


def create(api: ApiAccess, wanted: WantedCoupon) -> MadeCoupon:
    """Make a code and read it back; a code that exists is adopted as it is."""
    answer = ask(api, Request("POST", "coupons", payload=_payload(wanted)))
    if answer.status == 400 and code_of(answer) == _EXISTS:
        return _adopted(api, wanted.code)
    check(api, answer)
    # The answer to a POST says what was understood, not always what was kept.
    kept = get(api, f"coupons/{_number(answer.body)}")
    check(api, kept)
    return _made(kept.body, api.currency)


def find(api: ApiAccess, code: str) -> MadeCoupon | None:
    """Look a code up; WooCommerce keeps codes in lower case."""
    answer = get(api, "coupons", code=code.lower())
    check(api, answer)
    found = answer.body if isinstance(answer.body, list) else []
    same = (coupon for coupon in found if _same_code(coupon, code))
    return next((_made(coupon, api.currency) for coupon in same), None)


def void(api: ApiAccess, external_id: str) -> None:
    """Delete a coupon for good: out of the trash it could come back."""
    place = f"coupons/{digits(external_id)}"
    answer = ask(api, Request("DELETE", place, {"force": "true"}))
    if not is_gone(answer):
        check(api, answer)


def _adopted(api: ApiAccess, code: str) -> MadeCoupon:
    found = find(api, code)
    if found is None:
        raise Unavailable(_("The storefront says the code exists, but does not show it."))
    return found


def _payload(wanted: WantedCoupon) -> dict[str, Any]:
    by_percent = wanted.percent is not None
    amount = str(wanted.percent) if by_percent else _amount(wanted.amount_minor, wanted.currency)
    payload: dict[str, Any] = {
        "code": wanted.code,
        "discount_type": "percent" if by_percent else "fixed_cart",
        "amount": amount,
        "individual_use": True,
        # With Z it is converted; without, it would be site time. `date_expires_gmt` is ignored
        # there without a word, and the code would never end.
        "date_expires": f"{wanted.expires_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z",
    }
    if wanted.single_use:
        payload |= {"usage_limit": 1, "usage_limit_per_user": 1}
    if wanted.minimum_minor:
        payload["minimum_amount"] = _amount(wanted.minimum_minor, wanted.currency)
    if wanted.email:
        payload["email_restrictions"] = [wanted.email]
    return payload


def _amount(minor: int | None, currency: str) -> str:
    if minor is None:
        raise Rejected(_("A coupon needs a percentage or an amount."))
    return Money(minor, currency).amount


def _made(coupon: Any, currency: str) -> MadeCoupon:
    if not isinstance(coupon, dict):
        raise Rejected(_("The storefront's answer is not a coupon."))
    by_percent = coupon.get("discount_type") == "percent"
    amount = coupon.get("amount")
    return MadeCoupon(
        external_id=str(_number(coupon)),
        code=str(coupon.get("code", "")),
        percent=_percent(amount) if by_percent else None,
        amount_minor=None if by_percent else to_minor(amount, currency),
        expires_at=_expires_at(coupon),
        usage_limit=_limit(coupon.get("usage_limit")),
    )


def _percent(amount: Any) -> Decimal:
    return Decimal(to_minor(amount, "EUR")) / 100


def _expires_at(coupon: dict[str, Any]) -> datetime | None:
    return read_moment(coupon.get("date_expires_gmt"), naive_is_utc=True)


def _limit(value: Any) -> int | None:
    return value if isinstance(value, int) and value > 0 else None


def _number(coupon: Any) -> int:
    number = coupon.get("id") if isinstance(coupon, dict) else None
    if not isinstance(number, int) or isinstance(number, bool):
        raise Rejected(_("The storefront's answer is not a coupon."))
    return number


def _same_code(coupon: Any, code: str) -> bool:
    return isinstance(coupon, dict) and str(coupon.get("code", "")).lower() == code.lower()
