"""The interface of the sample shop (wc/v3): coupons, webhooks, and lists of what it has told."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from crm.demo.storefront.coupons import Refused
from crm.demo.storefront.shop import Shop

_ROOT = "/wp-json/wc/v3/"
_PLACE = re.compile(r"(coupons|webhooks|orders|customers|products/reviews)(?:/(\d+))?")
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_FAR_OFF = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: `place` is the path, `query` its parameters, `body` its JSON."""

    method: str
    place: str
    query: Mapping[str, str]
    body: Any


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered; `total` counts the things of all pages of a list."""

    status: int
    body: Any
    total: int | None = None


def is_interface(path: str) -> bool:
    """Tell whether a path belongs to the interface."""
    return path.startswith(_ROOT)


def answer(shop: Shop, asked: Asked) -> Answer:
    """Answer as the interface of a shop. Raises Refused."""
    found = _PLACE.fullmatch(asked.place.removeprefix(_ROOT))
    if found is None:
        raise Refused(404, "rest_no_route")
    kind, number = found[1], int(found[2]) if found[2] else None
    if kind == "coupons":
        return _coupons(shop, asked, number)
    if kind == "webhooks":
        return _webhooks(shop, asked, number)
    if number is None:
        return _page(_matching(shop.rows(kind), kind, asked.query), asked.query)
    return Answer(200, shop.row(kind, number))


def _coupons(shop: Shop, asked: Asked, number: int | None) -> Answer:
    if number is None:
        if asked.method == "POST":
            return Answer(201, shop.desk.create(asked.body))
        return Answer(200, shop.desk.list(asked.query.get("code")))
    if asked.method == "DELETE":
        return Answer(200, shop.desk.delete(number))
    return Answer(200, shop.desk.get(number))


def _webhooks(shop: Shop, asked: Asked, number: int | None) -> Answer:
    if number is None:
        if asked.method == "POST":
            return Answer(201, shop.hooks.register(asked.body))
        return _page(shop.hooks.list(), asked.query)
    if asked.method == "DELETE":
        return Answer(200, shop.hooks.delete(number))
    return Answer(200, shop.hooks.change(number, asked.body))


def _matching(
    rows: list[dict[str, Any]], kind: str, query: Mapping[str, str]
) -> list[dict[str, Any]]:
    if query.get("status") in ("trash", "spam"):
        return []
    field = "date_created_gmt" if kind == "products/reviews" else "date_modified_gmt"
    after = _moment(query.get("modified_after") or query.get("after")) or _LONG_AGO
    before = _moment(query.get("modified_before")) or _FAR_OFF
    kept = [row for row in rows if after < (_moment(row[field]) or _LONG_AGO) < before]
    by_change = query.get("orderby") == "modified"
    kept.sort(key=lambda row: (row["date_modified_gmt"] if by_change else "", row["id"]))
    return kept[::-1] if query.get("order") == "desc" else kept


def _page(rows: list[dict[str, Any]], query: Mapping[str, str]) -> Answer:
    size = int(query.get("per_page", "10"))
    first = int(query.get("offset") or (int(query.get("page", "1")) - 1) * size)
    return Answer(200, rows[first : first + size], len(rows))


def _moment(given: str | None) -> datetime | None:
    """Read a time; one without a zone is GMT."""
    if not given:
        return None
    moment = datetime.fromisoformat(given)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
