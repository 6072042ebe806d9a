"""Makes, finds and deletes coupons through WooCommerce's REST interface (version wc/v3)."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from crm.errors import Rejected, Unavailable
from crm.i18n import gettext as _
from crm.money import Money, to_minor
from crm.storefronts import ApiAccess, MadeCoupon, WantedCoupon
from crm.storefronts._fields import read_moment
from crm.storefronts._http import Answer, Ask, call

_EXISTS = "woocommerce_rest_coupon_code_already_exists"


def create(api: ApiAccess, wanted: WantedCoupon) -> MadeCoupon:
    """Make a code and read it back; a code that exists is adopted as it is."""
    answer = call(Ask("POST", _place(api), _auth(api), payload=_payload(wanted)))
    if answer.status == 400 and _code(answer) == _EXISTS:
        return _adopted(api, wanted.code)
    _check(answer)
    # The answer to a POST says what was understood, not always what was kept.
    kept = call(Ask("GET", f"{_place(api)}/{_number(answer.body)}", _auth(api)))
    _check(kept)
    return _made(kept.body, api.currency)


def find(api: ApiAccess, code: str) -> MadeCoupon | None:
    """Look a code up; WooCommerce keeps codes in lower case."""
    answer = call(Ask("GET", _place(api), _auth(api), {"code": code.lower()}))
    _check(answer)
    found = answer.body if isinstance(answer.body, list) else []
    same = (coupon for coupon in found if _same_code(coupon, code))
    return next((_made(coupon, api.currency) for coupon in same), None)


def void(api: ApiAccess, external_id: str) -> None:
    """Delete a coupon for good: out of the trash it could come back."""
    place = f"{_place(api)}/{_digits(external_id)}"
    answer = call(Ask("DELETE", place, _auth(api), {"force": "true"}))
    if answer.status in (404, 410) and _code(answer) != "rest_no_route":
        return
    _check(answer)


def _adopted(api: ApiAccess, code: str) -> MadeCoupon:
    found = find(api, code)
    if found is None:
        raise Unavailable(_("The storefront says the code exists, but does not show it."))
    return found


def _place(api: ApiAccess) -> str:
    """Find the coupons under a shop's own address or under that of its interface."""
    home = api.url.rstrip("/")
    if "/wp-json" not in home:
        home = f"{home}/wp-json/wc/v3"
    return f"{home}/coupons"


def _auth(api: ApiAccess) -> tuple[str, str]:
    return (api.key, api.secret)


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


def _digits(external_id: str) -> str:
    if not external_id.isascii() or not external_id.isdigit():
        raise Rejected(_("This is not the number of a coupon."))
    return external_id


def _same_code(coupon: Any, code: str) -> bool:
    return isinstance(coupon, dict) and str(coupon.get("code", "")).lower() == code.lower()


def _code(answer: Answer) -> str:
    return str(answer.body.get("code", "")) if isinstance(answer.body, dict) else ""


def _check(answer: Answer) -> None:
    if answer.status in (200, 201):
        return
    if answer.status in (401, 403):
        raise Rejected(_("The storefront refuses our key; it needs to read and write coupons."))
    if answer.status == 404:
        raise Rejected(_("There is no WooCommerce interface at the store's address."))
    raise Rejected(
        _(
            "The storefront refuses the coupon (%(status)s %(code)s).",
            status=answer.status,
            code=_code(answer)[:100],
        )
    )
