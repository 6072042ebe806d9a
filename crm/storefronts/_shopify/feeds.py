"""Lists what changed in Shopify, page by page in the order of change."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.storefronts import ApiAccess, Asked, Home, Page, Picture
from crm.storefronts._fields import read_moment
from crm.storefronts._shopify import lookups, queries
from crm.storefronts._shopify.admin import StaleCursor, Told, TooCostly, ask
from crm.storefronts._shopify.pictures import plain_id

# How much to ask for at once: things, their lines, their parcels and refunds. A question may cost
# 1,000 points at most, and how they are counted has changed before, so less is asked until it fits.
_STEPS = {
    "orders": ((25, 20, 5), (10, 20, 4), (5, 10, 3), (2, 10, 3), (1, 5, 2)),
    "customers": ((100, 0, 0), (50, 0, 0), (20, 0, 0), (5, 0, 0), (1, 0, 0)),
}
# Shopify leads by cursor through 25,000 things of one question; then it is asked anew by time.
_MOST_BY_CURSOR = 20_000
_WINDOW = timedelta(days=60)
_NOBODY = 5


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reader is: the question's beginning, the cursor in it, the last time that was seen.

    Times are ISO 8601 text in UTC; `since` "" asks from the beginning.
    """

    since: str
    after: str | None = None
    last: str = ""
    step: int = 0
    seen: int = 0
    total: int | None = None


def read_page(api: ApiAccess, home: Home, asked: Asked) -> Page:
    """Read one page, oldest change first. Raises Rejected or Unavailable."""
    if asked.feed not in _STEPS:
        raise Rejected(_("Shopify has no reviews of its own."))
    place = _place(asked)
    told, place = _asked(api, asked, place)
    listed = told.found.get(asked.feed)
    if not isinstance(listed, Mapping) or not isinstance(listed.get("nodes"), list):
        raise Rejected(_("Shopify's answer is not what its interface answers."))
    nodes = listed["nodes"]
    place = _counted(place, told, asked, nodes)
    parts = _STEPS[asked.feed][place.step][2]
    pictures = tuple(_picture(api, home, node, parts) for node in nodes)
    return Page(_notices(told, asked, nodes) + pictures, _onward(place, listed), place.total)


def _place(asked: Asked) -> Place:
    if asked.bookmark is None:
        return Place(_text(asked.since) if asked.since else "")
    try:
        return Place(**json.loads(asked.bookmark))
    except (ValueError, TypeError):
        raise Rejected(_("This place in the list is none of ours.")) from None


def _text(at: datetime) -> str:
    """Write an instant for a question; Shopify counts in whole seconds."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _asked(api: ApiAccess, asked: Asked, place: Place) -> tuple[Told, Place]:
    """Ask for the page: for less where it is too much, by time where the cursor is dead."""
    query = queries.ORDERS if asked.feed == "orders" else queries.CUSTOMERS
    while True:
        try:
            return ask(api, query, **_variables(api, asked, place)), place
        except TooCostly:
            if place.step + 1 >= len(_STEPS[asked.feed]):
                raise
            place = replace(place, step=place.step + 1)
        except StaleCursor:
            if place.after is None:
                raise
            place = replace(place, since=place.last or place.since, after=None, seen=0)


def _variables(api: ApiAccess, asked: Asked, place: Place) -> dict[str, Any]:
    first, lines, parts = _STEPS[asked.feed][place.step]
    common = {
        "first": first,
        "after": place.after,
        "query": f"updated_at:>='{place.since}'" if place.since else None,
        "opening": asked.bookmark is None,
    }
    if asked.feed == "orders":
        return {**common, "lines": lines, "parts": parts}
    return {**common, "keys": lookups.metafield_keys(api)}


def _counted(place: Place, told: Told, asked: Asked, nodes: list[Any]) -> Place:
    """Note how far the page led, and with the first one how much there is in all."""
    times = (read_moment(node.get("updatedAt")) for node in nodes if isinstance(node, Mapping))
    last = max((_text(at) for at in times if at), default=place.last)
    place = replace(place, last=max(last, place.last), seen=place.seen + len(nodes))
    counted = told.found.get(f"{asked.feed}Count")
    total = counted.get("count") if isinstance(counted, Mapping) else place.total
    return replace(place, total=total if isinstance(total, int) else place.total)


def _onward(place: Place, listed: Mapping[str, Any]) -> str | None:
    """Say where the next page begins.

    The question is asked anew only from a later day: customers are matched by whole days.
    """
    info = listed.get("pageInfo") or {}
    if not info.get("hasNextPage"):
        return None
    place = replace(place, after=str(info.get("endCursor")))
    if place.seen >= _MOST_BY_CURSOR and place.last[:10] > place.since[:10]:
        place = replace(place, since=place.last, after=None, seen=0)
    return json.dumps(asdict(place))


def _picture(api: ApiAccess, home: Home, node: Any, parts: int) -> Picture:
    """Read one thing of a page; customers have no parcels."""
    name = plain_id(node)
    if name is None:
        return Picture("?", fault=_("The list holds something without an id."))
    try:
        if parts:
            return Picture(name, lookups.order_events(api, home, node, parts))
        return Picture(name, lookups.customer_events(home, node))
    except Rejected as no:
        return Picture(name, fault=no.reason)


def _notices(told: Told, asked: Asked, nodes: list[Any]) -> tuple[Picture, ...]:
    """Say as faults of the list what Shopify keeps back without a word."""
    found = []
    if asked.feed == "orders" and _is_cut_off(told, asked):
        found.append(
            Picture(
                "read_all_orders",
                fault=_(
                    "Shopify shows this app the orders of the last 60 days only. Older ones need "
                    "the scope read_all_orders."
                ),
            )
        )
    if told.hidden or (asked.feed == "customers" and _nobody_named(nodes)):
        found.append(
            Picture(
                "protected_customer_data",
                fault=_(
                    "Shopify keeps data back from this app. Give it the scopes it lacks and "
                    "access to protected customer data: name, address, e-mail and phone."
                ),
            )
        )
    return tuple(found)


def _is_cut_off(told: Told, asked: Asked) -> bool:
    """Tell whether older orders were asked for than the app may see."""
    if asked.bookmark is not None or "read_all_orders" in lookups.scopes(told):
        return False
    if asked.since is None or told.said_at is None:
        return asked.since is None
    return asked.since < told.said_at - _WINDOW


def _nobody_named(nodes: list[Any]) -> bool:
    """Tell whether no customer of a page has a name or an address: then they are hidden."""
    told = ("firstName", "lastName", "defaultEmailAddress", "defaultPhoneNumber")
    known = (node.get(name) for node in nodes if isinstance(node, Mapping) for name in told)
    return len(nodes) >= _NOBODY and not any(known)
