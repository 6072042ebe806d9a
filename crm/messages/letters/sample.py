"""Values that show what every variable of a template looks like."""

from datetime import date
from typing import Any

from crm.messages.letters.values import Line, Lines, LocalDate

SAMPLE: dict[str, Any] = {
    "buyer": {
        "first_name": "Mei",
        "last_name": "Lin",
        "name": "Mei Lin",
        "email": "mei.lin@example.com",
        "tier": "A",
        "vip": True,
    },
    "store": {
        "name": "Tea House",
        "url": "https://shop.example.com",
        "postal_address": "Teestraße 1, 10115 Berlin",
    },
    "offer": {
        "code": "TEA-4F7KQ2",
        "percent": 20,
        "amount": "€10.00",
        "expires_on": LocalDate.of(date(2026, 12, 24), "en"),
    },
    "order": {
        "number": "#1001",
        "total": "€59.90",
        "items": Lines([Line(title="Long Jing", quantity=2, price="€25.00", total="€50.00")]),
        "tracking_url": "https://parcels.example.com/1001",
    },
    "survey": {"url": "https://crm.example.com/s/sample"},
    "links": {
        "unsubscribe": "https://crm.example.com/u/sample",
        "preferences": "https://crm.example.com/u/sample",
    },
    "message": {"id": "0"},
}
