"""Makes, finds and deletes promotions with a code through Vendure's Admin API.

Vendure lets several promotions have one code, each with uses of its own: the oldest counts.
"""

from collections.abc import Mapping
from datetime import UTC
from decimal import Decimal
from typing import Any

from crm.errors import Rejected, Unavailable
from crm.i18n import gettext as _
from crm.money import minor_places, to_minor
from crm.storefronts import ApiAccess, MadeCoupon, WantedCoupon
from crm.storefronts._fields import read_moment
from crm.storefronts._vendure.interface import ask, change, number
from crm.storefronts._vendure.people import rows

_BY_PERCENT, _BY_AMOUNT = "order_percentage_discount", "order_fixed_discount"
_FIELDS = "id couponCode enabled endsAt usageLimit actions { code args { name value } }"
_FIND = f"""query($code: String!) {{
  promotions(options: {{take: 50, sort: {{id: ASC}}, filter: {{couponCode: {{eq: $code}}}}}})
  {{ items {{ {_FIELDS} }} }} }}"""
_CREATE = f"""mutation($input: CreatePromotionInput!) {{ made: createPromotion(input: $input) {{
  __typename ... on Promotion {{ {_FIELDS} }} ... on ErrorResult {{ errorCode message }} }} }}"""
_ONE = "query($id: ID!) { promotion(id: $id) { id } }"
_DELETE = "mutation($id: ID!) { deletePromotion(id: $id) { result message } }"
_LANGUAGE = "{ activeChannel { defaultLanguageCode } }"


def create(api: ApiAccess, wanted: WantedCoupon) -> MadeCoupon:
    """Make a code and read it back; a code that exists is adopted as it is."""
    if found := find(api, wanted.code):
        return found
    made = change(api, _CREATE, {"input": _input(api, wanted)}).get("made")
    if not isinstance(made, dict) or made.get("__typename") != "Promotion":
        said = str(made.get("errorCode", "")) if isinstance(made, dict) else ""
        raise Rejected(_("The storefront refuses the coupon (%(said)s).", said=said[:100]))
    return _only_one(api, wanted.code)


def find(api: ApiAccess, code: str) -> MadeCoupon | None:
    """Look a code up as it is written: Vendure tells capitals apart."""
    kept = _promotions(api, code)
    return _made(kept[0], api) if kept else None


def void(api: ApiAccess, external_id: str) -> None:
    """Delete a promotion; its orders keep their code and their discount."""
    if ask(api, _ONE, {"id": external_id}).get("promotion") is None:
        return
    said = change(api, _DELETE, {"id": external_id}).get("deletePromotion")
    if not isinstance(said, dict) or said.get("result") != "DELETED":
        raise Rejected(_("The storefront does not delete the coupon."))


def _only_one(api: ApiAccess, code: str) -> MadeCoupon:
    """Delete what a second try may have made beside the first: it would be a second use."""
    kept = _promotions(api, code)
    if not kept:
        raise Unavailable(_("The storefront says the code exists, but does not show it."))
    for later in kept[1:]:
        void(api, str(later["id"]))
    return _made(kept[0], api)


def _promotions(api: ApiAccess, code: str) -> list[dict[str, Any]]:
    found = rows(ask(api, _FIND, {"code": code}).get("promotions"), "items")
    return [one for one in found if one.get("couponCode") == code and one.get("enabled") is True]


def _input(api: ApiAccess, wanted: WantedCoupon) -> dict[str, Any]:
    given: dict[str, Any] = {
        "enabled": True,
        "couponCode": wanted.code,
        "endsAt": f"{wanted.expires_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z",
        "conditions": _conditions(api, wanted),
        "actions": [_action(api, wanted)],
        "translations": [{"languageCode": _language(api), "name": wanted.code, "description": ""}],
    }
    return given | ({"usageLimit": 1, "perCustomerUsageLimit": 1} if wanted.single_use else {})


def _action(api: ApiAccess, wanted: WantedCoupon) -> dict[str, Any]:
    if wanted.percent is not None:
        return _operation(_BY_PERCENT, discount=str(wanted.percent))
    if wanted.amount_minor is None:
        raise Rejected(_("A coupon needs a percentage or an amount."))
    return _operation(_BY_AMOUNT, discount=_units(api, wanted.amount_minor, wanted.currency))


def _conditions(api: ApiAccess, wanted: WantedCoupon) -> list[dict[str, Any]]:
    if not wanted.minimum_minor:
        return []
    amount = _units(api, wanted.minimum_minor, wanted.currency)
    return [_operation("minimum_order_amount", amount=amount, taxInclusive="true")]


def _operation(code: str, **given: str) -> dict[str, Any]:
    listed = [{"name": name, "value": value} for name, value in given.items()]
    return {"code": code, "arguments": listed}


def _language(api: ApiAccess) -> str:
    channel = ask(api, _LANGUAGE).get("activeChannel")
    said = channel.get("defaultLanguageCode") if isinstance(channel, dict) else None
    return said if isinstance(said, str) else "en"


def _made(promotion: Mapping[str, Any], api: ApiAccess) -> MadeCoupon:
    action, value = _discount(promotion)
    return MadeCoupon(
        external_id=str(promotion["id"]),
        code=str(promotion["couponCode"]),
        percent=Decimal(to_minor(value, "EUR")) / 100 if action == _BY_PERCENT else None,
        amount_minor=_minor(api, value) if action == _BY_AMOUNT else None,
        expires_at=read_moment(promotion.get("endsAt")),
        usage_limit=_limit(promotion.get("usageLimit")),
    )


def _discount(promotion: Mapping[str, Any]) -> tuple[str, str]:
    """Read what a promotion gives; one that gives several things is not one of ours."""
    actions = rows(promotion, "actions")
    if len(actions) != 1:
        return "", ""
    named = {one.get("name"): one.get("value") for one in rows(actions[0], "args")}
    return str(actions[0].get("code")), str(named.get("discount"))


def _limit(value: Any) -> int | None:
    return value if isinstance(value, int) and value > 0 else None


def _units(api: ApiAccess, minor: int, currency: str) -> str:
    """Turn our minor units into those of the server, which may differ from the currency's."""
    exact = Decimal(minor).scaleb(number(api, "money_places", 0, 4) - minor_places(currency))
    if exact != exact.to_integral_value():
        raise Rejected(_("The storefront cannot hold an amount this fine."))
    return str(int(exact))


def _minor(api: ApiAccess, value: str) -> int:
    return to_minor(
        Decimal(to_minor(value, "JPY")).scaleb(-number(api, "money_places", 0, 4)), api.currency
    )
