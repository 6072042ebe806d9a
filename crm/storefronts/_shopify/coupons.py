"""Makes, finds and deletes discount codes in Shopify."""

from collections.abc import Mapping
from datetime import UTC
from decimal import Decimal
from typing import Any

from crm.errors import Rejected, Unavailable
from crm.i18n import gettext as _
from crm.money import Money, to_minor
from crm.storefronts import ApiAccess, MadeCoupon, WantedCoupon
from crm.storefronts._fields import read_moment
from crm.storefronts._shopify import queries
from crm.storefronts._shopify.admin import ask, refuse_user_errors

_EXISTS = {"TAKEN", "DUPLICATE"}
# A discount has to begin; one that began long ago is good at once, whatever clock is wrong.
_BEGAN = "2020-01-01T00:00:00Z"
_KIND = "gid://shopify/DiscountCodeNode/"


def create(api: ApiAccess, wanted: WantedCoupon) -> MadeCoupon:
    """Make a code and read it back; a code that exists is adopted as it is."""
    told = ask(api, queries.create_discount(_value(wanted)), **_variables(api, wanted))
    made = told.found.get("discountCodeBasicCreate") or {}
    errors = made.get("userErrors")
    if not _is_taken(errors):
        refuse_user_errors(errors, _("The discount was not made."))
    found = find(api, wanted.code)
    if found is None:
        raise Unavailable(_("Shopify does not show the code that it says it has."))
    return found


def find(api: ApiAccess, code: str) -> MadeCoupon | None:
    """Look a code up; Shopify does not mind its case."""
    node = ask(api, queries.DISCOUNT_BY_CODE, code=code).found.get("codeDiscountNodeByCode")
    return _made(node, code, api.currency) if isinstance(node, Mapping) else None


def void(api: ApiAccess, external_id: str) -> None:
    """Delete the discount that holds a code; twice is once."""
    if not (external_id.isascii() and external_id.isdigit()):
        raise Rejected(_("This is not the number of a coupon."))
    name = f"{_KIND}{external_id}"
    told = ask(api, queries.DELETE_DISCOUNT, id=name)
    errors = (told.found.get("discountCodeDelete") or {}).get("userErrors")
    if errors and ask(api, queries.DISCOUNT_BY_ID, id=name).found.get("node") is not None:
        refuse_user_errors(errors, _("The discount was not deleted."))


def _variables(api: ApiAccess, wanted: WantedCoupon) -> dict[str, Any]:
    minimum = wanted.minimum_minor
    return {
        "code": wanted.code,
        "startsAt": _BEGAN,
        "endsAt": f"{wanted.expires_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "usageLimit": 1 if wanted.single_use else None,
        "once": wanted.single_use,
        "context": _whom(api, wanted.email),
        "minimum": None
        if not minimum
        else {"subtotal": {"greaterThanOrEqualToSubtotal": Money(minimum, wanted.currency).amount}},
    }


def _whom(api: ApiAccess, email: str | None) -> dict[str, Any]:
    """Name the customer it is for where Shopify knows her; else whoever has the code may use it."""
    customer = _customer(api, email) if email else None
    return {"customers": {"add": [customer]}} if customer else {"all": "ALL"}


def _customer(api: ApiAccess, email: str) -> str | None:
    try:
        found = ask(api, queries.CUSTOMER_BY_EMAIL, email=email).found
    except Rejected:  # an app that may not see customers may still make discounts
        return None
    customer = found.get("customerByIdentifier")
    return str(customer["id"]) if isinstance(customer, Mapping) else None


def _value(wanted: WantedCoupon) -> str:
    """Write what the discount gives as a GraphQL literal; a percentage is a fraction there."""
    if wanted.percent is not None:
        return f"{{ percentage: {Decimal(wanted.percent) / 100:f} }}"
    if wanted.amount_minor is None:
        raise Rejected(_("A coupon needs a percentage or an amount."))
    amount = Money(wanted.amount_minor, wanted.currency).amount
    return f'{{ discountAmount: {{ amount: "{amount}", appliesOnEachItem: false }} }}'


def _is_taken(errors: Any) -> bool:
    listed = errors if isinstance(errors, list) else []
    return any(isinstance(error, dict) and error.get("code") in _EXISTS for error in listed)


def _made(node: Mapping[str, Any], code: str, currency: str) -> MadeCoupon:
    """Read a discount; what is not one of ours is refused, for it would be deleted as wrong."""
    discount = node.get("codeDiscount") or {}
    codes = [one.get("code", "") for one in (discount.get("codes") or {}).get("nodes") or []]
    same = [one for one in codes if one.lower() == code.lower()]
    if discount.get("__typename") != "DiscountCodeBasic" or len(codes) != 1 or not same:
        raise Rejected(_("The code belongs to another discount of the shop."))
    value = (discount.get("customerGets") or {}).get("value") or {}
    return MadeCoupon(
        external_id=str(node.get("id", "")).removeprefix(_KIND),
        code=same[0],
        percent=_percent(value.get("percentage")),
        amount_minor=_amount_minor(value, currency),
        expires_at=read_moment(discount.get("endsAt")),
        usage_limit=discount.get("usageLimit"),
    )


def _percent(fraction: Any) -> Decimal | None:
    """Read a fraction such as 0.15, which may have been a float on its way: 0.15000000000000002."""
    if not isinstance(fraction, int | Decimal):
        return None
    return (Decimal(fraction) * 100).quantize(Decimal("0.0001")).normalize()


def _amount_minor(value: Mapping[str, Any], currency: str) -> int | None:
    """Read an amount off the whole order, in the shop's currency; one off each item is none."""
    amount = value.get("amount")
    if not isinstance(amount, Mapping) or value.get("appliesOnEachItem"):
        return None
    if amount.get("currencyCode") not in (None, currency):
        return None
    return to_minor(amount.get("amount"), currency)
