"""WooCommerce as it really posts: what it means, and what it must not be taken for."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm.errors import Rejected
from crm.events import (
    Birthday,
    BuyerChanged,
    BuyerErased,
    ConsentChanged,
    Event,
    Noted,
    OrderChanged,
    OrderDeleted,
    ReviewDeleted,
    ReviewPosted,
    Tracking,
)
from crm.storefronts import BadSignature, Home, Hook, Secrets, woocommerce
from tests.fakes.senders import payload, woo_post

RECEIVED = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
SECRET = "s3cr3t&<x>"
HOME = Home("EUR", "Europe/Berlin", "DE", "de", dict(woocommerce.OPTIONS))


def hook(topic: str, body: bytes | Any, received_at: datetime = RECEIVED) -> Hook:
    headers, content = woo_post(SECRET, topic, body)
    return Hook(content, {name.lower(): value for name, value in headers.items()}, received_at)


def meaning(topic: str, body: bytes | Any, home: Home = HOME) -> Event:
    (event,) = woocommerce.parse(hook(topic, body), home)
    return event


def order(name: str = "order-processing", **changes: Any) -> OrderChanged:
    event = meaning("order.updated", {**payload(f"woocommerce/{name}"), **changes})
    assert isinstance(event, OrderChanged)
    return event


class TestTheDoor:
    def test_the_raw_body_is_signed_with_the_secret_as_typed(self) -> None:
        woocommerce.verify(hook("order.created", b'{"id":1}'), Secrets(("x", SECRET)), RECEIVED)

    @pytest.mark.parametrize("signature", ["", "AAAA", "é", "deadbeef"])
    def test_another_signature_is_refused(self, signature: str) -> None:
        forged = Hook(b"{}", {"x-wc-webhook-signature": signature}, RECEIVED)
        with pytest.raises(BadSignature):
            woocommerce.verify(forged, Secrets((SECRET,)), RECEIVED)

    @pytest.mark.parametrize(
        ("body", "greets"),
        [
            (b"webhook_id=3", True),
            (b"webhook_id=3\n", True),
            (b"webhook_id=", False),
            (b"webhook_id=3&x=1", False),
            (b'{"id":3}', False),
            (b"", False),
        ],
    )
    def test_only_the_unsigned_greeting_is_a_handshake(self, body: bytes, greets: bool) -> None:
        assert woocommerce.handshake(Hook(body, {}, RECEIVED)) is greets
        signed = Hook(body, {"x-wc-webhook-signature": "AAAA"}, RECEIVED)
        assert woocommerce.handshake(signed) is False

    def test_two_orders_of_one_second_are_two_deliveries(self) -> None:
        first, second = hook("order.created", {"id": 12}), hook("order.created", {"id": 13})
        same = "x-wc-webhook-delivery-id"
        assert first.headers[same] == second.headers[same]
        assert woocommerce.delivery_id(first) != woocommerce.delivery_id(second)

    def test_a_repeat_is_the_same_delivery_whatever_its_number(self) -> None:
        first = hook("order.created", {"id": 12})
        again = Hook(first.body, {**first.headers, "x-wc-webhook-delivery-id": "77"}, RECEIVED)
        assert woocommerce.delivery_id(first) == woocommerce.delivery_id(again)

    def test_one_body_under_two_topics_is_two_deliveries(self) -> None:
        names = {woocommerce.delivery_id(hook(topic, b"{}")) for topic in ("a.b", "a.c")}
        assert len(names) == 2


class TestOrders:
    def test_a_guest_s_order_arrives_whole(self) -> None:
        event = order()
        assert (event.external_id, event.number) == ("501", "501")
        assert (event.status, event.payment_status) == ("open", "paid")
        assert event.fulfillment_status == "unfulfilled"
        assert (event.total_minor, event.discount_minor) == (3240, 400)
        assert event.coupon_codes == ("welcome4",)
        assert event.person
        assert event.person.external_id is None
        assert event.person.email == "Mei.Lin@Example.test"
        assert (event.person.city, event.person.postcode) == ("Lübeck", "23552")
        assert event.person.birthday == Birthday(6, 15, 1988)
        assert event.person.accepts_marketing is None

    def test_only_gmt_times_are_read(self) -> None:
        event = order()
        assert event.placed_at == datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
        assert event.paid_at == event.version.at == datetime(2026, 11, 20, 16, 5, tzinfo=UTC)

    def test_lines_are_plain_text_and_exact_money(self) -> None:
        tea, sample = order().items
        assert tea.title == "Oolong – 100\xa0g"
        assert (tea.product_id, tea.variant_id, tea.sku) == ("93", None, "OOL")
        assert (tea.unit_price_minor, tea.total_minor) == (1400, 2800)
        assert (sample.product_id, sample.variant_id) == (None, "7")
        assert (sample.unit_price_minor, sample.total_minor) == (-50, -50)

    def test_a_completed_order_with_a_delivery_plugin_is_delivered(self) -> None:
        event = order("order-completed")
        assert (event.status, event.fulfillment_status) == ("closed", "delivered")
        assert event.fulfilled_at == datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
        assert event.delivered_at == datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
        assert event.tracking == Tracking("DHL", "JJD1", "https://track.example.test/JJD1")
        assert event.person
        assert event.person.external_id == "25"

    def test_refunds_are_negative_there_and_positive_here(self) -> None:
        event = order("order-refunded-partly")
        assert event.payment_status == "partially_refunded"
        assert event.refunded_minor == 540
        assert [(one.external_id, one.amount_minor) for one in event.refunds] == [
            ("777", 500),
            ("778", 40),
        ]

    def test_refunds_of_the_whole_sum_make_it_refunded(self) -> None:
        assert order(refunds=[{"id": 1, "total": "-32.40"}]).payment_status == "refunded"
        by_status = order(status="refunded")
        assert (by_status.payment_status, by_status.refunded_minor) == ("refunded", 3240)

    @pytest.mark.parametrize(
        ("status", "paid", "ours"),
        [
            ("pending", None, ("open", "unpaid", "unfulfilled")),
            ("failed", None, ("open", "unpaid", "unfulfilled")),
            ("on-hold", None, ("open", "unpaid", "unfulfilled")),
            ("processing", "2026-11-20T16:05:00", ("open", "paid", "unfulfilled")),
            ("processing", None, ("open", "paid", "unfulfilled")),
            ("completed", "2026-11-20T16:05:00", ("closed", "paid", "fulfilled")),
            ("completed", None, ("closed", "paid", "fulfilled")),
            ("cancelled", None, ("cancelled", "unpaid", "unfulfilled")),
            ("cancelled", "2026-11-20T16:05:00", ("cancelled", "paid", "unfulfilled")),
            ("wc-shipped", "2026-11-20T16:05:00", ("open", "paid", "unfulfilled")),
        ],
    )
    def test_one_status_becomes_three(
        self, status: str, paid: str | None, ours: tuple[str, ...]
    ) -> None:
        event = order(status=status, date_paid_gmt=paid)
        assert (event.status, event.payment_status, event.fulfillment_status) == ours
        assert (event.cancelled_at is not None) == (status == "cancelled")
        assert (event.paid_at is not None) == (ours[1] == "paid")

    def test_cash_on_delivery_is_not_paid_before_it_is_completed(self) -> None:
        waiting = order(date_paid_gmt=None, payment_method="cod")
        ended = order(
            status="completed",
            date_paid_gmt=None,
            date_completed_gmt="2026-11-22T09:00:00",
            payment_method="cod",
        )
        assert (waiting.payment_status, waiting.paid_at) == ("unpaid", None)
        assert ended.paid_at == ended.fulfilled_at

    def test_of_two_pictures_of_one_second_the_further_one_is_newer(self) -> None:
        ladder = [
            "pending",
            "failed",
            "on-hold",
            "processing",
            "completed",
            "cancelled",
            "refunded",
        ]
        versions = [order(status=status).version for status in ladder]
        assert versions == sorted(versions)

    def test_the_trash_dates_a_deletion_by_its_receipt(self) -> None:
        gone = meaning("order.deleted", payload("woocommerce/order-deleted"))
        assert isinstance(gone, OrderDeleted)
        assert (gone.external_id, gone.version.at) == ("501", RECEIVED)
        assert gone.version > order().version

    def test_an_order_back_from_the_trash_is_newer_than_its_deletion(self) -> None:
        gone = meaning("order.deleted", payload("woocommerce/order-deleted"))
        (back,) = woocommerce.parse(
            hook(
                "order.restored",
                payload("woocommerce/order-processing"),
                RECEIVED + timedelta(seconds=1),
            ),
            HOME,
        )
        assert isinstance(gone, OrderDeleted)
        assert isinstance(back, OrderChanged)
        assert back.version > gone.version

    def test_an_order_saved_as_trash_is_deleted(self) -> None:
        trashed = {**payload("woocommerce/order-processing"), "status": "trash"}
        assert isinstance(meaning("order.updated", trashed), OrderDeleted)

    @pytest.mark.parametrize("status", ["checkout-draft", "auto-draft"])
    def test_a_draft_is_only_noted(self, status: str) -> None:
        draft = {**payload("woocommerce/order-processing"), "status": status}
        assert isinstance(meaning("order.created", draft), Noted)

    def test_an_error_in_place_of_the_order_says_whom_to_ask(self) -> None:
        with pytest.raises(Rejected, match=r"woocommerce_rest_cannot_view.*administrator"):
            meaning("order.updated", payload("woocommerce/error-instead"))

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("id", None),
            ("id", 7.5),
            ("status", None),
            ("total", "12,50"),
            ("total", {}),
            ("currency", "XYZ"),
            ("date_paid_gmt", "soon"),
            ("date_paid_gmt", 5),
            ("line_items", [{"quantity": "x"}]),
            ("line_items", {}),
            ("refunds", [{"total": "-1"}]),
            ("billing", []),
            ("meta_data", "x"),
        ],
    )
    def test_a_wrong_field_is_named(self, field: str, value: Any) -> None:
        whole = {**payload("woocommerce/order-processing"), field: value}
        with pytest.raises(Rejected) as refusal:
            meaning("order.updated", whole)
        assert any(place.startswith(field) for place in refusal.value.errors)

    def test_nothing_dated_cannot_be_compared_and_is_refused(self) -> None:
        whole = payload("woocommerce/order-processing")
        with pytest.raises(Rejected) as refusal:
            meaning("order.updated", whole | {"date_modified_gmt": None, "date_created_gmt": ""})
        assert set(refusal.value.errors) == {"date_modified_gmt"}

    @pytest.mark.parametrize(
        "value",
        ["2026-11-24T08:00:00", "tomorrow", None, [], {}, 12.5, True, "99999999999999"],
    )
    def test_a_delivery_time_that_says_nothing_is_passed_over(self, value: Any) -> None:
        event = order(meta_data=[{"key": "_delivered_at", "value": value}])
        assert event.delivered_at is None

    def test_a_delivery_time_may_be_unix_seconds(self) -> None:
        event = order(meta_data=[{"key": "regulars_delivered_at", "value": 1_795_507_200}])
        assert event.delivered_at == datetime.fromtimestamp(1_795_507_200, UTC)


class TestPeople:
    def test_a_customer_is_told_by_her_own_record(self) -> None:
        event = meaning("customer.updated", payload("woocommerce/customer-updated"))
        assert isinstance(event, BuyerChanged)
        person = event.person
        assert (person.external_id, person.email) == ("25", "mei.lin@example.test")
        assert (person.birthday, person.city) == (Birthday(6, 15), "Hamburg")
        assert person.joined_at == datetime(2025, 3, 21, 15, 9, 28, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("value", "wish"),
        [("yes", True), ("1", True), (True, True), (0, False), ("no", False), ("maybe", None)],
    )
    def test_a_wish_is_read_only_under_the_name_the_shop_gave(
        self, value: Any, wish: bool | None
    ) -> None:
        told = payload("woocommerce/customer-updated")
        told["meta_data"] = [{"key": "newsletter", "value": value}]
        named = Home("EUR", "UTC", None, "en", {"consent_keys": "optin, newsletter"})
        by_name, by_default = (
            meaning("customer.updated", told, named),
            meaning("customer.updated", told),
        )
        assert isinstance(by_name, BuyerChanged)
        assert isinstance(by_default, BuyerChanged)
        assert by_name.person.accepts_marketing is wish
        assert by_default.person.accepts_marketing is None

    def test_a_birthday_that_is_none_does_not_stop_the_order(self) -> None:
        event = order(meta_data=[{"key": "birthday", "value": "next week"}])
        assert event.person
        assert event.person.birthday is None

    def test_staff_are_no_buyers(self) -> None:
        told = {**payload("woocommerce/customer-updated"), "role": "shop_manager"}
        assert isinstance(meaning("customer.updated", told), Noted)

    def test_a_deleted_customer_is_erased(self) -> None:
        event = meaning("customer.deleted", {"id": 25})
        assert isinstance(event, BuyerErased)
        assert event.external_id == "25"


SAID = {
    "channel": "email",
    "status": "granted",
    "at": "2026-11-20T16:00:00Z",
    "text": "Yes, send me offers.",
    "version": "0123456789ab",
}


class TestConsent:
    def said(self, value: Any) -> tuple[Event, ...]:
        body = payload("woocommerce/order-processing")
        body["meta_data"] = [{"key": "_regulars_consent", "value": value}]
        return woocommerce.parse(hook("order.created", body), HOME)

    def test_a_tick_at_the_checkout_is_kept_with_its_words(self) -> None:
        changed, consent = self.said(SAID)
        assert isinstance(changed, OrderChanged)
        assert isinstance(consent, ConsentChanged)
        assert consent.person == changed.person
        assert (consent.channel, consent.status) == ("email", "granted")
        assert consent.decided_at == datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
        assert consent.proof == "checkout, order 501, text 0123456789ab: Yes, send me offers."

    @pytest.mark.parametrize(
        "value",
        [
            "yes",
            None,
            [],
            {},
            SAID | {"status": "withdrawn"},
            SAID | {"channel": "sms"},
            SAID | {"text": " "},
            SAID | {"at": "soon"},
            SAID | {"at": "2026-11-20T16:00:00"},
        ],
    )
    def test_anything_less_is_no_consent(self, value: Any) -> None:
        (event,) = self.said(value)
        assert isinstance(event, OrderChanged)
        assert event.person
        assert event.person.accepts_marketing is None


class TestReviews:
    def test_a_snippet_of_the_shop_s_own_may_post_a_review_through_an_action(self) -> None:
        event = meaning("action.regulars_review", payload("woocommerce/review-posted"))
        assert isinstance(event, ReviewPosted)
        assert (event.external_id, event.rating, event.product_id) == ("20", 2, "93")
        assert event.body == "Smells of hay.\nI wanted “flowers”."
        assert event.person
        assert (event.person.email, event.person.first_name) == ("mei.lin@example.test", "Mei")

    def test_review_topics_do_as_well(self) -> None:
        told = payload("woocommerce/review-posted")["arg"]
        assert isinstance(meaning("review.created", told), ReviewPosted)
        assert isinstance(meaning("review.deleted", {"id": 20}), ReviewDeleted)

    @pytest.mark.parametrize("status", ["spam", "trash"])
    def test_a_review_in_the_spam_is_gone(self, status: str) -> None:
        told = payload("woocommerce/review-posted")
        told["arg"] = {"id": told["arg"]["id"], "status": status}
        assert isinstance(meaning("action.regulars_review", told), ReviewDeleted)

    def test_a_review_without_stars_is_only_noted(self) -> None:
        told = payload("woocommerce/review-posted")
        told["arg"]["rating"] = 0
        assert isinstance(meaning("action.regulars_review", told), Noted)


@pytest.mark.parametrize("topic", ["product.updated", "coupon.created", "action.other"])
def test_topics_we_do_not_use_are_noted(topic: str) -> None:
    assert isinstance(meaning(topic, {"id": 1}), Noted)


@pytest.mark.parametrize("body", [b"", b"garbage", b"[]", b"null", b'{"id":1,"id":2}'])
def test_what_cannot_be_understood_is_refused(body: bytes) -> None:
    with pytest.raises(Rejected):
        meaning("order.updated", body)


def test_a_post_without_its_topic_is_refused() -> None:
    with pytest.raises(Rejected, match="X-WC-Webhook-Topic"):
        woocommerce.parse(Hook(b'{"id":1}', {}, RECEIVED), HOME)
