"""Shopify's bodies as others published them, from the folder that CRM_SAMPLE_PAYLOADS names."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crm.errors import Rejected
from crm.events import BuyerChanged, Event, LookUp, Noted, OrderChanged, RefundPosted
from crm.storefronts import Home, Hook, shopify

# Read while tests are collected: later the caller's settings are put away.
FOLDER = os.environ.get("CRM_SAMPLE_PAYLOADS")
pytestmark = pytest.mark.skipif(
    not FOLDER, reason="CRM_SAMPLE_PAYLOADS names no folder of public samples"
)
RECEIVED = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
HOME = Home("USD", "America/New_York", "US", "en", dict(shopify.OPTIONS))


def read(name: str, topic: str) -> tuple[Event, ...]:
    """Read a sample as Shopify's webhook."""
    body = (Path(FOLDER or "") / "shopify" / f"{name}.json").read_bytes()
    return shopify.parse(Hook(body, {"x-shopify-topic": topic}, RECEIVED), HOME)


def order(name: str, topic: str = "orders/updated") -> OrderChanged:
    (event,) = read(name, topic)
    assert isinstance(event, OrderChanged)
    return event


def test_a_partly_refunded_order_keeps_its_price_and_loses_what_was_paid_back() -> None:
    event = order("sdk-order-multi-item-refunded-450789469")
    assert (event.total_minor, event.refunded_minor) == (59894, 20900)
    assert (event.status, event.payment_status) == ("open", "partially_refunded")
    assert [(one.external_id, one.amount_minor) for one in event.refunds] == [("509562969", 20900)]
    assert event.coupon_codes == ("TENOFF",)
    assert event.tracking is None  # its only parcel failed
    assert event.person
    assert (event.person.external_id, event.person.phone) == ("207119551", "+557734881234")
    assert event.person.accepts_marketing is None
    assert event.items[0].title == "IPod Nano - 8gb - green"
    assert event.items[0].total_minor == 19900 - 334


def test_a_cancelled_order_is_newer_than_it_was_before() -> None:
    event = order("sdk-order-cancelled", "orders/cancelled")
    assert (event.status, event.total_minor) == ("cancelled", 59894)
    assert event.cancelled_at == datetime(2025, 4, 2, 16, 31, 25, tzinfo=UTC)
    before = order("sdk-order-multi-item-refunded-450789469")
    assert before.version < event.version


@pytest.mark.parametrize("number", ["1073459963", "1073459966", "1073459969-list", "1073459976"])
def test_orders_of_nobody_are_orders(number: str) -> None:
    event = order(f"sdk-order-{number}", "orders/create")
    assert event.person
    assert event.person.email is None
    assert (event.payment_status, event.refunded_minor) == ("paid", 0)
    assert event.total_minor > 0


def test_an_order_in_euros_says_so() -> None:
    assert order("sdk-order-1073459976").currency == "EUR"


def test_one_sent_is_sent_and_one_awaiting_payment_is_unpaid() -> None:
    assert order("sdk-order-1073459970").fulfillment_status == "fulfilled"
    assert order("sdk-order-1073459983").payment_status == "unpaid"


@pytest.mark.parametrize(
    ("number", "amount"), [("509562969", 20900), ("929361471", 500), ("929361472", 4194)]
)
def test_a_refund_is_its_transactions(number: str, amount: int) -> None:
    (event,) = read(f"sdk-refund-{number}", "refunds/create")
    assert isinstance(event, RefundPosted)
    assert (event.order_external_id, event.refund.external_id) == ("450789469", number)
    assert event.refund.amount_minor == amount


@pytest.mark.parametrize("name", ["207119551", "new-1073339458", "updated"])
def test_customers_of_before_2025_decided_nothing_about_marketing(name: str) -> None:
    events = read(f"sdk-customer-{name}", "customers/update")
    assert [type(event) for event in events] == [BuyerChanged]


def test_parcels_lead_to_their_order() -> None:
    for name in ("255858046", "1069019877", "cancelled"):
        (event,) = read(f"sdk-fulfillment-{name}", "fulfillments/update")
        assert isinstance(event, LookUp), name
        assert event.kind == "order"
    (moving,) = read("sdk-fulfillment-event", "fulfillment_events/create")
    assert isinstance(moving, Noted)


def test_drafts_and_test_notifications_change_nothing() -> None:
    (draft,) = read("sdk-draft-order-null-email", "draft_orders/create")
    (pressed,) = read("testnotif-order_body", "orders/create")
    assert isinstance(draft, Noted)
    assert isinstance(pressed, Noted)


def test_every_sample_is_understood_or_refused_under_every_topic() -> None:
    topics = ("orders/updated", "customers/update", "refunds/create", "customers/redact")
    for place in sorted((Path(FOLDER or "") / "shopify").glob("*.json")):
        for topic in topics:
            try:
                assert read(place.stem, topic)
            except Rejected as no:
                assert no.reason  # noqa: PT017 - a refusal is as good, with its reason
