"""Shopify as it really posts: what it means, and what it must not be taken for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm.errors import Rejected
from crm.events import (
    BuyerChanged,
    BuyerErased,
    ConsentChanged,
    Event,
    LookUp,
    Noted,
    OrderChanged,
    OrderDeleted,
    PrivacyAsked,
    RefundPosted,
)
from crm.storefronts import BadSignature, Home, Hook, Secrets, shopify
from tests.fakes.fronts import shopify as front
from tests.fakes.senders import payload

RECEIVED = datetime(2026, 3, 25, 9, 0, tzinfo=UTC)
TRIGGERED = datetime(2026, 3, 24, 18, 0, 0, 123_456, tzinfo=UTC)
SECRET = "shpss_0a1b2c"
HOME = Home("EUR", "Europe/Berlin", "DE", "de", dict(shopify.OPTIONS))


def hook(topic: str, body: bytes | Any, **headers: str) -> Hook:
    """Post a body; headers in the way of keyword names, "" leaves one out."""
    sent, content = front.post(SECRET, topic, body)
    changed = {name.replace("_", "-"): text for name, text in headers.items()}
    kept = {name.lower(): text for name, text in sent.items()} | changed
    return Hook(content, {name: text for name, text in kept.items() if text}, RECEIVED)


def meanings(topic: str, body: bytes | Any, home: Home = HOME) -> tuple[Event, ...]:
    return shopify.parse(hook(topic, body), home)


def order(name: str = "order-paid", home: Home = HOME, **changes: Any) -> OrderChanged:
    (event,) = meanings("orders/updated", {**payload(f"shopify/{name}"), **changes}, home)
    assert isinstance(event, OrderChanged)
    return event


def refund(name: str = "refund-of-lines", home: Home = HOME, **changes: Any) -> Event:
    (event,) = meanings("refunds/create", {**payload(f"shopify/{name}"), **changes}, home)
    return event


def customer(name: str = "customer-created", **changes: Any) -> tuple[Event, ...]:
    return meanings("customers/update", {**payload(f"shopify/{name}"), **changes})


def consent(**changes: Any) -> Event:
    body = payload("shopify/consent-email-given")
    told = {**body["email_marketing_consent"], **changes}
    topic = "customers_email_marketing_consent/update"
    (event,) = meanings(topic, {**body, "email_marketing_consent": told})
    return event


# The door


def test_after_a_rotation_the_old_secret_is_good_while_it_lives() -> None:
    posted = hook("orders/create", payload("shopify/order-paid"))
    shopify.verify(posted, Secrets(("shpss_new", SECRET)), RECEIVED)
    with pytest.raises(BadSignature):
        shopify.verify(posted, Secrets(("shpss_new",)), RECEIVED)


def test_what_is_not_signed_is_refused_even_a_test_notification() -> None:
    posted = hook("orders/create", b"{}", x_shopify_hmac_sha256="", x_shopify_test="true")
    assert not shopify.handshake(posted)
    with pytest.raises(BadSignature):
        shopify.verify(posted, Secrets((SECRET,)), RECEIVED)


def test_deliveries_of_one_act_share_the_event_id_and_are_told_apart() -> None:
    body = payload("shopify/order-paid")
    topics = ("orders/create", "orders/paid", "orders/updated")
    posted = [hook(topic, body) for topic in topics]
    assert len({one.headers["x-shopify-event-id"] for one in posted}) == 1
    assert len({shopify.delivery_id(one) for one in posted}) == 3


def test_a_delivery_without_an_id_is_named_by_topic_and_body() -> None:
    names = {
        shopify.delivery_id(hook(topic, body, x_shopify_webhook_id=""))
        for topic in ("orders/paid", "orders/updated")
        for body in (b'{"id":1}', b'{"id":2}')
    }
    assert len(names) == 4


def test_a_post_without_a_topic_cannot_be_understood() -> None:
    with pytest.raises(Rejected, match="X-Shopify-Topic"):
        shopify.parse(hook("", b"{}"), HOME)


def test_a_test_notification_is_noted_whatever_it_holds() -> None:
    pressed = hook("orders/create", payload("shopify/order-paid"), x_shopify_test="true")
    (event,) = shopify.parse(pressed, HOME)
    assert isinstance(event, Noted)
    sample = {**payload("shopify/customer-created"), "id": 706405506930370084}
    assert isinstance(meanings("customers/create", sample)[0], Noted)


# Orders


def test_an_order_is_as_new_as_its_own_last_change_not_as_its_delivery() -> None:
    early = hook("orders/create", payload("shopify/order-placed"))
    (first,) = shopify.parse(early, HOME)
    (again,) = shopify.parse(replace(early, received_at=RECEIVED + timedelta(hours=4)), HOME)
    assert first == again
    assert isinstance(first, OrderChanged)
    assert first.version < order("order-paid").version < order("order-fulfilled").version


def test_of_two_pictures_of_one_second_the_one_further_on_is_newer() -> None:
    at = {"updated_at": "2026-03-20T10:00:00Z"}
    steps = (
        order("order-placed", **at),
        order("order-paid", **at),
        order("order-fulfilled", **at),
        order("order-delivered", **at),
        order("order-cancelled", **at),
    )
    assert sorted(steps, key=lambda one: one.version) == list(steps)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("pending", "unpaid"),
        ("authorized", "unpaid"),
        ("partially_paid", "unpaid"),
        ("expired", "unpaid"),
        ("voided", "unpaid"),
        (None, "unpaid"),
        ("paid", "paid"),
        ("partially_refunded", "paid"),  # called so, but no money has moved
    ],
)
def test_an_order_is_paid_when_shopify_has_all_of_the_money(word: str | None, status: str) -> None:
    assert order(financial_status=word).payment_status == status


def test_an_order_refunded_without_its_refunds_is_refunded_whole() -> None:
    event = order(financial_status="refunded", current_total_price="0.00")
    assert (event.payment_status, event.refunded_minor, event.total_minor) == (
        "refunded",
        5590,
        5590,
    )
    on_its_way = payload("shopify/refund-on-its-way")
    waiting = order(financial_status="refunded", refunds=[on_its_way], current_total_price="0.00")
    assert (waiting.payment_status, waiting.refunded_minor) == ("paid", 0)


def test_an_edited_order_comes_to_what_stands_and_a_refunded_one_to_what_was_sold() -> None:
    assert order(current_total_price="38.90").total_minor == 3890
    assert order(current_total_price="70.00", total_price="55.90").total_minor == 7000
    assert order("order-refunded-partly").total_minor == 5590
    assert order(current_total_price=None).total_minor == 5590
    assert order("order-cancelled").total_minor == 5590


def test_a_currency_without_cents_has_none_and_one_with_three_has_them() -> None:
    assert order("order-at-the-counter").total_minor == 1980
    dinars = order(currency="KWD", total_price="1.234", current_total_price="1.234")
    assert dinars.total_minor == 1234
    with pytest.raises(Rejected, match="currency"):
        order(currency="TEA")


def test_amounts_are_the_shop_s_whatever_currency_the_buyer_saw() -> None:
    event = order("order-refunded-in-dollars")
    assert (event.currency, event.total_minor, event.refunded_minor) == ("EUR", 5590, 2795)
    with pytest.raises(Rejected, match="refunds"):
        order("order-refunded-in-dollars", total_price_set=None)


def test_numbers_beyond_a_double_keep_every_digit() -> None:
    event = order(id=9007199254740993, customer={"id": 9007199254740995})
    assert event.external_id == "9007199254740993"
    assert event.person
    assert event.person.external_id == "9007199254740995"
    with pytest.raises(Rejected, match="id"):
        order(id=1.5)


def test_a_guest_a_counter_and_a_phone_are_read_as_far_as_they_are_told() -> None:
    counter = order("order-at-the-counter")
    assert counter.person
    assert (counter.person.external_id, counter.person.email) == (None, None)
    assert counter.person.phone == "+81312345678"
    for nobody in ({"customer": None}, {"customer": {}}):
        guest = order(**nobody, email=None, contact_email="Guest@Example.TEST")
        assert guest.person
        assert (guest.person.external_id, guest.person.email) == (None, "Guest@Example.TEST")
        assert guest.person.first_name == "Mei"


def test_the_address_of_an_order_follows_the_customer_s_record() -> None:
    event = order(email="new@example.test", contact_email="old@example.test")
    assert event.person
    assert event.person.email == "new@example.test"


def test_the_box_that_was_ticked_at_checkout_is_no_consent() -> None:
    event = order(buyer_accepts_marketing=True)
    assert event.person
    assert event.person.accepts_marketing is None


def test_a_birthday_asked_for_at_checkout_is_found_under_the_option_s_name() -> None:
    asked = [{"name": "Geburtstag", "value": "--02-29"}, {"name": None, "value": 1}]
    home = replace(HOME, options={"birthday_keys": "x, Geburtstag"})
    event = order(home=home, note_attributes=asked)
    assert event.person
    assert event.person.birthday
    assert (event.person.birthday.month, event.person.birthday.day) == (2, 29)
    told = order(note_attributes=asked).person
    assert told
    assert told.birthday is None


def test_an_order_has_arrived_when_all_of_its_parcels_have() -> None:
    assert order("order-part-arrived").fulfillment_status == "fulfilled"
    event = order("order-delivered")  # the gift card in it has no parcel
    assert event.fulfillment_status == "delivered"
    assert event.delivered_at == datetime(2026, 3, 23, 13, 20, tzinfo=UTC)
    assert order("order-delivered", fulfillment_status="partial").delivered_at is None
    assert order("order-delivered", fulfillment_status="restocked").fulfilled_at is None
    unshipped = order(fulfillment_status="fulfilled", fulfillments=None)
    assert (unshipped.fulfillment_status, unshipped.fulfilled_at) == (
        "fulfilled",
        unshipped.version.at,
    )


def test_a_parcel_that_was_called_back_is_not_looked_up() -> None:
    event = order("order-fulfilled")
    assert event.tracking
    assert event.tracking.number == "00340434161094000001"


def test_a_test_order_is_marked_and_only_true_marks_it() -> None:
    assert order("order-test").test
    assert not order(test="false").test


def test_an_order_without_any_time_cannot_be_placed_among_others() -> None:
    with pytest.raises(Rejected, match="updated_at"):
        order(updated_at=None, created_at=None)
    assert order(updated_at=None).version.at == datetime(2026, 3, 20, 9, 15, tzinfo=UTC)


def test_a_deletion_is_dated_by_when_it_was_first_told() -> None:
    (gone,) = meanings("orders/delete", {"id": 1})
    assert isinstance(gone, OrderDeleted)
    assert gone.version.at == TRIGGERED
    for odd in ("", "soon", "2031-01-01T00:00:00Z"):
        headers = {"x_shopify_triggered_at": odd}
        (late,) = shopify.parse(hook("orders/delete", {"id": 1}, **headers), HOME)
        assert isinstance(late, OrderDeleted)
        assert late.version.at == RECEIVED


# What is told of an order apart from it


def test_the_money_of_a_refund_is_what_its_payments_moved() -> None:
    event = refund()
    assert isinstance(event, RefundPosted)
    assert (event.order_external_id, event.refund.amount_minor) == ("5917200000001", 1500)
    shipping = refund("refund-of-shipping")
    assert isinstance(shipping, RefundPosted)
    assert shipping.refund.amount_minor == 490


def test_a_refund_told_by_itself_is_the_one_the_order_lists() -> None:
    listed = {one.external_id: one for one in order("order-refunded-partly").refunds}
    for name in ("refund-of-lines", "refund-of-shipping"):
        event = refund(name)
        assert isinstance(event, RefundPosted)
        assert listed[event.refund.external_id] == event.refund


def test_a_refund_in_the_buyer_s_currency_is_read_in_its_order() -> None:
    event = refund("refund-in-dollars")
    assert isinstance(event, LookUp)
    assert (event.kind, event.external_id) == ("order", "5917200000001")
    with pytest.raises(Rejected, match="order_id"):
        refund(order_id=None)


def test_a_delivery_may_leave_the_order_untouched_so_the_order_is_looked_up() -> None:
    told = payload("shopify/fulfillment-event-delivered")
    for name in ("fulfillment_events/create", "fulfillments/update", "orders/edited"):
        (event,) = meanings(name, told)
        assert isinstance(event, LookUp), name
    with pytest.raises(Rejected, match="order_id"):
        meanings("fulfillments/update", {"id": 1})


# Buyers


def test_a_customer_of_few_fields_is_looked_up() -> None:
    (event,) = meanings("customers/update", {"id": 77, "note": "tea"})
    assert isinstance(event, LookUp)
    assert (event.kind, event.external_id) == ("customer", "77")
    with pytest.raises(Rejected, match="id"):
        customer(id=None)


def test_a_customer_s_birthday_is_a_metafield_of_the_option_s_name() -> None:
    field = {"namespace": "custom", "key": "birthday", "value": "1990-02-29"}
    (event,) = customer(metafields=[{**field, "value": 7}, {**field, "key": 3}, field])
    assert isinstance(event, BuyerChanged)
    assert event.person.birthday
    assert event.person.birthday.year == 1990


def test_only_what_was_decided_and_when_is_a_consent() -> None:
    given = consent()
    assert isinstance(given, ConsentChanged)
    assert (given.status, given.proof) == ("granted", "Shopify: confirmed_opt_in")
    for state in ("not_subscribed", "pending", "invalid", "redacted", None, "SUBSCRIBED!"):
        assert isinstance(consent(state=state), Noted), state
    assert isinstance(consent(consent_updated_at=None), Noted)
    assert isinstance(customer("customer-of-2024", email_marketing_consent=None)[0], BuyerChanged)


def test_a_refusal_counts_also_without_its_time() -> None:
    event = consent(state="unsubscribed", consent_updated_at=None, opt_in_level=None)
    assert isinstance(event, ConsentChanged)
    assert (event.status, event.decided_at, event.proof) == ("withdrawn", TRIGGERED, None)


def test_a_consent_of_nobody_is_refused() -> None:
    with pytest.raises(Rejected):
        meanings("customers_marketing_consent/update", {"sms_marketing_consent": {}})


# Privacy


def test_an_erasure_by_e_mail_alone_is_one_and_one_of_nobody_is_not() -> None:
    erased, asked = meanings("customers/redact", payload("shopify/privacy-erasure-of-a-guest"))
    assert isinstance(erased, BuyerErased)
    assert (erased.email, erased.external_id) == ("guest@example.test", None)
    assert isinstance(asked, PrivacyAsked)
    assert "guest" not in asked.request_id
    with pytest.raises(Rejected, match="names nobody"):
        meanings("customers/redact", {"shop_id": 1, "customer": {"email": ""}})


def test_who_asks_for_access_may_be_named_by_her_orders_alone() -> None:
    (asked,) = meanings("customers/data_request", {"orders_requested": [1001]})
    assert isinstance(asked, PrivacyAsked)
    assert (asked.order_external_ids, asked.email) == (("1001",), None)
    assert asked.request_id
    with pytest.raises(Rejected, match="names nobody"):
        meanings("customers/data_request", {"data_request": {"id": 1}})


def test_a_request_tried_again_is_the_same_request() -> None:
    for name in ("privacy-access", "privacy-erasure", "privacy-shop"):
        posted = hook(front.CASES[name], payload(f"shopify/{name}"))
        later = replace(posted, received_at=RECEIVED + timedelta(hours=4))
        assert shopify.parse(posted, HOME) == shopify.parse(later, HOME)
