"""Brings what the interface shows into the words of the webhooks, so that both are read alike."""

import re
from collections.abc import Mapping
from typing import Any

Node = Mapping[str, Any]

_TAIL = re.compile(r"gid://shopify/[A-Za-z]{1,40}/([0-9]{1,20})(?:\?.*)?")
_FULFILLMENT = {"FULFILLED": "fulfilled", "PARTIALLY_FULFILLED": "partial"}
_TO_BE_DONE = {
    "IN_PROGRESS",
    "ON_HOLD",
    "OPEN",
    "PENDING_FULFILLMENT",
    "REQUEST_DECLINED",
    "SCHEDULED",
}
# Words of the parcel's way; the others say only that there is one.
_ON_ITS_WAY = {
    "ATTEMPTED_DELIVERY",
    "CARRIER_PICKED_UP",
    "CONFIRMED",
    "DELAYED",
    "DELIVERED",
    "FAILURE",
    "IN_TRANSIT",
    "LABEL_PRINTED",
    "LABEL_PURCHASED",
    "NOT_DELIVERED",
    "OUT_FOR_DELIVERY",
    "PICKED_UP",
    "READY_FOR_PICKUP",
}


def order_body(node: Node) -> dict[str, Any]:
    """Write an order as `orders/updated` has it."""
    return {
        "id": plain_id(node),
        "name": node.get("name"),
        "email": node.get("email"),
        "phone": node.get("phone"),
        "customer_locale": node.get("customerLocale"),
        "test": node.get("test"),
        "created_at": node.get("createdAt"),
        "updated_at": node.get("updatedAt"),
        "processed_at": node.get("processedAt"),
        "cancelled_at": node.get("cancelledAt"),
        "closed_at": node.get("closedAt"),
        "note_attributes": [
            {"name": entry.get("key"), "value": entry.get("value")}
            for entry in _nodes(node.get("customAttributes"))
        ],
        "customer": _buyer(node.get("customer")),
        "billing_address": _address(node.get("billingAddress")),
        "shipping_address": _address(node.get("shippingAddress")),
        "line_items": [_line(line) for line in _nodes(node.get("lineItems"))],
        "fulfillments": [_fulfillment(part) for part in _nodes(node.get("fulfillments"))],
        "refunds": [_refund(part) for part in _nodes(node.get("refunds"))],
        **_sums(node),
    }


def _sums(node: Node) -> dict[str, Any]:
    return {
        "currency": node.get("currencyCode"),
        "total_price": _amount(node, "totalPriceSet"),
        "current_total_price": _amount(node, "currentTotalPriceSet"),
        "total_discounts": _amount(node, "totalDiscountsSet"),
        "financial_status": _lower(node.get("displayFinancialStatus")),
        "fulfillment_status": _sent(node),
        "payment_gateway_names": _list(node, "paymentGatewayNames"),
        "discount_codes": [{"code": code} for code in _list(node, "discountCodes")],
    }


def customer_body(node: Node) -> dict[str, Any]:
    """Write a customer as `customers/update` has it, with her decisions and metafields."""
    email, phone = _part(node, "defaultEmailAddress"), _part(node, "defaultPhoneNumber")
    return {
        "id": plain_id(node),
        "email": email.get("emailAddress"),
        "phone": phone.get("phoneNumber"),
        "first_name": node.get("firstName"),
        "last_name": node.get("lastName"),
        "created_at": node.get("createdAt"),
        "updated_at": node.get("updatedAt"),
        "default_address": _address(node.get("defaultAddress")),
        "email_marketing_consent": _consent(email),
        "sms_marketing_consent": _consent(phone),
        "metafields": [dict(entry) for entry in _nodes(node.get("metafields"))],
    }


def plain_id(node: Any) -> str | None:
    """Read the number at the end of a thing's id."""
    found = _TAIL.fullmatch(str(node.get("id"))) if isinstance(node, Mapping) else None
    return found[1] if found else None


def _buyer(customer: Any) -> dict[str, Any] | None:
    if not isinstance(customer, Mapping):
        return None
    return {
        "id": plain_id(customer),
        "email": _part(customer, "defaultEmailAddress").get("emailAddress"),
        "phone": _part(customer, "defaultPhoneNumber").get("phoneNumber"),
        "first_name": customer.get("firstName"),
        "last_name": customer.get("lastName"),
        "created_at": customer.get("createdAt"),
    }


def _sent(node: Node) -> str | None:
    """Read how much was sent; words of what is still to be done hide that a part already was."""
    shown = str(node.get("displayFulfillmentStatus"))
    if shown not in _TO_BE_DONE:
        return _FULFILLMENT.get(shown)
    parts = _nodes(node.get("fulfillments"))
    return "partial" if any(part.get("status") == "SUCCESS" for part in parts) else None


def _address(address: Any) -> dict[str, Any] | None:
    if not isinstance(address, Mapping):
        return None
    return {
        "first_name": address.get("firstName"),
        "last_name": address.get("lastName"),
        "city": address.get("city"),
        "province": address.get("province"),
        "province_code": address.get("provinceCode"),
        "zip": address.get("zip"),
        "country_code": address.get("countryCodeV2"),
        "phone": address.get("phone"),
    }


def _line(line: Node) -> dict[str, Any]:
    return {
        "product_id": plain_id(line.get("product")),
        "variant_id": plain_id(line.get("variant")),
        "name": line.get("name"),
        "title": line.get("title"),
        "sku": line.get("sku"),
        "quantity": line.get("quantity"),
        "price": _amount(line, "originalUnitPriceSet"),
        "discount_allocations": [
            {"amount": _amount(part, "allocatedAmountSet")}
            for part in _nodes(line.get("discountAllocations"))
        ],
    }


def _fulfillment(part: Node) -> dict[str, Any]:
    seen = part.get("displayStatus")
    tracked = next(iter(_nodes(part.get("trackingInfo"))), {})
    return {
        "id": plain_id(part),
        "status": _lower(part.get("status")),
        "shipment_status": _lower(seen) if seen in _ON_ITS_WAY else None,
        "created_at": part.get("createdAt"),
        "updated_at": part.get("updatedAt"),
        "tracking_company": tracked.get("company"),
        "tracking_number": tracked.get("number"),
        "tracking_url": tracked.get("url"),
    }


def _refund(part: Node) -> dict[str, Any]:
    return {
        "id": plain_id(part),
        "note": part.get("note"),
        "created_at": part.get("createdAt"),
        "processed_at": part.get("processedAt"),
        "transactions": [
            {
                "kind": _lower(moved.get("kind")),
                "status": _lower(moved.get("status")),
                "amount": _amount(moved, "amountSet"),
                "currency": _shop_money(moved, "amountSet").get("currencyCode"),
            }
            for moved in _nodes(part.get("transactions"))
        ],
    }


def _consent(place: Node) -> dict[str, Any] | None:
    if not place.get("marketingState"):
        return None
    return {
        "state": _lower(place.get("marketingState")),
        "opt_in_level": _lower(place.get("marketingOptInLevel")),
        "consent_updated_at": place.get("marketingUpdatedAt"),
        "consent_collected_from": place.get("marketingCollectedFrom"),
    }


def _shop_money(node: Node, name: str) -> Node:
    return _part(_part(node, name), "shopMoney")


def _amount(node: Node, name: str) -> Any:
    return _shop_money(node, name).get("amount")


def _part(node: Node, name: str) -> Node:
    found = node.get(name)
    return found if isinstance(found, Mapping) else {}


def _nodes(listed: Any) -> list[Node]:
    """List the things of a list, or of a connection with its `nodes`."""
    found = listed.get("nodes") if isinstance(listed, Mapping) else listed
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def _list(node: Node, name: str) -> list[Any]:
    found = node.get(name)
    return found if isinstance(found, list) else []


def _lower(word: Any) -> str | None:
    return word.lower() if isinstance(word, str) else None
