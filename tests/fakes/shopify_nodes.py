"""Orders and customers of webhooks, shown the way Shopify's GraphQL interface shows them."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

Json = dict[str, Any]

_SENT = {"fulfilled": "FULFILLED", "partial": "PARTIALLY_FULFILLED", None: "UNFULFILLED"}


def order_node(body: Json, lines: int, parts: int) -> Json:
    """Show an order with its first lines, parcels and refunds."""
    return {
        "id": _gid("Order", body["id"]),
        "name": body["name"],
        "email": body["email"] or None,
        "phone": body["phone"],
        "customerLocale": body["customer_locale"],
        "test": body["test"],
        "createdAt": _utc(body["created_at"]),
        "updatedAt": _utc(body["updated_at"]),
        "processedAt": _utc(body["processed_at"]),
        "cancelledAt": _utc(body["cancelled_at"]),
        "closedAt": _utc(body["closed_at"]),
        "currencyCode": body["currency"],
        "displayFinancialStatus": body["financial_status"].upper(),
        "displayFulfillmentStatus": body.get("shown") or _SENT[body["fulfillment_status"]],
        "totalPriceSet": _money(body["total_price"], body),
        "currentTotalPriceSet": _money(body["current_total_price"], body),
        "totalDiscountsSet": _money(body["total_discounts"], body),
        "discountCodes": [one["code"] for one in body["discount_codes"]],
        "paymentGatewayNames": body["payment_gateway_names"],
        "customAttributes": [
            {"key": one["name"], "value": str(one["value"])} for one in body["note_attributes"]
        ],
        "customer": _buyer(body.get("customer")),
        "billingAddress": _address(body["billing_address"]),
        "shippingAddress": _address(body["shipping_address"]),
        "lineItems": line_connection(body, lines, None),
        "fulfillments": [_fulfillment(one) for one in body["fulfillments"][:parts]],
        "refunds": [_refund(one, body) for one in body["refunds"][:parts]],
    }


def line_connection(body: Json, first: int, after: str | None) -> Json:
    """Show some lines of an order."""
    start = int(after or 0)
    end = start + first
    more = end < len(body["line_items"])
    nodes = [_line(one, body) for one in body["line_items"][start:end]]
    return {"nodes": nodes, "pageInfo": {"hasNextPage": more, "endCursor": str(end)}}


def customer_node(body: Json, keys: list[str]) -> Json:
    """Show a customer with the metafields that are asked for."""
    metafields = [
        {name: one[name] for name in ("namespace", "key", "value")}
        for one in body.get("metafields", [])
        if f"{one['namespace']}.{one['key']}" in keys
    ]
    return {
        "id": _gid("Customer", body["id"]),
        "firstName": body["first_name"],
        "lastName": body["last_name"],
        "createdAt": _utc(body["created_at"]),
        "updatedAt": _utc(body["updated_at"]),
        "defaultEmailAddress": _channel("emailAddress", body["email"], body, "email"),
        "defaultPhoneNumber": _channel("phoneNumber", body["phone"], body, "sms"),
        "defaultAddress": _address(body["default_address"]),
        "metafields": {"nodes": metafields},
    }


def _channel(name: str, address: str | None, body: Json, channel: str) -> Json | None:
    if not address:
        return None
    consent = body.get(f"{channel}_marketing_consent") or {"state": "not_subscribed"}
    level, source = consent.get("opt_in_level"), consent.get("consent_collected_from")
    shown = {
        name: address,
        "marketingState": consent["state"].upper(),
        "marketingOptInLevel": level.upper() if level else None,
        "marketingUpdatedAt": _utc(consent.get("consent_updated_at")),
    }
    return shown if channel == "email" else {**shown, "marketingCollectedFrom": source}


def _buyer(customer: Json | None) -> Json | None:
    if customer is None:
        return None
    email, phone = customer["email"], customer["phone"]
    return {
        "id": _gid("Customer", customer["id"]),
        "firstName": customer["first_name"],
        "lastName": customer["last_name"],
        "createdAt": _utc(customer["created_at"]),
        "defaultEmailAddress": {"emailAddress": email} if email else None,
        "defaultPhoneNumber": {"phoneNumber": phone} if phone else None,
    }


def _address(address: Json | None) -> Json | None:
    if address is None:
        return None
    return {
        "firstName": address["first_name"],
        "lastName": address["last_name"],
        "city": address["city"],
        "province": address["province"],
        "provinceCode": address["province_code"],
        "zip": address["zip"],
        "countryCodeV2": address["country_code"],
        "phone": address["phone"],
    }


def _line(line: Json, body: Json) -> Json:
    product, variant = line["product_id"], line["variant_id"]
    return {
        "name": line["name"],
        "title": line["title"],
        "sku": line["sku"],
        "quantity": line["quantity"],
        "product": {"id": _gid("Product", product)} if product else None,
        "variant": {"id": _gid("ProductVariant", variant)} if variant else None,
        "originalUnitPriceSet": _money(line["price"], body),
        "discountAllocations": [
            {"allocatedAmountSet": _money(one["amount"], body)}
            for one in line["discount_allocations"]
        ],
    }


def _fulfillment(part: Json) -> Json:
    tracked = {
        "company": part["tracking_company"],
        "number": part["tracking_number"],
        "url": part["tracking_url"],
    }
    return {
        "id": _gid("Fulfillment", part["id"]),
        "status": part["status"].upper(),
        "displayStatus": (part["shipment_status"] or "fulfilled").upper(),
        "createdAt": _utc(part["created_at"]),
        "updatedAt": _utc(part["updated_at"]),
        "trackingInfo": [tracked] if part["tracking_number"] else [],
    }


def _refund(part: Json, body: Json) -> Json:
    return {
        "id": _gid("Refund", part["id"]),
        "note": part["note"],
        "createdAt": _utc(part["created_at"]),
        "processedAt": _utc(part["processed_at"]),
        "transactions": {"nodes": [_transaction(one, body) for one in part["transactions"]]},
    }


def _transaction(moved: Json, body: Json) -> Json:
    """Show a payment in the shop's money, which a webhook leaves out."""
    amount = Decimal(moved["amount"])
    if moved["currency"] != body["currency"]:
        both = body["total_price_set"]
        shop, seen = both["shop_money"]["amount"], both["presentment_money"]["amount"]
        amount = round(amount * Decimal(shop) / Decimal(seen), 2)
    return {
        "kind": moved["kind"].upper(),
        "status": moved["status"].upper(),
        "amountSet": _money(str(amount), body),
    }


def _money(amount: str, body: Json) -> Json:
    """Write an amount without the zeros at its end, as the interface does: 55.9 for 55.90."""
    short = amount.rstrip("0") if "." in amount else amount
    short = f"{short}0" if short.endswith(".") else short
    return {"shopMoney": {"amount": short, "currencyCode": body["currency"]}}


def _utc(text: str | None) -> str | None:
    return f"{datetime.fromisoformat(text).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if text else None


def _gid(kind: str, number: Any) -> str:
    return f"gid://shopify/{kind}/{number}"
