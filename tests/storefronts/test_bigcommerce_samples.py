"""BigCommerce's own samples, read from the folder that CRM_SAMPLE_PAYLOADS names."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crm import strict_json
from crm.errors import Rejected
from crm.events import LookUp, Noted, OrderChanged
from crm.storefronts import Home, Hook, bigcommerce
from crm.storefronts._bigcommerce.gathering import Gathered
from crm.storefronts._bigcommerce.orders import read_order
from crm.storefronts._bigcommerce.people import read_customer

# Read while tests are collected: later the caller's settings are put away.
FOLDER = os.environ.get("CRM_SAMPLE_PAYLOADS")
pytestmark = pytest.mark.skipif(
    not FOLDER, reason="CRM_SAMPLE_PAYLOADS names no folder of public samples"
)
RECEIVED = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
HOME = Home("USD", "America/New_York", "US", "en", dict(bigcommerce.OPTIONS))


def sample(name: str) -> bytes:
    return (Path(FOLDER or "") / "bigcommerce" / f"{name}.json").read_bytes()


def told(name: str) -> Any:
    return strict_json.loads(sample(name))


@pytest.mark.parametrize(
    ("name", "kind", "number"),
    [
        ("store_order_created", "order", "250"),
        ("store_order_updated", "order", "250"),
        ("store_order_archived", "order", "250"),
        ("store_order_statusUpdated", "order", "250"),
        ("store_order_message_created", "order", "250"),
        ("store_order_refund_created", "order", "250"),
        ("store_shipment_created", "order", "251"),
        ("store_customer_created", "customer", "32"),
        ("store_customer_updated", "customer", "32"),
        ("store_customer_deleted", "customer", "32"),  # its scope says created
        ("store_customer_address_created", "customer", "32"),
        ("store_subscriber_created", "subscriber", "5"),
        ("store_subscriber_deleted", "subscriber", "5"),  # its scope says updated
    ],
)
def test_a_sample_webhook_names_what_to_look_up(name: str, kind: str, number: str) -> None:
    (event,) = bigcommerce.parse(Hook(sample(f"webhook-{name}"), {}, RECEIVED), HOME)
    assert isinstance(event, LookUp)
    assert (event.kind, event.external_id, event.version.at.year) == (kind, number, 2019)


def test_a_sample_cart_is_noted() -> None:
    hook = Hook(sample("webhook-store_cart_abandoned"), {}, RECEIVED)
    assert isinstance(bigcommerce.parse(hook, HOME)[0], Noted)


def test_the_sample_orders_are_read_exactly() -> None:
    lines, refund = told("api-v2-order-products"), told("api-v3-refund")["data"]
    order = read_order(Gathered(told("api-v2-order"), lines, [], [], []), HOME)
    assert isinstance(order, OrderChanged)
    assert (order.external_id, order.total_minor, order.discount_minor) == ("218", 6984, 500)
    assert (order.payment_status, order.currency, order.test) == ("unpaid", "USD", False)
    assert order.version.at == datetime(2019, 3, 11, 15, 17, 25, tzinfo=UTC)
    assert [item.total_minor for item in order.items] == [6523, 0]
    other = read_order(Gathered(told("api-v2-order-multiple"), [], [refund], [], []), HOME)
    assert isinstance(other, OrderChanged)
    assert (other.total_minor, other.refunded_minor, other.test) == (100874, 5000, True)
    assert other.person
    assert (other.person.external_id, other.person.email) == ("11", "janedoe@email.com")


def test_the_sample_customer_has_no_id_and_is_refused() -> None:
    customer = told("api-v3-customers")["data"][0]
    with pytest.raises(Rejected, match="id"):
        read_customer(customer, HOME)
    whole = {**customer, "id": 1, "date_modified": "2026-11-20T09:00:00Z"}
    assert read_customer(json.loads(json.dumps(whole, default=str)), HOME).person.phone
