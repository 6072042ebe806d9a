"""Saleor as it really posts: what counts as its signature, and what its bodies mean."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crm.errors import Rejected, Unavailable
from crm.events import (
    BuyerChanged,
    BuyerErased,
    Event,
    LookUp,
    Noted,
    OrderChanged,
    Refund,
)
from crm.storefronts import BadSignature, Home, Hook, Secrets, _jwks, saleor
from crm.storefronts._saleor.people import GONE
from crm.storefronts._saleor.queries import SUBSCRIPTION
from tests.fakes.fronts import RECEIVED
from tests.fakes.fronts.saleor import post
from tests.fakes.saleor import Saleor, SigningKey, base64url
from tests.fakes.senders import payload

HOME = Home("EUR", "Europe/Berlin", "DE", "de", dict(saleor.OPTIONS))
DOCS = Path(__file__).parents[2] / "docs" / "storefronts" / "saleor.md"
BODY = b'{"order":{"id":"T3JkZXI6MQ=="}}'
KEYS = (SigningKey(), SigningKey())


def hook(topic: str, body: bytes | Any, **headers: str) -> Hook:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Hook(content, {"saleor-event": topic, **headers}, RECEIVED)


def meanings(topic: str, body: bytes | Any, home: Home = HOME) -> tuple[Event, ...]:
    return saleor.parse(hook(topic, body), home)


def order(name: str = "order-fully-paid", topic: str = "order_updated", **changes: Any) -> Any:
    told = payload(f"saleor/{name}")
    told["order"] |= changes
    (event,) = meanings(topic, told)
    return event


def money(amount: float, currency: str = "EUR") -> dict[str, Any]:
    return {"amount": amount, "currency": currency}


def moved(kind: str, amount: float, at: str = "2026-11-23T10:00:00+00:00") -> dict[str, Any]:
    return {"id": f"{kind}-{amount}", "type": kind, "createdAt": at, "amount": money(amount)}


@pytest.fixture
def shop() -> Iterator[Saleor]:
    """A shop whose keys nobody has read yet."""
    _jwks.forget()
    with Saleor(key=KEYS[0]) as opened:
        yield opened
    _jwks.forget()


def check(shop: Saleor, signature: str, body: bytes = BODY, *live: str) -> None:
    signed = hook("order_updated", body, **{"saleor-signature": signature})
    saleor.verify(signed, Secrets(live, None, shop.keys_url), RECEIVED)


def age(shop: Saleor, hours: float) -> None:
    """Let time pass since the keys were last read."""
    ring = _jwks._rings[shop.keys_url]
    for name in ("read_at", "failed_at", "searched_at"):
        then = getattr(ring, name)
        setattr(ring, name, then and then - hours * 3600)


class TestSignatures:
    def test_a_body_signed_with_a_published_key_is_taken(self, shop: Saleor) -> None:
        check(shop, shop.key.sign(BODY))
        check(shop, shop.key.sign(b""), b"")
        assert shop.seen == ["keys"]

    def test_the_older_name_of_the_header_does_as_well(self, shop: Saleor) -> None:
        older = {"x-saleor-signature": shop.key.sign(BODY), "x-saleor-event": "ORDER_PAID"}
        told = Hook(BODY, older, RECEIVED)
        saleor.verify(told, Secrets((), None, shop.keys_url), RECEIVED)
        assert saleor.topic(told) == "order_paid"

    @pytest.mark.parametrize(
        "header",
        [
            {"alg": "none"},
            {"alg": "HS256"},
            {"alg": "RS512"},
            {"alg": None},
            {"alg": ["RS256"]},
            {"b64": True},
            {"b64": None},
            {"b64": 0},
            {"crit": None},
            {"crit": []},
            {"crit": ["b64", "exp"]},
            {"crit": "b64"},
            {"kid": None},
            {"kid": ""},
            {"kid": 1},
            {"kid": "x" * 201},
        ],
        ids=str,
    )
    def test_any_other_header_is_refused_though_rightly_signed(
        self, shop: Saleor, header: dict[str, Any]
    ) -> None:
        with pytest.raises(BadSignature):
            check(shop, shop.key.sign(BODY, **header))
        assert shop.seen == []

    def test_the_public_key_as_a_secret_signs_nothing(self, shop: Saleor) -> None:
        import hashlib
        import hmac

        said = {"alg": "HS256", "b64": False, "crit": ["b64"], "kid": shop.key.kid}
        head = base64url(json.dumps(said).encode())
        mac = hmac.digest(shop.key.jwk["n"].encode(), f"{head}.".encode() + BODY, hashlib.sha256)
        with pytest.raises(BadSignature):
            check(shop, f"{head}..{base64url(mac)}")

    def test_the_body_is_not_taken_from_the_signature(self, shop: Saleor) -> None:
        head, _empty, signature = shop.key.sign(BODY).split(".")
        for text in (
            f"{head}.{base64url(BODY)}.{signature}",
            f"{head}.{signature}",
            f"{head}...{signature}",
            f"..{signature}",
            f"{head}..",
            f"{head}..{signature}=",
            f"{head}..{signature}\u00e9",
            f"{base64url(b'[]')}..{signature}",
            f"{base64url(b'[' * 3000)}..{signature}",
            "." * 9000,
            "",
        ):
            with pytest.raises(BadSignature):
                check(shop, text)

    def test_another_s_key_under_our_name_is_refused(self, shop: Saleor) -> None:
        with pytest.raises(BadSignature):
            check(shop, KEYS[1].sign(BODY, kid=shop.key.kid))

    def test_an_unknown_key_is_looked_for_once_and_no_more(self, shop: Saleor) -> None:
        check(shop, shop.key.sign(BODY))
        forged = KEYS[1].sign(BODY)
        for _ in range(20):
            with pytest.raises(BadSignature):
                check(shop, forged)
        assert shop.seen == ["keys", "keys"]

    def test_a_changed_key_is_found_and_the_old_one_ends(self, shop: Saleor) -> None:
        old = shop.key.sign(BODY)
        check(shop, old)
        shop.key = KEYS[1]
        check(shop, shop.key.sign(BODY))
        with pytest.raises(BadSignature):
            check(shop, old)
        assert shop.seen == ["keys", "keys"]

    def test_known_keys_serve_while_the_shop_is_away(self, shop: Saleor) -> None:
        check(shop, shop.key.sign(BODY))
        shop.keys_answer = (404, None)
        check(shop, shop.key.sign(BODY))
        assert shop.seen == ["keys"]

    def test_keys_are_read_anew_after_hours_and_serve_a_day_when_that_fails(
        self, shop: Saleor
    ) -> None:
        check(shop, shop.key.sign(BODY))
        age(shop, hours=5)
        check(shop, shop.key.sign(BODY))
        assert shop.seen == ["keys"]
        shop.keys_answer = (404, None)
        age(shop, hours=2)
        check(shop, shop.key.sign(BODY))
        assert shop.seen == ["keys", "keys"]
        age(shop, hours=18)
        with pytest.raises(Unavailable):
            check(shop, shop.key.sign(BODY))
        shop.keys_answer = None
        age(shop, hours=0.1)
        check(shop, shop.key.sign(BODY))

    def test_many_at_once_ask_for_the_keys_once(self, shop: Saleor) -> None:
        signature = shop.key.sign(BODY)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _number: check(shop, signature), range(40)))
        assert shop.seen == ["keys"]

    def test_a_key_that_will_do_does_not_wait_for_a_search(self, shop: Saleor) -> None:
        check(shop, shop.key.sign(BODY))
        age(shop, hours=7)
        shop.asked_for_keys.clear()
        shop.open_door.clear()
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(check, shop, shop.key.sign(BODY))
            assert shop.asked_for_keys.wait(10)
            check(shop, shop.key.sign(BODY))
            assert not waiting.done()
            shop.open_door.set()
            waiting.result()
        assert shop.seen == ["keys", "keys"]

    @pytest.mark.parametrize(
        "answer",
        [
            (404, None),
            (302, None),
            (200, None),
            (200, []),
            (200, {"keys": []}),
            (200, {"keys": "x"}),
            (200, {"keys": [None, 1, {}, {"kid": "a", "kty": "oct", "k": "AAAA"}]}),
        ],
        ids=str,
    )
    def test_without_keys_nothing_is_refused_for_good(
        self, shop: Saleor, answer: tuple[int, Any]
    ) -> None:
        shop.keys_answer = answer
        for _ in range(3):
            with pytest.raises(Unavailable):
                check(shop, shop.key.sign(BODY))
        assert shop.seen == ["keys"], "asked again at once"
        shop.keys_answer = None
        _jwks.forget()
        check(shop, shop.key.sign(BODY))

    def test_a_new_key_that_cannot_be_looked_for_is_not_refused_for_good(
        self, shop: Saleor
    ) -> None:
        check(shop, shop.key.sign(BODY))
        shop.keys_answer = (404, None)
        for _ in range(3):
            with pytest.raises(Unavailable):
                check(shop, KEYS[1].sign(BODY))
        check(shop, shop.key.sign(BODY))
        assert shop.seen == ["keys", "keys"]

    def test_nobody_there_is_an_outage_and_no_bad_signature(self) -> None:
        _jwks.forget()
        gone = Secrets((), None, "http://127.0.0.1:1/.well-known/jwks.json")
        signed = hook("order_updated", BODY, **{"saleor-signature": KEYS[0].sign(BODY)})
        with pytest.raises(Unavailable):
            saleor.verify(signed, gone, RECEIVED)
        _jwks.forget()

    @pytest.mark.parametrize(
        "change",
        [
            {"kty": "EC"},
            {"alg": "PS256"},
            {"use": "enc"},
            {"n": "AQAB"},
            {"n": "not base64!"},
            {"n": None},
            {"e": "Ag"},
            {"e": "AQ"},
            {"e": "AQAAAAAAAAAB"},
            {"kid": None},
        ],
        ids=str,
    )
    def test_a_key_that_is_not_for_this_is_left_out(
        self, shop: Saleor, change: dict[str, Any]
    ) -> None:
        spoiled = {**shop.key.published(), **change}
        shop.keys_answer = (200, {"keys": [spoiled, KEYS[1].published()]})
        check(shop, KEYS[1].sign(BODY))
        with pytest.raises(BadSignature):
            check(shop, shop.key.sign(BODY))

    def test_a_short_key_is_left_out(self, shop: Saleor) -> None:
        short = SigningKey(1024)
        shop.keys_answer = (200, {"keys": [short.published(), KEYS[1].published()]})
        with pytest.raises(BadSignature):
            check(shop, short.sign(BODY))

    def test_the_older_kind_is_checked_with_the_secrets(self, shop: Saleor) -> None:
        headers, body = post("s3cr3t", "order_updated", BODY, shop)
        told = Hook(body, {name.lower(): text for name, text in headers.items()}, RECEIVED)
        saleor.verify(told, Secrets(("new", "s3cr3t"), None, None), RECEIVED)
        for live in ((), ("other",)):
            with pytest.raises(BadSignature):
                saleor.verify(told, Secrets(live, None, shop.keys_url), RECEIVED)
        with pytest.raises(BadSignature):
            saleor.verify(replace(told, body=BODY + b" "), Secrets(("s3cr3t",)), RECEIVED)
        assert shop.seen == []

    def test_without_a_place_for_keys_nothing_is_taken(self, shop: Saleor) -> None:
        signed = hook("order_updated", BODY, **{"saleor-signature": shop.key.sign(BODY)})
        with pytest.raises(BadSignature):
            saleor.verify(signed, Secrets(()), RECEIVED)


class TestTheDoor:
    def test_a_repeat_is_known_by_event_and_body(self) -> None:
        one, again = hook("order_paid", BODY), hook("ORDER_PAID", BODY, other="x")
        assert saleor.delivery_id(one) == saleor.delivery_id(again)
        others = (hook("order_updated", BODY), hook("order_paid", BODY + b" "))
        assert saleor.delivery_id(one) not in [saleor.delivery_id(other) for other in others]

    def test_a_post_without_its_event_is_refused(self) -> None:
        with pytest.raises(Rejected, match="Saleor-Event"):
            saleor.parse(Hook(BODY, {}, RECEIVED), HOME)


class TestOrders:
    def test_money_is_read_exactly_whatever_its_currency(self) -> None:
        for amount, currency, expected in (
            (b"12.345", "KWD", 12345),
            (b"1e3", "JPY", 1000),
            (b"0.1", "EUR", 10),
            (b"29.99", "EUR", 2999),
            (b"8.115", "EUR", 812),
        ):
            told = payload("saleor/order-created-guest")
            told["order"]["total"] = {"gross": {"amount": "AMOUNT", "currency": currency}}
            body = json.dumps(told).encode().replace(b'"AMOUNT"', amount)
            (event,) = meanings("order_created", body)
            assert isinstance(event, OrderChanged)
            assert (event.total_minor, event.currency) == (expected, currency)

    @pytest.mark.parametrize(
        ("status", "ours"),
        [
            ("UNFULFILLED", ("open", "unfulfilled")),
            ("PARTIALLY_FULFILLED", ("open", "partial")),
            ("FULFILLED", ("closed", "fulfilled")),
            ("PARTIALLY_RETURNED", ("open", "fulfilled")),
            ("RETURNED", ("closed", "fulfilled")),
            ("CANCELED", ("cancelled", "unfulfilled")),
            ("EXPIRED", ("cancelled", "unfulfilled")),
            ("A_NEW_WORD", ("open", "unfulfilled")),
        ],
    )
    def test_its_status_becomes_ours(self, status: str, ours: tuple[str, str]) -> None:
        event = order(status=status)
        assert (event.status, event.fulfillment_status) == ours
        assert (event.cancelled_at is not None) == (ours[0] == "cancelled")

    @pytest.mark.parametrize("status", ["DRAFT", "UNCONFIRMED"])
    def test_an_order_that_is_not_confirmed_is_only_noted(self, status: str) -> None:
        assert isinstance(order(status=status), Noted)

    @pytest.mark.parametrize(
        ("held", "returned", "events", "ours"),
        [
            # nothing, a part, the whole
            (0, 0, [], ("unpaid", 0)),
            (20, 0, [("CHARGE_SUCCESS", 20)], ("unpaid", 0)),
            (32.4, 0, [("CHARGE_SUCCESS", 32.4)], ("paid", 0)),
            (32.4, 0, [], ("paid", 0)),
            # given back, in part and in whole
            (27, 5.4, [("CHARGE_SUCCESS", 32.4)], ("partially_refunded", 540)),
            (0, 32.4, [("CHARGE_SUCCESS", 32.4)], ("refunded", 3240)),
            (27, 5.4, [], ("partially_refunded", 540)),
            # under way: no longer held, not yet given back
            (27, 0, [("CHARGE_SUCCESS", 32.4), ("REFUND_REQUEST", 5.4)], ("paid", 0)),
            # an app that writes both down by hand, with a correction or without
            (27, 5.4, [("CHARGE_SUCCESS", 32.4), ("CHARGE_SUCCESS", -5.4)], ("p", 540)),
            (32.4, 5.4, [("CHARGE_SUCCESS", 32.4)], ("p", 540)),
            # charged by mistake and taken back
            (0, 0, [("CHARGE_SUCCESS", 32.4), ("CHARGE_SUCCESS", -32.4)], ("unpaid", 0)),
            # too much, and the rest given back
            (32.4, 7.6, [("CHARGE_SUCCESS", 40)], ("paid", 0)),
            (30, 10, [("CHARGE_SUCCESS", 40)], ("p", 240)),
            # the bank took it back
            (0, 0, [("CHARGE_SUCCESS", 32.4), ("CHARGE_BACK", 32.4)], ("refunded", 3240)),
        ],
    )
    def test_what_was_paid_and_given_back(
        self, held: float, returned: float, events: list[tuple[str, float]], ours: tuple[str, int]
    ) -> None:
        event = order(
            isPaid=False,
            chargeStatus="PARTIAL",
            totalCharged=money(held),
            totalRefunded=money(returned),
            transactions=[{"name": "", "events": [moved(*one) for one in events]}],
        )
        said = "partially_refunded" if ours[0] == "p" else ours[0]
        assert (event.payment_status, event.refunded_minor) == (said, ours[1])
        assert event.total_minor == 3240

    def test_refunds_are_listed_where_they_make_up_the_whole(self) -> None:
        events = [moved("CHARGE_SUCCESS", 32.4, "2026-11-20T16:05:00Z")]
        events += [moved("REFUND_SUCCESS", 5), moved("REFUND_SUCCESS", 0.4)]
        told = {"totalCharged": money(27), "totalRefunded": money(5.4)}
        whole = order(**told, transactions=[{"name": "Card", "events": events}])
        at = datetime(2026, 11, 23, 10, tzinfo=UTC)
        assert whole.refunds == (
            Refund("REFUND_SUCCESS-5", 500, at),
            Refund("REFUND_SUCCESS-0.4", 40, at),
        )
        assert whole.paid_at == datetime(2026, 11, 20, 16, 5, tzinfo=UTC)
        part = order(**told, transactions=[{"name": "Card", "events": events[:2]}])
        assert (part.refunds, part.refunded_minor) == ((), 540)

    def test_an_order_that_costs_nothing_is_paid(self) -> None:
        free = {"gross": money(0)}
        event = order(total=free, totalCharged=money(0), isPaid=True, transactions=[])
        assert (event.payment_status, event.paid_at) == ("paid", None)

    def test_of_two_pictures_of_one_instant_the_further_one_is_newer(self) -> None:
        unpaid = {"isPaid": False, "chargeStatus": "NONE", "totalCharged": money(0)}
        ladder = [
            order(**unpaid, transactions=[]),
            order(),
            order(totalCharged=money(27), totalRefunded=money(5.4)),
            order(status="FULFILLED"),
            order(status="CANCELED"),
        ]
        versions = [event.version for event in ladder]
        assert versions == sorted(versions)
        assert len({version.at for version in versions}) == 1

    def test_of_two_pictures_of_one_instant_the_fuller_one_is_newer(self) -> None:
        full = payload("saleor/fulfillment-created")["order"]
        kept = order("fulfillment-created").version
        for lacking in (
            {"lines": []},
            {"lines": full["lines"][:1]},
            {"transactions": []},
            {"fulfillments": []},
            {"fulfillments": [{**full["fulfillments"][0], "trackingNumber": ""}]},
        ):
            assert order("fulfillment-created", **lacking).version < kept
        endless = {"lines": full["lines"] * 50, "fulfillments": full["fulfillments"] * 50}
        assert kept < order("fulfillment-created", **endless).version
        assert order("order-fully-refunded", status="CANCELED", **endless).version.rank < GONE

    def test_a_guest_is_known_by_e_mail_and_phone(self) -> None:
        event = order("order-created-guest")
        assert event.person.external_id is None
        assert event.person.email == "Mei.Lin@Example.test"
        assert event.person.phone == "+4945112345"
        nobody = order("order-created-guest", userEmail="", billingAddress=None)
        assert (nobody.person.email, nobody.person.first_name) == (None, "Mei")

    def test_an_account_s_own_name_comes_first(self) -> None:
        event = order()
        assert (event.person.external_id, event.person.first_name) == ("VXNlcjo3Nw==", "Jon")
        assert event.person.email == "Jon@Example.test"

    def test_birthday_and_wish_are_read_under_the_names_the_shop_gave(self) -> None:
        told = payload("saleor/customer-created")
        named = replace(
            HOME, options={"birthday_keys": "born,birthday", "consent_keys": "newsletter"}
        )
        (by_name,) = meanings("customer_updated", told, named)
        (by_default,) = meanings("customer_updated", told)
        assert isinstance(by_name, BuyerChanged)
        assert isinstance(by_default, BuyerChanged)
        assert by_name.person.accepts_marketing is True
        assert by_default.person.accepts_marketing is None
        assert by_name.person.birthday == by_default.person.birthday is not None

    @pytest.mark.parametrize(
        ("code", "language"),
        [
            ("DE", "de"),
            ("ZH_HANS", "zh-Hans"),
            ("pt-br", "pt-BR"),
            ("EN_GB", "en-GB"),
            ("ZH_HANT_TW", "zh-Hant-TW"),
            ("", None),
            ("1_2", None),
        ],
    )
    def test_languages_are_spelled_as_elsewhere(self, code: str, language: str | None) -> None:
        assert order(languageCodeEnum=code).person.locale == language

    def test_what_came_back_is_no_later_dispatch(self) -> None:
        event = order("order-fully-refunded")
        assert event.fulfilled_at == datetime(2026, 11, 21, 8, 30, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("id", None),
            ("id", 7.5),
            ("status", 5),
            ("status", ""),
            ("total", None),
            ("total", {"gross": None}),
            ("total", {"gross": {"amount": -1, "currency": "EUR"}}),
            ("total", {"gross": {"amount": "12,5", "currency": "EUR"}}),
            ("total", {"gross": {"amount": 12, "currency": "XYZ"}}),
            ("updatedAt", "soon"),
            ("lines", {}),
            ("lines", [{"quantity": "x"}]),
            ("billingAddress", []),
            ("metadata", "x"),
        ],
    )
    def test_a_wrong_field_is_named(self, field: str, value: Any) -> None:
        with pytest.raises(Rejected) as refusal:
            order(**{field: value})
        named = {"updatedAt": "updated_at", "billingAddress": "billing_address"}.get(field, field)
        assert any(place.startswith(named) for place in refusal.value.errors)

    def test_an_order_without_its_time_is_dated_by_the_event(self) -> None:
        told = payload("saleor/order-fully-paid")
        del told["order"]["updatedAt"]
        (event,) = meanings("order_updated", told)
        assert isinstance(event, OrderChanged)
        assert event.version.at == datetime(2026, 11, 20, 16, 5, 0, 500000, tzinfo=UTC)
        del told["issuedAt"]
        (undated,) = meanings("order_updated", told)
        assert isinstance(undated, OrderChanged)
        assert undated.version.at == RECEIVED

    def test_only_an_id_is_looked_up(self) -> None:
        (event,) = meanings("order_metadata_updated", payload("saleor/order-id-only"))
        assert isinstance(event, LookUp)
        (older,) = meanings("order_metadata_updated", [{"id": "T3JkZXI6MQ==", "meta": {}}])
        assert isinstance(older, LookUp)
        assert older.external_id == "T3JkZXI6MQ=="

    def test_many_orders_at_once_are_many_events(self) -> None:
        told = payload("saleor/order-fully-paid")
        many = {"issuedAt": told["issuedAt"], "orders": [told["order"], told["order"]]}
        assert len(meanings("order_bulk_created", many)) == 2

    def test_a_body_in_its_wrapping_is_the_same(self) -> None:
        told = payload("saleor/order-fully-paid")
        bare = meanings("order_updated", told)
        for wrapped in ({"event": told}, {"data": {"event": told}}):
            assert meanings("order_updated", wrapped) == bare

    def test_an_error_in_place_of_the_order_says_what_to_do(self) -> None:
        with pytest.raises(Rejected, match=r"MANAGE_ORDERS.*MANAGE_USERS"):
            meanings("order_updated", payload("saleor/error-instead"))
        with pytest.raises(Rejected, match="our documentation"):
            meanings("order_updated", {"issuedAt": "2026-11-20T16:06:00+00:00"})


class TestOlderBodies:
    def test_a_fuller_picture_of_the_same_change_counts_as_newer(self) -> None:
        (older, asked) = meanings("order_created", payload("saleor/legacy-order-created"))
        assert isinstance(older, OrderChanged)
        assert isinstance(asked, LookUp)
        issued = datetime(2026, 11, 19, 9, 0, 1, 500000, tzinfo=UTC)
        assert older.version.at == issued - timedelta(seconds=2)

    def test_payments_tell_what_was_given_back(self) -> None:
        (event,) = meanings("order_refunded", payload("saleor/legacy-order-refunded"))
        assert isinstance(event, OrderChanged)
        assert (event.payment_status, event.refunded_minor) == ("partially_refunded", 500)
        assert event.paid_at == datetime(2026, 11, 19, 9, 2, 0, 456000, tzinfo=UTC)

    @pytest.mark.parametrize("topic", ["order_fully_paid", "order_updated"])
    def test_transactions_are_asked_for(self, topic: str) -> None:
        events = meanings(topic, payload("saleor/legacy-order-created"))
        first = events[0]
        assert isinstance(first, OrderChanged)
        assert (first.payment_status == "paid") == (topic == "order_fully_paid")
        assert isinstance(events[1], LookUp)

    @pytest.mark.parametrize("status", ["draft", "unconfirmed"])
    def test_drafts_are_noted(self, status: str) -> None:
        told = payload("saleor/legacy-order-created")
        told[0]["status"] = status
        (event,) = meanings("order_created", told)
        assert isinstance(event, Noted)

    @pytest.mark.parametrize("body", [[], [[]], [None], [{"type": "Order"}], {}, [{}]])
    def test_what_names_nothing_is_refused(self, body: Any) -> None:
        with pytest.raises(Rejected):
            meanings("order_created", body)


class TestPeople:
    @pytest.mark.parametrize("topic", ["customer_deleted", "account_deleted"])
    def test_a_deletion_is_newer_than_what_was_told_before(self, topic: str) -> None:
        told = payload("saleor/customer-deleted")
        (gone,) = meanings(topic, told)
        assert isinstance(gone, BuyerErased)
        assert (gone.external_id, gone.email) == ("VXNlcjo3Nw==", "jon@example.test")
        (older,) = meanings(topic, payload("saleor/legacy-customer-updated"))
        assert isinstance(older, BuyerErased)
        assert older.external_id == "VXNlcjo4OA=="

    def test_staff_are_no_buyers(self) -> None:
        told = payload("saleor/customer-created")
        told["user"]["isStaff"] = True
        (event,) = meanings("customer_updated", told)
        assert isinstance(event, Noted)

    def test_a_customer_without_a_name_takes_that_of_her_address(self) -> None:
        told = payload("saleor/customer-created")
        told["user"]["firstName"] = ""
        (event,) = meanings("customer_updated", told)
        assert isinstance(event, BuyerChanged)
        assert event.person.first_name == "Jon"


@pytest.mark.parametrize(
    "topic", ["product_updated", "checkout_created", "app_deleted", "draft_order_created", "x"]
)
def test_topics_we_do_not_use_are_noted(topic: str) -> None:
    (event,) = meanings(topic, {"app": {}})
    assert isinstance(event, Noted)


def test_the_documentation_shows_the_query_and_the_events_we_register() -> None:
    text = DOCS.read_text(encoding="utf-8")
    assert SUBSCRIPTION.strip() in text
    for name in saleor.HOOKS:
        assert f"`{name.upper()}`" in text
        kind = "".join(part.title() for part in name.split("_"))
        assert f"... on {kind} " in SUBSCRIPTION
