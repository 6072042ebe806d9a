"""Orders of a made-up shop as WooCommerce posts them: some 6 KB each, every one different."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

CURRENCY = "EUR"
# Of three pictures the third shows the first one's order again, shipped by now.
_PICTURES = 3
_STEP = 7919  # prime to every crowd in use: spreads orders over buyers without a pattern
_START = datetime(2026, 1, 1, 8, tzinfo=UTC)
_TEAS = (
    ("Smoked Pine", 1290, 12.9),
    ("Morning Assam", 890, 8.9),
    ("White Peony", 2350, 23.5),
    ("Ginger Root", 640, 6.4),
    ("Old Tree Pu-Erh", 4100, 41),
)
_TOWNS = (("Lübeck", "23552"), ("Görlitz", "02826"), ("Aachen", "52062"), ("Ulm", "89073"))


def body(number: int, size: int) -> bytes:
    """Write picture `number` of `size`; of five orders two are a known buyer's."""
    group, place = divmod(number, _PICTURES)
    is_shipped = place == _PICTURES - 1
    order = group * 2 + (0 if is_shipped else place)
    buyer = order * _STEP % max(size * 2 // 5, 1)
    whole = _order(order, buyer) | _state(order, is_shipped)
    return json.dumps(whole, separators=(",", ":")).encode()


def _order(order: int, buyer: int) -> dict[str, Any]:
    return {
        "id": 50_000 + order,
        "parent_id": 0,
        "number": str(50_000 + order),
        "order_key": f"wc_order_{order:013x}",
        "created_via": "checkout",
        "version": "9.4.2",
        **_sums(order),
        **_parties(order, buyer),
        "cart_hash": f"{order * _STEP:032x}",
        "meta_data": [_meta(order, place) for place in range(32)],
        "tax_lines": [],
        "shipping_lines": [_shipping(order)],
        "fee_lines": [],
        "coupon_lines": [],
        "refunds": [],
        "payment_url": f"https://tea.example/checkout/order-pay/{50_000 + order}/",
        "is_editable": False,
        "needs_payment": False,
        "needs_processing": True,
        "_links": _links(order, buyer),
    }


def _sums(order: int) -> dict[str, Any]:
    lines = [_line(order, place) for place in range(1 + order % 4)]
    total = sum(int(line["total"].replace(".", "")) for line in lines) + 490
    return {
        "line_items": lines,
        "currency": CURRENCY,
        "currency_symbol": "€",
        "prices_include_tax": True,
        "discount_total": "0.00",
        "discount_tax": "0.00",
        "shipping_total": "4.90",
        "shipping_tax": "0.00",
        "cart_tax": "0.00",
        "total": _money(total),
        "total_tax": "0.00",
        "payment_method": "sepa",
        "payment_method_title": "Lastschrift",
        "transaction_id": f"tr_{order:024d}",
    }


def _parties(order: int, buyer: int) -> dict[str, Any]:
    address = _address(buyer)
    return {
        "customer_id": 700 + buyer,
        "customer_ip_address": f"192.0.2.{order % 250 + 1}",
        "customer_user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko Firefox/140.0",
        "customer_note": "Bitte beim Nachbarn abgeben, falls niemand öffnet.",
        "billing": address | {"email": f"buyer{buyer}@shop.example", "phone": _phone(buyer)},
        "shipping": address | {"phone": ""},
    }


def _state(order: int, is_shipped: bool) -> dict[str, Any]:
    placed_at = _START + timedelta(minutes=order)
    changed_at = placed_at + timedelta(hours=30 if is_shipped else 0, seconds=4)
    return {
        "status": "completed" if is_shipped else "processing",
        **_times("date_created", placed_at),
        **_times("date_modified", changed_at),
        **_times("date_paid", placed_at + timedelta(seconds=3)),
        **_times("date_completed", changed_at if is_shipped else None),
    }


def _times(name: str, at: datetime | None) -> dict[str, str | None]:
    """Write an instant in the shop's own time and in GMT, neither marked as such."""
    local = at + timedelta(hours=1) if at else None
    return {name: _written(local), f"{name}_gmt": _written(at)}


def _written(at: datetime | None) -> str | None:
    return f"{at:%Y-%m-%dT%H:%M:%S}" if at else None


def _line(order: int, place: int) -> dict[str, Any]:
    title, cents, price = _TEAS[(order + place) % len(_TEAS)]
    quantity = 1 + (order + place) % 3
    return {
        "id": order * 10 + place,
        "name": f"{title}, 100 g",
        "product_id": 300 + (order + place) % len(_TEAS),
        "variation_id": 0,
        "quantity": quantity,
        "tax_class": "reduced",
        "subtotal": _money(quantity * cents),
        "subtotal_tax": "0.00",
        "total": _money(quantity * cents),
        "total_tax": "0.00",
        "taxes": [{"id": 1, "total": "0.00", "subtotal": "0.00"}],
        "meta_data": [
            {"id": order * 100 + place, "key": "_reduced_stock", "value": str(quantity)},
            {"id": order * 100 + place + 50, "key": "grind", "value": "whole leaf"},
        ],
        "sku": f"TEA-{(order + place) % len(_TEAS):03d}",
        "price": price,
        "image": {"id": "41", "src": "https://tea.example/uploads/2026/01/packet-400x400.jpg"},
        "parent_name": None,
    }


def _address(buyer: int) -> dict[str, str]:
    town, postcode = _TOWNS[buyer % len(_TOWNS)]
    return {
        "first_name": f"Käthe{buyer}",
        "last_name": f"Brandt{buyer % 97}",
        "company": "",
        "address_1": f"Lindenstraße {buyer % 140 + 1}",
        "address_2": "Hinterhaus",
        "city": town,
        "state": "",
        "postcode": postcode,
        "country": "DE",
    }


def _phone(buyer: int) -> str:
    return f"0151 2{buyer:07d}"


def _meta(order: int, place: int) -> dict[str, Any]:
    value = f"{order * _STEP + place:040x}" if place % 2 else "https://tea.example/search?q=pu-erh"
    return {"id": order * 100 + place, "key": f"_attribution_{place}", "value": value}


def _shipping(order: int) -> dict[str, Any]:
    return {
        "id": order * 10 + 9,
        "method_title": "Paket",
        "method_id": "flat_rate",
        "instance_id": "1",
        "total": "4.90",
        "total_tax": "0.00",
        "taxes": [],
        "meta_data": [{"id": order * 100 + 99, "key": "Items", "value": "Tea &times; 1"}],
    }


def _links(order: int, buyer: int) -> dict[str, Any]:
    home = "https://tea.example/wp-json/wc/v3"
    return {
        "self": [{"href": f"{home}/orders/{50_000 + order}"}],
        "collection": [{"href": f"{home}/orders"}],
        "customer": [{"href": f"{home}/customers/{700 + buyer}"}],
    }


def _money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"
