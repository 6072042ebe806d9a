"""Makes, finds and deletes promotions with a code through Medusa's Admin API.

A promotion has no end of its own: that of its campaign counts, and so does the campaign's budget.
"""

from datetime import UTC
from decimal import Decimal
from secrets import token_hex
from typing import Any

from crm.errors import Rejected, Unavailable
from crm.i18n import gettext as _
from crm.money import Money, to_minor
from crm.storefronts import ApiAccess, MadeCoupon, WantedCoupon
from crm.storefronts._fields import read_moment
from crm.storefronts._medusa.exact import exact
from crm.storefronts._medusa.feeds import checked_id
from crm.storefronts._medusa.interface import delete, read, said, send
from crm.storefronts._medusa.people import rows

_FIELDS = "id,code,status,limit,*application_method,*campaign,*campaign.budget"


def create(api: ApiAccess, wanted: WantedCoupon) -> MadeCoupon:
    """Make a code and read it back; a code that exists is adopted as it is."""
    answer = send(api, "promotions", _payload(wanted))
    if answer.status == 400 and "already exists" not in said(answer):
        raise Rejected(_("The storefront refuses the coupon (%(said)s).", said=said(answer)))
    found = find(api, wanted.code)
    if found is None:
        raise Unavailable(_("The storefront says the code exists, but does not show it."))
    return found


def find(api: ApiAccess, code: str) -> MadeCoupon | None:
    """Look a code up as it is written: Medusa tells capitals apart."""
    body = read(api, "promotions", code=code, fields=_FIELDS) or {}
    same = (one for one in rows(body, "promotions") if one.get("code") == code)
    return next((_made(one, api.currency) for one in same), None)


def void(api: ApiAccess, external_id: str) -> None:
    """Delete a promotion and the campaign that was made for it alone; orders stay as they are."""
    place = f"promotions/{checked_id(external_id)}"
    body = read(api, place, fields="id,code,campaign_id,*campaign")
    if body is None:
        return
    delete(api, place)
    promotion = body.get("promotion")
    code = promotion.get("code") if isinstance(promotion, dict) else None
    campaign = promotion.get("campaign") if isinstance(promotion, dict) else None
    if isinstance(campaign, dict) and str(campaign.get("campaign_identifier")).startswith(
        f"{code}."
    ):
        delete(api, f"campaigns/{checked_id(str(campaign.get('id')))}")


def _payload(wanted: WantedCoupon) -> dict[str, Any]:
    payload: dict[str, Any] = {
        "code": wanted.code,
        "type": "standard",
        "status": "active",  # a draft, unless told
        "application_method": _method(wanted),
        "campaign": _campaign(wanted),
    }
    if wanted.percent is None:
        payload["is_tax_inclusive"] = True  # else more would be taken off than was promised
    if wanted.minimum_minor:
        least = Money(wanted.minimum_minor, wanted.currency).amount
        rule = {"attribute": "original_item_total", "operator": "gte", "values": [least]}
        payload["rules"] = [rule]
    return payload


def _method(wanted: WantedCoupon) -> dict[str, Any]:
    if wanted.percent is None and wanted.amount_minor is None:
        raise Rejected(_("A coupon needs a percentage or an amount."))
    method = {"target_type": "order", "allocation": "across"}
    method["currency_code"] = wanted.currency.lower()
    if wanted.percent is not None:
        return {**method, "type": "percentage", "value": _number(Decimal(wanted.percent))}
    amount = Decimal(Money(wanted.amount_minor or 0, wanted.currency).amount)
    return {**method, "type": "fixed", "value": _number(amount)}


def _campaign(wanted: WantedCoupon) -> dict[str, Any]:
    campaign: dict[str, Any] = {
        "name": wanted.code,
        # A campaign outlives its promotion, and its name may be given once only.
        "campaign_identifier": f"{wanted.code}.{token_hex(4)}",
        "ends_at": f"{wanted.expires_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z",
    }
    return campaign | ({"budget": {"type": "usage", "limit": 1}} if wanted.single_use else {})


def _number(exactly: Decimal) -> int | float:
    """Write a JSON number, which is all the interface takes; its digits are those of `exactly`."""
    written = int(exactly) if exactly == exactly.to_integral_value() else float(exactly)
    if Decimal(str(written)) != exactly:
        raise Rejected(_("The storefront cannot hold an amount this fine."))
    return written


def _made(promotion: dict[str, Any], currency: str) -> MadeCoupon:
    method, campaign = (promotion.get(name) for name in ("application_method", "campaign"))
    value = exact(method, "value") if isinstance(method, dict) else Decimal()
    kind = _kind(promotion, method)
    return MadeCoupon(
        external_id=str(promotion.get("id")),
        code=str(promotion.get("code")),
        percent=value if kind == "percentage" else None,
        amount_minor=to_minor(value, currency) if kind == "fixed" else None,
        expires_at=read_moment(campaign.get("ends_at")) if isinstance(campaign, dict) else None,
        usage_limit=_limit(promotion, campaign),
    )


def _kind(promotion: dict[str, Any], method: Any) -> str:
    """Tell what is taken off the whole order; a draft takes off nothing."""
    if not isinstance(method, dict) or promotion.get("status") != "active":
        return ""
    return str(method.get("type")) if method.get("target_type") == "order" else ""


def _limit(promotion: dict[str, Any], campaign: Any) -> int | None:
    budget = campaign.get("budget") if isinstance(campaign, dict) else None
    by_use = isinstance(budget, dict) and budget.get("type") == "usage"
    limits = [promotion.get("limit"), budget.get("limit") if by_use else None]  # type: ignore[union-attr]
    said_so = [int(one) for one in limits if isinstance(one, int | Decimal) and one > 0]
    return min(said_so) if said_so else None
