"""Bodies that others wrote: public samples, read from the folder that CRM_SAMPLE_PAYLOADS names."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crm.errors import Rejected
from crm.events import BuyerChanged, Event, Noted, OrderChanged, ReviewPosted
from crm.storefronts import Home, Hook, Secrets, judgeme, stamped, standard, woocommerce, yotpo

# Read while tests are collected: later the caller's settings are put away.
FOLDER = os.environ.get("CRM_SAMPLE_PAYLOADS")
pytestmark = pytest.mark.skipif(
    not FOLDER, reason="CRM_SAMPLE_PAYLOADS names no folder of public samples"
)
RECEIVED = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
HOME = Home("USD", "America/New_York", "US", "en", dict(woocommerce.OPTIONS))


def sample(name: str) -> bytes:
    """Read a sample."""
    return (Path(FOLDER or "") / f"{name}.json").read_bytes()


def woo(name: str, topic: str) -> Event:
    """Read a sample as WooCommerce's webhook."""
    headers = {"x-wc-webhook-topic": topic}
    (event,) = woocommerce.parse(Hook(sample(f"woocommerce/{name}"), headers, RECEIVED), HOME)
    return event


def test_an_order_of_the_documentation_is_a_paid_guest_s_order() -> None:
    event = woo("docs-orders-1", "order.created")
    assert isinstance(event, OrderChanged)
    assert (event.external_id, event.total_minor, event.currency) == ("727", 2935, "USD")
    assert (event.payment_status, event.refunded_minor) == ("paid", 0)
    assert event.placed_at == datetime(2017, 3, 22, 19, 28, 2, tzinfo=UTC)
    assert event.person
    assert (event.person.external_id, event.person.email) == (None, "john.doe@example.com")
    assert [item.total_minor for item in event.items] == [600, 1200]
    assert event.items[1].title.startswith("Ship Your Idea –")


def test_an_order_that_cost_nothing_is_complete() -> None:
    event = woo("pipedream-order-zero-total", "order.updated")
    assert isinstance(event, OrderChanged)
    assert (event.total_minor, event.payment_status, event.status) == (0, "paid", "closed")
    assert event.person
    assert (event.person.external_id, event.person.country) == ("1", "VN")


def test_a_customer_of_the_documentation_says_nothing_of_consent_or_birthday() -> None:
    event = woo("docs-customers-1", "customer.updated")
    assert isinstance(event, BuyerChanged)
    assert event.person.external_id == "25"
    assert (event.person.accepts_marketing, event.person.birthday) == (None, None)


def test_a_review_of_the_documentation_is_read() -> None:
    event = woo("docs-product-reviews-3", "review.created")
    assert isinstance(event, ReviewPosted)
    assert (event.rating, event.verified, event.body) == (5, True, "Now works just fine.")


def test_the_error_that_replaces_an_order_is_refused() -> None:
    with pytest.raises(Rejected, match="woocommerce_rest_cannot_view"):
        woo("error-body-issue-37806", "order.updated")


def test_a_contact_of_another_product_is_noted() -> None:
    (event,) = standard.parse(Hook(sample("standard-webhooks/contact-created"), {}, RECEIVED), HOME)
    assert isinstance(event, Noted)


def test_xml_in_a_cloud_event_is_refused() -> None:
    with pytest.raises(Rejected, match="application/xml"):
        standard.parse(Hook(sample("cloudevents/structured-json"), {}, RECEIVED), HOME)


def test_the_published_test_vector_verifies() -> None:
    vector = json.loads(sample("standard-webhooks/test-vector"))
    sent = datetime.fromtimestamp(int(vector["headers"]["webhook-timestamp"]), UTC)
    hook = Hook(vector["raw_body"].encode(), vector["headers"], sent)
    standard.verify(hook, Secrets((vector["secret"],)), sent)


def test_a_review_of_judgeme_is_read() -> None:
    (event,) = judgeme.parse(Hook(sample("judgeme/review-created"), {}, RECEIVED), HOME)
    assert isinstance(event, ReviewPosted)
    assert event.person
    assert (event.rating, event.verified, event.product_id) == (5, False, "8302173290794")
    assert (event.person.external_id, event.person.phone) == ("5083214609", None)
    assert event.version.at == datetime(2023, 10, 5, 13, 35, 1, tzinfo=UTC)


def test_a_review_of_stamped_is_read() -> None:
    (event,) = stamped.parse(Hook(sample("stamped/review-2019"), {}, RECEIVED), HOME)
    assert isinstance(event, ReviewPosted)
    assert event.person
    assert (event.rating, event.verified, event.person.email) == (3, False, "example@gmail.com")
    assert event.posted_at == datetime(2019, 6, 5, 9, 30, 14, 963000, tzinfo=UTC)


def test_a_review_of_yotpo_whose_every_value_is_text_is_read() -> None:
    (event,) = yotpo.parse(Hook(sample("yotpo/review_create-2018-strings"), {}, RECEIVED), HOME)
    assert isinstance(event, ReviewPosted)
    assert (event.external_id, event.rating, event.verified) == ("219", 5, False)
    assert event.person is None
