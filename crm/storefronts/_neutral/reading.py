"""Says what a neutral webhook means: one function a type."""

from collections.abc import Callable, Mapping
from typing import Any

from crm.errors import Rejected
from crm.events import (
    BuyerChanged,
    BuyerErased,
    ConsentChanged,
    Event,
    Noted,
    Person,
    ReviewDeleted,
    ReviewPosted,
)
from crm.i18n import gettext as _
from crm.i18n import mark
from crm.storefronts import Home, Hook
from crm.storefronts._fields import load, unreadable
from crm.storefronts._neutral import forms
from crm.storefronts._neutral.envelope import Envelope, unwrap
from crm.storefronts._neutral.orders import read_order
from crm.storefronts._neutral.people import person_of

_FAMILIES = ("order", "customer", "review", "consent", "cart")


def read(hook: Hook, home: Home) -> tuple[Event, ...]:
    """Read one webhook. Raises Rejected when it cannot be understood."""
    envelope = unwrap(hook)
    reader = _READERS.get(envelope.type)
    if reader is None:
        return (_unused(envelope.type),)
    return (reader(envelope, home),)


def _unused(kind: str) -> Noted:
    family, dot, _rest = kind.partition(".")
    if family in _FAMILIES or not (dot or family == "ping"):
        known = ", ".join(_READERS)
        raise Rejected(
            _("The type %(kind)s is not known; these are: %(known)s.", kind=kind, known=known)
        )
    return Noted(mark("a topic we do not use"), {"type": kind})


def read_customer(envelope: Envelope, _home: Home) -> BuyerChanged:
    """Make the event of a customer record. Raises Rejected with the fields that are wrong."""
    told = load(forms.WholeCustomerForm, envelope.payload, "data")
    person = person_of(told, told["shipping_address"] or told["address"])
    _must_be_somebody(person, "data")
    return BuyerChanged(envelope.version(told["updated_at"]), person)


def _erased(envelope: Envelope, _home: Home) -> BuyerErased:
    told = load(forms.GoneForm, _flat(envelope.payload), "data")
    if not (told["id"] or told["email"] or told["phone"]):
        raise unreadable({"data": _("needs id, email or phone")})
    return BuyerErased(envelope.version(rank=1), told["id"], told["email"], told["phone"])


def _flat(payload: Any) -> Any:
    """Accept the customer wrapped in an object of its own, as privacy requests often come."""
    inner = payload.get("customer") if isinstance(payload, Mapping) else None
    return inner if isinstance(inner, Mapping) else payload


def read_review(envelope: Envelope, _home: Home) -> ReviewPosted:
    """Make the event of a review. Raises Rejected with the fields that are wrong."""
    told = load(forms.ReviewForm, envelope.payload, "data")
    posted_at = told["created_at"] or envelope.at
    return ReviewPosted(
        version=envelope.version(told["updated_at"]),
        external_id=told["id"],
        rating=told["rating"],
        title=told["title"] or "",
        body=told["body"] or "",
        posted_at=posted_at,
        person=person_of(told["customer"]) if told["customer"] else None,
        product_id=told["product_id"],
        order_external_id=told["order_id"],
        verified=bool(told["verified"]),
        url=told["url"],
    )


def _review_gone(envelope: Envelope, _home: Home) -> ReviewDeleted:
    told = load(forms.GoneForm, envelope.payload, "data")
    if not told["id"]:
        raise unreadable({"data.id": _("must be an id: text or a whole number")})
    return ReviewDeleted(envelope.version(rank=1), told["id"])


def _consent(envelope: Envelope, _home: Home) -> ConsentChanged:
    told = load(forms.ConsentForm, envelope.payload, "data")
    person = person_of(told["customer"])
    _must_be_somebody(person, "data.customer")
    at = told["at"] or envelope.at
    return ConsentChanged(
        version=envelope.version(at),
        person=person,
        channel=told["channel"],
        status=told["status"],
        decided_at=at,
        proof=told["proof"],
    )


def _must_be_somebody(person: Person, place: str) -> None:
    if not (person.external_id or person.email or person.phone):
        raise unreadable({place: _("needs id, email or phone")})


def _cart(_envelope: Envelope, _home: Home) -> Noted:
    return Noted(mark("a cart that nobody has paid"))


_READERS: dict[str, Callable[[Envelope, Home], Event]] = {
    "order.created": read_order,
    "order.updated": read_order,
    "order.paid": read_order,
    "order.fulfilled": read_order,
    "order.delivered": read_order,
    "order.cancelled": read_order,
    "order.refunded": read_order,
    "customer.created": read_customer,
    "customer.updated": read_customer,
    "customer.deleted": _erased,
    "customer.redacted": _erased,
    "review.created": read_review,
    "review.updated": read_review,
    "review.deleted": _review_gone,
    "consent.changed": _consent,
    "cart.abandoned": _cart,
}
