"""Reads one order or customer through the interface, and what a list left out of an order."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from crm.errors import NotFound, Rejected
from crm.events import BuyerErased, Event, LookUp, OrderDeleted, Version
from crm.i18n import gettext as _
from crm.storefronts import ApiAccess, Home
from crm.storefronts._shopify import orders, people, pictures, queries
from crm.storefronts._shopify.admin import Told, ask
from crm.storefronts._shopify.forms import Arrival
from crm.storefronts._shopify.pictures import Node

_LINES, _PARTS = 50, 10
_MOST_PARTS = 50
_MOST_PAGES = 20
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def look_up(api: ApiAccess, home: Home, wanted: LookUp) -> tuple[Event, ...]:
    """Read one thing as it is now; what is gone is said so. Raises Rejected or Unavailable."""
    if wanted.kind == "order":
        return _look_up_order(api, home, wanted)
    if wanted.kind == "customer":
        return _look_up_customer(api, home, wanted)
    raise Rejected(_("Shopify has no reviews of its own."))


def order_events(api: ApiAccess, home: Home, node: Node, parts: int) -> tuple[Event, ...]:
    """Say what an order of a list means, after reading what the list left out.

    `parts` is how many parcels and refunds were asked for: those lists are cut without a mark.
    """
    listed = (node.get("fulfillments") or [], node.get("refunds") or [])
    if _more_lines(node) or max(map(len, listed)) >= parts:
        node = _read_order(api, str(node.get("id")))[1] or node
    return orders.read_order(_arrival("orders", pictures.order_body(node)), home)


def customer_events(home: Home, node: Node) -> tuple[Event, ...]:
    """Say what a customer of a list means."""
    return people.read_customer(_arrival("customers", pictures.customer_body(node)), home)


def metafield_keys(api: ApiAccess) -> list[str]:
    """List the metafields that may hold a birthday, as Shopify names them."""
    names = (name.strip() for name in api.options.get("birthday_keys", "").split(","))
    return [name for name in names if "." in name]


def scopes(told: Told) -> set[str]:
    """List what the app may do."""
    installed = told.found.get("currentAppInstallation")
    listed = installed.get("accessScopes") if isinstance(installed, Mapping) else None
    return {str(scope.get("handle")) for scope in listed or () if isinstance(scope, Mapping)}


def _look_up_order(api: ApiAccess, home: Home, wanted: LookUp) -> tuple[Event, ...]:
    told, node = _read_order(api, f"gid://shopify/Order/{_digits(wanted)}")
    if node is not None:
        return orders.read_order(_arrival("orders", pictures.order_body(node)), home)
    if "read_all_orders" not in scopes(told):
        raise NotFound(
            _(
                "Shopify shows this app no such order: it is deleted, or older than 60 days and "
                "needs the scope read_all_orders."
            )
        )
    return (OrderDeleted(_gone(wanted), wanted.external_id),)


def _look_up_customer(api: ApiAccess, home: Home, wanted: LookUp) -> tuple[Event, ...]:
    told = ask(
        api,
        queries.CUSTOMER,
        id=f"gid://shopify/Customer/{_digits(wanted)}",
        keys=metafield_keys(api),
    )
    node = told.found.get("customer")
    if isinstance(node, Mapping):
        return customer_events(home, node)
    return (BuyerErased(_gone(wanted), wanted.external_id),)


def _read_order(api: ApiAccess, name: str) -> tuple[Told, Node | None]:
    """Read an order with all of its lines, parcels and refunds."""
    told = ask(api, queries.ORDER, id=name, lines=_LINES, parts=_PARTS)
    node = told.found.get("order")
    if not isinstance(node, Mapping):
        return told, None
    if any(len(node.get(part) or []) >= _PARTS for part in ("fulfillments", "refunds")):
        more = ask(api, queries.ORDER, id=name, lines=1, parts=_MOST_PARTS).found.get("order")
        kept = more if isinstance(more, Mapping) else {}
        node = {**node, **{part: kept.get(part) for part in ("fulfillments", "refunds")}}
    return told, _with_all_lines(api, node)


def _with_all_lines(api: ApiAccess, node: Node) -> Node:
    lines = list((node.get("lineItems") or {}).get("nodes") or [])
    place = node
    for _page in range(_MOST_PAGES):
        if not _more_lines(place):
            break
        after = place["lineItems"]["pageInfo"].get("endCursor")
        told = ask(api, queries.ORDER_LINES, id=node["id"], lines=_LINES, after=after)
        place = told.found.get("order") or {}
        lines += (place.get("lineItems") or {}).get("nodes") or []
    return {**node, "lineItems": {"nodes": lines}}


def _more_lines(node: Node) -> bool:
    info = (node.get("lineItems") or {}).get("pageInfo") or {}
    return bool(info.get("hasNextPage"))


def _arrival(topic: str, body: dict[str, Any]) -> Arrival:
    text = json.dumps(body, sort_keys=True, default=str)
    return Arrival(topic, body, _NEVER, hashlib.sha256(text.encode()).hexdigest())


def _gone(wanted: LookUp) -> Version:
    return Version(wanted.version.at, orders.GONE, wanted.version.digest)


def _digits(wanted: LookUp) -> str:
    if not (wanted.external_id.isascii() and wanted.external_id.isdigit()):
        raise Rejected(_("This is not the number of a thing in Shopify."))
    return wanted.external_id
