"""The floor of applying orders: SQL by hand for the same rows, unchecked, one COMMIT an order."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import psycopg

_Row = Mapping[str, Any]

_FIND = """SELECT buyer_id, tier FROM identities
JOIN buyers ON buyers.store_id = identities.store_id AND buyers.id = buyer_id
WHERE identities.store_id = %(store)s AND (kind, value) IN
(('external', %(customer)s), ('email', %(email)s)) LIMIT 1"""

_MAKE = """WITH made AS (INSERT INTO buyers (store_id, email, phone, first_name, last_name, city,
postcode, country, timezone, timezone_source, birth_calendar, attributes, sources, vip,
orders_count, spent_minor, refunded_minor, open_cases, joined_at, created_at, updated_at)
VALUES (%(store)s, %(email)s, %(phone)s, %(first)s, %(last)s, %(city)s, %(postcode)s, %(country)s,
'Europe/Berlin', 'address', 'solar', '{}', '{}', false, 0, 0, 0, 0, %(placed)s, %(now)s, %(now)s)
RETURNING id), named AS (INSERT INTO identities (store_id, kind, value, buyer_id, created_at)
SELECT %(store)s, kind, value, id, %(now)s FROM made, (VALUES ('external', %(customer)s),
('email', %(email)s), ('phone', %(phone)s)) AS names (kind, value)) SELECT id FROM made"""

_ORDER = """INSERT INTO orders (store_id, external_id, buyer_id, number, status, payment_status,
fulfillment_status, placed_at, paid_at, fulfilled_at, currency, total_minor, discount_minor,
refunded_minor, coupon_codes, payment_method, test, refunds_seen, refunds_posted, version_at,
version_rank, version_digest, created_at, updated_at) VALUES (%(store)s, %(id)s, %(buyer)s,
%(number)s, %(status)s, 'paid', %(fulfillment)s, %(placed)s, %(paid)s, %(completed)s,
%(currency)s, %(total)s, %(discount)s, 0, '{}', %(method)s, false, '{}', '{}', %(modified)s, 0, '',
%(now)s, %(now)s)
ON CONFLICT (store_id, external_id) DO UPDATE SET buyer_id = excluded.buyer_id,
status = excluded.status, fulfillment_status = excluded.fulfillment_status,
paid_at = excluded.paid_at, fulfilled_at = excluded.fulfilled_at,
total_minor = excluded.total_minor, discount_minor = excluded.discount_minor,
payment_method = excluded.payment_method, version_at = excluded.version_at,
updated_at = excluded.updated_at WHERE orders.version_at < excluded.version_at
RETURNING id, xmax = 0"""

_EMPTY = "DELETE FROM order_items WHERE store_id = %(store)s AND order_id = %(order)s"

_ITEMS = """INSERT INTO order_items (store_id, order_id, product_id, sku, title, quantity,
unit_price_minor, total_minor) SELECT %(store)s, %(order)s, * FROM unnest(%(products)s::text[],
%(skus)s::text[], %(titles)s::text[], %(quantities)s::bigint[], %(prices)s::bigint[],
%(totals)s::bigint[])"""

_ROLL_UP = """UPDATE buyers SET first_name = %(first)s, last_name = %(last)s, city = %(city)s,
postcode = %(postcode)s, country = %(country)s, email = %(email)s, phone = %(phone)s,
orders_count = found.orders, spent_minor = found.spent, first_order_at = found.first_at,
last_order_at = found.last_at, updated_at = %(now)s, tier_since = %(now)s,
tier = CASE WHEN spent >= 50000 AND age <= 365 THEN 'A' WHEN spent >= 15000 AND age <= 365 THEN 'B'
WHEN spent >= 100 AND age <= 365 THEN 'C' WHEN spent >= 100 AND age <= 730 THEN 'D'
WHEN spent >= 100 THEN 'E' ELSE 'F' END,
tier_reason = jsonb_build_object('orders', orders, 'spent_minor', spent, 'last_order_at', last_at)
FROM (SELECT count(*) AS orders, sum(total_minor - refunded_minor) AS spent,
min(placed_at) AS first_at, max(placed_at) AS last_at,
extract(day FROM %(now)s::timestamptz - max(placed_at)) AS age
FROM orders WHERE store_id = %(store)s AND buyer_id = %(buyer)s AND counted) AS found
WHERE store_id = %(store)s AND id = %(buyer)s RETURNING tier, tier_reason"""

_CLASS = """INSERT INTO tier_changes (store_id, buyer_id, before, after, reason, changed_at)
VALUES (%(store)s, %(buyer)s, %(before)s, %(after)s, %(reason)s, %(now)s)"""


def apply(connection: psycopg.Connection, store_id: int, body: bytes, now: datetime) -> None:
    """Upsert one order of WooCommerce and all that hangs on it, in a transaction of its own."""
    row = _row(json.loads(body)) | {"store": store_id, "now": now}
    with connection.transaction():
        found = connection.execute(_FIND, row).fetchone()
        made = found or (*_one(connection, _MAKE, row), None)
        row |= {"buyer": made[0], "before": made[1]}
        kept = connection.execute(_ORDER, row).fetchone()
        if kept is None:
            return
        row["order"], is_new = kept
        if not is_new:
            connection.execute(_EMPTY, row)
        connection.execute(_ITEMS, row)
        tier, reason = _one(connection, _ROLL_UP, row)
        if tier != row["before"]:
            connection.execute(_CLASS, row | {"after": tier, "reason": json.dumps(reason)})


def _one(connection: psycopg.Connection, statement: str, row: _Row) -> tuple[Any, ...]:
    found = connection.execute(statement, row).fetchone()
    assert found is not None
    return tuple(found)


def _row(told: _Row) -> dict[str, Any]:
    billing, lines = told["billing"], told["line_items"]
    return {
        "id": str(told["id"]),
        "number": told["number"],
        "customer": str(told["customer_id"]),
        "email": billing["email"],
        "phone": "+49" + billing["phone"][1:].replace(" ", ""),
        "first": billing["first_name"],
        "last": billing["last_name"],
        "city": billing["city"],
        "postcode": billing["postcode"],
        "country": billing["country"],
        "status": "closed" if told["status"] == "completed" else "open",
        "fulfillment": "fulfilled" if told["date_completed_gmt"] else "unfulfilled",
        "placed": _utc(told["date_created_gmt"]),
        "modified": _utc(told["date_modified_gmt"]),
        "paid": _utc(told["date_paid_gmt"]),
        "completed": _utc(told["date_completed_gmt"]),
        "currency": told["currency"],
        "total": _cents(told["total"]),
        "discount": _cents(told["discount_total"]),
        "method": told["payment_method_title"],
        "products": [str(line["product_id"]) for line in lines],
        "skus": [line["sku"] for line in lines],
        "titles": [line["name"] for line in lines],
        "quantities": [line["quantity"] for line in lines],
        "prices": [_cents(line["total"]) // line["quantity"] for line in lines],
        "totals": [_cents(line["total"]) for line in lines],
    }


def _utc(text: str | None) -> str | None:
    return f"{text}Z" if text else None


def _cents(text: str) -> int:
    return int(text.replace(".", ""))
