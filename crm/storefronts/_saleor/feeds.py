"""Lists what changed in Saleor, oldest change first, and reads one thing as it is now."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from crm.errors import Rejected
from crm.events import BuyerErased, Event, LookUp, OrderDeleted, Version
from crm.i18n import gettext as _
from crm.storefronts import ApiAccess, Asked, Home, Page, Picture
from crm.storefronts._fields import read_moment
from crm.storefronts._saleor import queries
from crm.storefronts._saleor.access import ask, nodes
from crm.storefronts._saleor.orders import read_order
from crm.storefronts._saleor.people import GONE, read_customer
from crm.storefronts._saleor.texts import snaked

_MOST = 100  # as many as Saleor gives at once
_KINDS: Mapping[str, tuple[str, str, Callable[[Any, Home, datetime], Event]]] = {
    "orders": (queries.ORDER, "order", read_order),
    "customers": (queries.CUSTOMER, "user", read_customer),
}
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def read_page(api: ApiAccess, home: Home, asked: Asked) -> Page:
    """Read one page. Saleor's cursor names the last thing's time, so it stands while things change.

    A cursor that Saleor no longer understands, after an upgrade, is replaced by that time.
    """
    if asked.feed not in _KINDS:
        raise Rejected(_("Saleor keeps no reviews."))
    after, reached_at = _opened(asked.bookmark)
    try:
        return _page(api, home, asked, after)
    except Rejected as no:
        if after is None or "cursor" not in no.reason.lower():
            raise
    return _page(api, home, replace(asked, since=reached_at or asked.since), None)


def look_up(api: ApiAccess, home: Home, wanted: LookUp) -> tuple[Event, ...]:
    """Read one thing; null is Saleor's way of saying that it is gone."""
    feed = f"{wanted.kind}s"
    if feed not in _KINDS:
        raise Rejected(_("Saleor keeps no reviews."))
    thing = _one(api, feed, wanted.external_id)
    if thing is not None:
        return (_KINDS[feed][2](thing, home, wanted.version.at),)
    ended = Version(wanted.version.at, GONE, wanted.version.digest)
    if feed == "orders":
        return (OrderDeleted(ended, wanted.external_id),)
    return (BuyerErased(ended, wanted.external_id),)


def _page(api: ApiAccess, home: Home, asked: Asked, after: str | None) -> Page:
    try:
        found = _ask(api, queries.PAGES[asked.feed], asked, after)
        things = [snaked(node) for node in nodes(found)]
        pictures = [_picture(thing, thing, home, asked.feed) for thing in things]
    except Rejected as no:
        # Saleor answers with nothing when it cannot tell one thing of a page.
        try:
            found = _ask(api, queries.NAMES[asked.feed], asked, after)
        except Rejected:
            raise no from None
        things = [snaked(node) for node in nodes(found)]
        pictures = [_alone(api, thing, home, asked.feed) for thing in things]
    return Page(tuple(pictures), _bookmark(found, things), _total(found))


def _alone(api: ApiAccess, named: Any, home: Home, feed: str) -> Picture:
    try:
        return _picture(named, _one(api, feed, _id(named)), home, feed)
    except Rejected as no:
        return Picture(_id(named), fault=no.reason)


def _ask(api: ApiAccess, text: str, asked: Asked, after: str | None) -> dict[str, Any]:
    since = asked.since
    chosen = {"updatedAt": {"gte": since.astimezone(UTC).isoformat()}} if since else {}
    found = ask(api, text, first=_MOST, after=after, filter=chosen).get(asked.feed)
    if not isinstance(found, dict):
        raise Rejected(_("The storefront's answer is not one of a GraphQL interface."))
    return found


def _one(api: ApiAccess, feed: str, name: str) -> Any:
    text, called, _reader = _KINDS[feed]
    return snaked(ask(api, text, id=name).get(called))


def _picture(named: Any, thing: Any, home: Home, feed: str) -> Picture:
    try:
        return Picture(_id(named), (_KINDS[feed][2](thing, home, _NEVER),))
    except Rejected as no:
        return Picture(_id(named), fault=no.reason)


def _id(named: Any) -> str:
    name = named.get("id") if isinstance(named, dict) else None
    return name if isinstance(name, str) else ""


def _bookmark(found: Mapping[str, Any], things: list[Any]) -> str | None:
    turn = found.get("pageInfo")
    told = turn if isinstance(turn, dict) else {}
    cursor = told.get("endCursor")
    if told.get("hasNextPage") is not True or not isinstance(cursor, str) or not things:
        return None
    last = things[-1]
    at = last.get("updated_at") if isinstance(last, dict) else None
    return json.dumps({"after": cursor, "at": at if isinstance(at, str) else None})


def _opened(bookmark: str | None) -> tuple[str | None, datetime | None]:
    if bookmark is None:
        return None, None
    try:
        kept = json.loads(bookmark)
        return str(kept["after"]), read_moment(kept["at"])
    except (ValueError, KeyError, TypeError):
        raise Rejected(_("This bookmark is not one of ours.")) from None


def _total(found: Mapping[str, Any]) -> int | None:
    total = found.get("totalCount")
    return total if isinstance(total, int) else None
