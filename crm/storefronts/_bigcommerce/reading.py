"""Says what a BigCommerce webhook means: its body holds ids, so mostly what to look up."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm import strict_json
from crm.errors import Rejected
from crm.events import BuyerErased, Event, LookUp, Noted, Version
from crm.i18n import gettext as _
from crm.i18n import mark
from crm.storefronts import Hook
from crm.storefronts._bigcommerce.forms import HookForm
from crm.storefronts._fields import load, unreadable

# store/order/created, or of one sales channel: store/channel/1/order/created
_SCOPE = re.compile(r"store/(?:channel/[0-9]+/)?(?P<name>.+)")


@dataclass(frozen=True, slots=True)
class _News:
    version: Version
    told: dict[str, Any]
    received_at: datetime


def read(hook: Hook) -> tuple[Event, ...]:
    """Read one webhook. Raises Rejected when it cannot be understood."""
    body = strict_json.loads(hook.body)
    if not isinstance(body, dict):
        raise Rejected(_("The body is not a JSON object."))
    scope = body.get("scope")
    found = _SCOPE.fullmatch(scope) if isinstance(scope, str) else None
    if found is None:
        raise unreadable({"scope": _("must name what happened, such as store/order/created")})
    reader = _READERS.get(found["name"])
    if reader is None:
        return (Noted(mark("a topic we do not use"), {"topic": found[0][:200]}),)
    told = load(HookForm, body)
    digest = hashlib.sha256(hook.body).hexdigest()
    version = Version(told["created_at"] or hook.received_at, 0, digest)
    return (reader(_News(version, told["data"], hook.received_at)),)


def _order(news: _News) -> LookUp:
    """Look the order up, whose id stands in one of three places."""
    told = news.told
    return LookUp(news.version, "order", _named(told["orderId"] or told["order_id"] or told["id"]))


def _customer(news: _News) -> LookUp:
    """Look the customer up; of an address, the customer whose it is."""
    address = news.told["address"]
    whose = address["customer_id"] if address else news.told["id"]
    return LookUp(news.version, "customer", _named(whose))


def _customer_gone(news: _News) -> BuyerErased:
    """Erase a customer as of now: her number is never given to anybody else."""
    version = Version(news.received_at, 1, news.version.digest)
    return BuyerErased(version, _named(news.told["id"]))


def _subscriber(news: _News) -> LookUp:
    return LookUp(news.version, "subscriber", _named(news.told["id"]))


def _subscriber_gone(_news: _News) -> Noted:
    """Note it: only the number is told, and it cannot be looked up any more."""
    return Noted(mark("a subscriber taken off the list, without a word who it was"))


def _uninstalled(_news: _News) -> Noted:
    return Noted(mark("the app was uninstalled in the shop: its webhooks end"))


def _named(external_id: str | None) -> str:
    if external_id is None or not (external_id.isascii() and external_id.isdigit()):
        raise unreadable({"data.id": _("must be a number")})
    return external_id


_READERS: dict[str, Callable[[_News], Event]] = {
    "order/created": _order,
    "order/updated": _order,
    "order/archived": _order,
    "order/statusUpdated": _order,
    "order/message/created": _order,
    "order/refund/created": _order,
    "order/transaction/created": _order,
    "order/transaction/updated": _order,
    "shipment/created": _order,
    "shipment/updated": _order,
    "shipment/deleted": _order,
    "customer/created": _customer,
    "customer/updated": _customer,
    "customer/address/created": _customer,
    "customer/address/updated": _customer,
    "customer/address/deleted": _customer,
    "customer/deleted": _customer_gone,
    "subscriber/created": _subscriber,
    "subscriber/updated": _subscriber,
    "subscriber/deleted": _subscriber_gone,
    "app/uninstalled": _uninstalled,
}
