"""The neutral webhook: who may send it, and what it means."""

import base64
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from crm.errors import Rejected
from crm.events import (
    Birthday,
    BuyerChanged,
    BuyerErased,
    ConsentChanged,
    Event,
    Noted,
    OrderChanged,
    ReviewDeleted,
    ReviewPosted,
    Tracking,
)
from crm.storefronts import BadSignature, Home, Hook, Secrets, standard
from tests.fakes.senders import Post, payload, raw, standard_post

NOW = datetime.now(UTC)
RECEIVED = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
HOME = Home("EUR", "Europe/Berlin", "DE", "de")
SECRET, OTHER = standard.new_secret(), standard.new_secret()


@pytest.fixture(autouse=True)
def _present(monkeypatch: pytest.MonkeyPatch) -> None:
    """Signatures are good for minutes: a long run must not judge them by the time of import."""
    monkeypatch.setitem(globals(), "NOW", datetime.now(UTC))


def hook(post: Post) -> Hook:
    headers, body = post
    return Hook(body, {name.lower(): value for name, value in headers.items()}, RECEIVED)


def meaning(body: bytes | Any) -> Event:
    (event,) = standard.parse(hook(standard_post(SECRET, body)), HOME)
    return event


def order(**changes: Any) -> dict[str, Any]:
    whole = payload("standard/order-paid")
    return {**whole, "data": {**whole["data"], **changes}}


def refused(body: Any) -> dict[str, str]:
    with pytest.raises(Rejected) as refusal:
        meaning(body)
    return refusal.value.errors


class TestSignatures:
    def test_a_signature_by_the_reference_library_counts(self) -> None:
        standard.verify(hook(standard_post(SECRET, b"{}")), Secrets((SECRET,)), NOW)

    def test_the_specification_s_own_example_verifies(self) -> None:
        headers = {
            "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "webhook-timestamp": "1614265330",
            "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        }
        sent = datetime.fromtimestamp(1614265330, UTC)
        standard.verify(
            Hook(b'{"test": 2432232314}', headers, sent),
            Secrets(("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",)),
            sent,
        )

    def test_any_of_several_signatures_and_secrets_will_do(self) -> None:
        headers, body = standard_post(OTHER, b"{}")
        headers["webhook-signature"] = "v1,AAAA v2,x " + headers["webhook-signature"]
        standard.verify(hook((headers, body)), Secrets((SECRET, OTHER)), NOW)

    @pytest.mark.parametrize("seconds", [-299, 299])
    def test_a_clock_may_be_five_minutes_off(self, seconds: int) -> None:
        post = standard_post(SECRET, b"{}", at=NOW + timedelta(seconds=seconds))
        standard.verify(hook(post), Secrets((SECRET,)), NOW)

    @pytest.mark.parametrize("seconds", [-302, 302, -86_400, 10**9])
    def test_an_old_or_future_timestamp_is_refused(self, seconds: int) -> None:
        post = standard_post(SECRET, b"{}", at=NOW + timedelta(seconds=seconds))
        with pytest.raises(BadSignature):
            standard.verify(hook(post), Secrets((SECRET,)), NOW)

    @pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
    @pytest.mark.parametrize("value", ["", None, "1", "v1,", "é", "9" * 30, "v1a,AAAA"])
    def test_a_missing_or_changed_header_is_refused(self, name: str, value: str | None) -> None:
        headers, body = standard_post(SECRET, b"{}")
        headers = {**headers, name: value} if value is not None else headers
        if value is None:
            del headers[name]
        with pytest.raises(BadSignature):
            standard.verify(hook((headers, body)), Secrets((SECRET,)), NOW)

    def test_every_changed_byte_is_noticed(self) -> None:
        headers, body = standard_post(SECRET, b'{"type":"order.paid"}')
        for place in range(len(body)):
            changed = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
            with pytest.raises(BadSignature):
                standard.verify(hook((headers, changed)), Secrets((SECRET,)), NOW)

    def test_no_secret_at_all_lets_nothing_in(self) -> None:
        with pytest.raises(BadSignature):
            standard.verify(hook(standard_post(SECRET, b"{}")), Secrets(()), NOW)

    def test_a_key_pair_signs_where_the_store_has_the_public_half(self) -> None:
        pair = Ed25519PrivateKey.generate()
        headers, body = standard_post(SECRET, b"{}")
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        headers["webhook-signature"] = "v1a," + base64.b64encode(pair.sign(signed)).decode()
        public = "whpk_" + base64.b64encode(pair.public_key().public_bytes_raw()).decode()
        standard.verify(hook((headers, body)), Secrets((), public_key=public), NOW)
        for wrong in (None, "whpk_AAAA", "nonsense", SECRET):
            with pytest.raises(BadSignature):
                standard.verify(hook((headers, body)), Secrets((SECRET,), public_key=wrong), NOW)


class TestOrders:
    def test_every_field_of_an_order_arrives(self) -> None:
        event = meaning(raw("standard/order-paid"))
        assert isinstance(event, OrderChanged)
        assert (event.external_id, event.number, event.currency) == ("1001", "#1001", "EUR")
        assert (event.total_minor, event.discount_minor, event.refunded_minor) == (5990, 500, 0)
        assert event.placed_at == datetime(2026, 11, 20, 17, 30, tzinfo=UTC)
        assert event.paid_at == event.version.at == datetime(2026, 11, 20, 17, 31, 12, tzinfo=UTC)
        assert event.coupon_codes == ("AUTUMN5",)
        assert event.tracking == Tracking("DHL", "00340", "https://track.example.test/00340")
        tea, postage = event.items
        assert (tea.product_id, tea.quantity, tea.unit_price_minor, tea.total_minor) == (
            "P1",
            2,
            2500,
            5000,
        )
        assert (postage.product_id, postage.total_minor) == (None, 990)

    def test_the_buyer_comes_with_her_address(self) -> None:
        event = meaning(raw("standard/order-paid"))
        assert isinstance(event, OrderChanged)
        assert event.person
        assert (event.person.external_id, event.person.email) == ("77", "Ada@Example.test")
        assert event.person.birthday == Birthday(2, 29, 1990)
        assert (event.person.city, event.person.country) == ("Berlin", "DE")
        assert event.person.accepts_marketing is None

    def test_a_refund_list_is_kept_beside_the_total(self) -> None:
        event = meaning(raw("standard/order-refunded"))
        assert isinstance(event, OrderChanged)
        assert event.refunded_minor == 2500
        assert [(one.external_id, one.amount_minor) for one in event.refunds] == [("RF1", 2500)]

    def test_a_whole_refund_without_its_total_is_the_order_s_total(self) -> None:
        event = meaning(order(payment_status="refunded", refunded_total=None))
        assert isinstance(event, OrderChanged)
        assert event.refunded_minor == 5990

    def test_progress_within_one_second_is_ordered(self) -> None:
        ranks = [
            meaning(order(**state)).version  # type: ignore[union-attr]
            for state in (
                {"payment_status": "unpaid"},
                {"payment_status": "paid"},
                {"fulfillment_status": "fulfilled"},
                {"fulfillment_status": "delivered"},
                {"payment_status": "refunded", "fulfillment_status": "delivered"},
                {"status": "cancelled"},
            )
        ]
        assert ranks == sorted(ranks)
        assert len({version.rank for version in ranks}) == len(ranks)

    def test_a_paid_order_without_its_time_was_paid_when_placed(self) -> None:
        event = meaning(order(paid_at=None))
        assert isinstance(event, OrderChanged)
        assert event.paid_at == event.placed_at

    def test_yen_have_no_places(self) -> None:
        event = meaning(order(currency="JPY", total="5990"))
        assert isinstance(event, OrderChanged)
        assert event.total_minor == 5990

    def test_a_number_is_read_without_rounding(self) -> None:
        event = meaning(
            b'{"type":"order.paid","data":{"id":7,"payment_status":"paid",'
            b'"placed_at":"2026-11-20T18:30:00Z","total":40.885}}'
        )
        assert isinstance(event, OrderChanged)
        assert event.total_minor == 4089
        assert event.external_id == "7"
        assert event.version.at == RECEIVED

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("placed_at", "2026-11-20T18:30:00"),
            ("placed_at", None),
            ("paid_at", "yesterday"),
            ("paid_at", 1_700_000_000),
            ("delivered_at", "9999-12-31T23:59:59-14:00"),
            ("updated_at", "0001-01-01T00:00:00+14:00"),
            ("total", "12,50"),
            ("total", "1_000"),
            ("total", "-1"),
            ("total", "NaN"),
            ("total", True),
            ("total", None),
            ("total", "9" * 40),
            ("discount_total", {}),
            ("currency", "EURO"),
            ("currency", 5),
            ("status", "paid"),
            ("payment_status", None),
            ("id", 1.5),
            ("id", ""),
            ("id", True),
            ("id", "x" * 201),
            ("items", {}),
            ("coupon_codes", "A"),
            ("coupon_codes", [1]),
            ("customer", "ada"),
            ("test", "yes"),
            ("tracking", []),
        ],
    )
    def test_a_wrong_field_is_named(self, field: str, value: Any) -> None:
        assert any(place.startswith(f"data.{field}") for place in refused(order(**{field: value})))

    @pytest.mark.parametrize("quantity", [1.5, "2", True, -1, 10**9])
    def test_a_wrong_line_is_named_by_its_place(self, quantity: Any) -> None:
        wrong = order(items=[{"title": "Tea", "quantity": quantity}])
        assert set(refused(wrong)) == {"data.items.0.quantity"}

    def test_a_refusal_never_quotes_what_stood_there(self) -> None:
        with pytest.raises(Rejected) as refusal:
            meaning(order(paid_at="ada@example.test"))
        assert "ada@" not in str(refusal.value)
        assert "data.paid_at" in refusal.value.reason

    def test_null_and_empty_text_say_nothing(self) -> None:
        whole = order(items=None, refunds=None, coupon_codes=None, test=None, tracking=None)
        whole["data"] |= {"paid_at": "", "discount_total": "", "shipping_address": None}
        whole["data"]["customer"] |= {"id": "", "birthday": "", "phone": ""}
        event = meaning(whole)
        assert isinstance(event, OrderChanged)
        assert (event.items, event.refunds, event.coupon_codes) == ((), (), ())
        assert (event.test, event.tracking, event.discount_minor) == (False, None, 0)
        assert event.person
        assert (event.person.external_id, event.person.birthday) == (None, None)

    def test_a_country_that_is_no_code_is_not_guessed(self) -> None:
        event = meaning(order(shipping_address={"city": "Bonn", "country": "Germany"}))
        assert isinstance(event, OrderChanged)
        assert event.person
        assert (event.person.city, event.person.country) == ("Bonn", None)


class TestOtherNews:
    def test_a_customer_is_told_with_birthday_and_wish(self) -> None:
        event = meaning(raw("standard/customer-updated"))
        assert isinstance(event, BuyerChanged)
        assert event.person.birthday == Birthday(2, 29)
        assert event.person.accepts_marketing is True
        assert event.person.joined_at == datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)
        assert event.person.city == "Berlin"

    @pytest.mark.parametrize("value", ["1990-02-30", "29 Feb", "--2-29", 19900229, "-02-29"])
    def test_what_is_no_birthday_is_refused(self, value: Any) -> None:
        whole = payload("standard/customer-updated")
        whole["data"]["birthday"] = value
        assert set(refused(whole)) == {"data.birthday"}

    def test_deletion_and_privacy_request_name_whom_they_can(self) -> None:
        gone, redacted = (
            meaning(raw("standard/customer-deleted")),
            meaning(raw("standard/customer-redacted")),
        )
        assert isinstance(gone, BuyerErased)
        assert isinstance(redacted, BuyerErased)
        assert (gone.external_id, gone.email) == ("77", None)
        assert (redacted.external_id, redacted.email) == (None, "ada@example.test")

    def test_a_deletion_is_newer_than_a_picture_of_the_same_second(self) -> None:
        whole = payload("standard/customer-updated")
        whole["data"]["updated_at"] = "2026-11-22T12:00:00Z"
        changed, gone = meaning(whole), meaning(raw("standard/customer-deleted"))
        assert isinstance(changed, BuyerChanged)
        assert isinstance(gone, BuyerErased)
        assert gone.version > changed.version

    def test_a_review_arrives_and_goes(self) -> None:
        posted, gone = (
            meaning(raw("standard/review-created")),
            meaning(raw("standard/review-deleted")),
        )
        assert isinstance(posted, ReviewPosted)
        assert isinstance(gone, ReviewDeleted)
        assert (posted.external_id, posted.rating, posted.order_external_id) == ("9001", 2, "1001")
        assert posted.body == "Der Tee war\nzu bitter."
        assert gone.external_id == posted.external_id

    @pytest.mark.parametrize("rating", [0, 6, 4.5, "5", None, True])
    def test_a_rating_is_a_whole_number_of_stars(self, rating: Any) -> None:
        whole = payload("standard/review-created")
        whole["data"]["rating"] = rating
        assert set(refused(whole)) == {"data.rating"}

    def test_a_decision_about_a_channel_keeps_its_time_and_proof(self) -> None:
        event = meaning(raw("standard/consent-changed"))
        assert isinstance(event, ConsentChanged)
        assert (event.channel, event.status, event.proof) == ("email", "withdrawn", "form 12")
        assert event.decided_at == datetime(2026, 11, 21, 11, 58, tzinfo=UTC)

    def test_a_decision_of_nobody_is_refused(self) -> None:
        whole = payload("standard/consent-changed")
        whole["data"]["customer"] = {"first_name": "Ada"}
        assert set(refused(whole)) == {"data.customer"}

    @pytest.mark.parametrize("name", ["standard/cart-abandoned", "standard/product-updated"])
    def test_news_we_do_not_use_is_noted(self, name: str) -> None:
        assert isinstance(meaning(raw(name)), Noted)

    def test_control_characters_do_not_reach_a_name(self) -> None:
        event = meaning(
            order(customer={"email": "a@example.test", "first_name": "A\u0007\u009bda "})
        )
        assert isinstance(event, OrderChanged)
        assert event.person
        assert event.person.first_name == "A  da"


class TestEnvelopes:
    def test_a_cloud_event_means_the_same(self) -> None:
        plain, cloud = (
            meaning(raw("standard/order-paid")),
            meaning(raw("standard/cloudevent-order-paid")),
        )
        assert isinstance(plain, OrderChanged)
        assert isinstance(cloud, OrderChanged)
        assert (plain.version.at, plain.items) == (cloud.version.at, cloud.items)

    def test_a_cloud_event_may_hold_its_content_in_base64(self) -> None:
        whole = payload("standard/cloudevent-order-paid")
        inner = raw("standard/order-paid")
        data = inner[inner.index(b'"data":') + 7 : inner.rindex(b"}")]
        whole |= {"data": None, "data_base64": base64.b64encode(data).decode()}
        assert isinstance(meaning(whole), OrderChanged)

    @pytest.mark.parametrize(
        "changes",
        [
            {"specversion": "0.3"},
            {"type": None},
            {"type": 7},
            {"time": "2026-11-20"},
            {"datacontenttype": "application/xml", "data": "<order/>"},
            {"data": "text"},
            {"data": None, "data_base64": "***"},
            {"data": None, "data_base64": 5},
        ],
    )
    def test_a_broken_cloud_event_is_refused(self, changes: dict[str, Any]) -> None:
        with pytest.raises(Rejected):
            meaning({**payload("standard/cloudevent-order-paid"), **changes})

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"garbage",
            b"[]",
            b"{}",
            b'"order.paid"',
            b'{"type": "order.paid"}',
            b'{"type": "order.paid", "data": []}',
            b'{"type": "order.exploded", "data": {}}',
            b'{"type": "nonsense", "data": {}}',
            b'{"type": "order.paid", "timestamp": 5, "data": {}}',
        ],
    )
    def test_what_cannot_be_understood_is_refused(self, body: bytes) -> None:
        with pytest.raises(Rejected):
            meaning(body)

    def test_the_topic_is_read_even_from_what_cannot_be_understood(self) -> None:
        topics = {
            body: standard.topic(Hook(body, {}, RECEIVED))
            for body in (b'{"type": "order.paid"}', b"garbage", b"[" * 100_000, b'{"type": 5}')
        }
        assert list(topics.values()) == ["order.paid", "", "", ""]


def test_a_secret_that_starts_like_one_must_go_on_like_one() -> None:
    standard.check_secret(SECRET)
    standard.check_secret("any old text")
    with pytest.raises(Rejected):
        standard.check_secret("whsec_not base64!")


def test_amounts_are_never_floats() -> None:
    event = meaning(order(total=Decimal("1.10").__str__()))
    assert isinstance(event, OrderChanged)
    assert event.total_minor == 110
