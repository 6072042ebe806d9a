"""BigCommerce: what its webhooks lead to, and what is read of its orders, people and hooks."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from crm import clock, db
from crm.buyers.models import Buyer, Order
from crm.errors import NotFound, Rejected, Unavailable
from crm.events import (
    Birthday,
    BuyerChanged,
    BuyerErased,
    ConsentChanged,
    LookUp,
    Noted,
    OrderChanged,
    OrderDeleted,
    Tracking,
    Version,
)
from crm.imports import jobs
from crm.storefronts import ApiAccess, Asked, BadSignature, Home, Hook, Secrets, bigcommerce
from crm.stores.connect import NewStore, connect_store
from crm.webhooks import doors, process
from tests.factories import NOW
from tests.fakes.bigcommerce import TOKEN, Store
from tests.fakes.bigcommerce_things import (
    a_customer,
    a_line,
    a_refund,
    a_subscriber,
    an_order,
    mail_date,
)
from tests.fakes.fronts import get_front
from tests.fakes.senders import payload

HOME = Home("EUR", "Europe/Berlin", "DE", "de", dict(bigcommerce.OPTIONS))
ADDRESS = "https://crm.example.test/webhooks/tea-house"
ASKED = Version(datetime(2021, 11, 22, tzinfo=UTC))


@pytest.fixture
def store() -> Iterator[Store]:
    """A BigCommerce store on a socket with one paid order."""
    with Store() as server:
        server.orders[101] = an_order()
        server.lines[101] = [a_line()]
        yield server


def api(store: Store, token: str = TOKEN, url: str = "") -> ApiAccess:
    return ApiAccess(url or store.api_url, token, "", "EUR", dict(bigcommerce.OPTIONS))


def look_up(store: Store, kind: Any = "order", number: str = "101", home: Home = HOME) -> Any:
    (event,) = bigcommerce.look_up(api(store), home, LookUp(ASKED, kind, number))
    return event


def change(store: Store, **changes: Any) -> OrderChanged:
    """Change the order, then look it up."""
    store.orders[101] = an_order(**changes)
    event = look_up(store)
    assert isinstance(event, OrderChanged)
    return event


def test_the_key_of_the_signature_is_the_client_secret_as_it_reads() -> None:
    secret = "c0ffee" * 10 + "beef"  # reads as base64 too, and must not be read so
    hook = get_front("bigcommerce").case(secret, "order-created")
    now = datetime.now(UTC)
    bigcommerce.verify(hook, Secrets((secret,)), now)
    with pytest.raises(BadSignature):
        bigcommerce.verify(hook, Secrets((secret.upper(),)), now)
    with pytest.raises(BadSignature):
        bigcommerce.verify(hook, Secrets((secret,)), now.replace(year=now.year + 1))


def test_news_that_share_a_hash_are_told_apart_also_without_an_id() -> None:
    stems = ("order-created", "order-updated-twin", "order-archived")
    bodies = [json.dumps(payload(f"bigcommerce/{stem}")).encode() for stem in stems]
    assert len({json.loads(body)["hash"] for body in bodies}) == 1
    hooks = [Hook(body, {}, NOW) for body in bodies]
    assert len({bigcommerce.delivery_id(hook) for hook in hooks}) == 3
    again = Hook(bodies[0], {}, NOW.replace(hour=11))
    assert bigcommerce.delivery_id(again) == bigcommerce.delivery_id(hooks[0])


def test_an_order_is_read_whole_with_two_calls(store: Store) -> None:
    event = look_up(store)
    assert isinstance(event, OrderChanged)
    assert store.calls() == ["GET /v2/orders/101", "GET /v3/orders/payment_actions/refunds"]
    assert (event.external_id, event.total_minor, event.currency) == ("101", 5990, "EUR")
    states = (event.status, event.payment_status, event.fulfillment_status)
    assert states == ("open", "paid", "unfulfilled")
    assert event.version.at == datetime(2026, 11, 20, 9, tzinfo=UTC)
    assert event.paid_at == event.placed_at == datetime(2026, 11, 20, 8, tzinfo=UTC)
    (item,) = event.items
    assert (item.product_id, item.quantity, item.unit_price_minor) == ("12", 2, 2995)
    assert event.person
    assert (event.person.external_id, event.person.email) == ("77", "Ada@example.test")
    assert (event.person.city, event.person.locale, event.person.accepts_marketing) == (
        "Bremen",
        "de",
        None,
    )
    assert not event.test


def test_all_that_belongs_to_an_order_is_asked_for_where_it_shows(store: Store) -> None:
    store.orders[101] |= {"status_id": 2, "items_shipped": 2, "coupon_discount": "5.0000"}
    store.coupons[101] = [{"id": 1, "code": "BDAY-ADA", "discount": 5}]
    parcel = {
        "id": 6,
        "date_created": mail_date("2026-11-20T08:30:00+00:00"),
        "tracking_number": "EJ1",
        "shipping_provider": "dhl",
        "shipping_provider_display_name": "DHL",
        "tracking_carrier": "",
        "tracking_link": "",
        "generated_tracking_link": "https://dhl.example.test/EJ1",
    }
    store.shipments[101] = [{"id": 5, "tracking_number": ""}, parcel]
    event = look_up(store)
    assert event.coupon_codes == ("BDAY-ADA",)
    assert event.discount_minor == 500
    assert event.tracking == Tracking("DHL", "EJ1", "https://dhl.example.test/EJ1")
    assert event.fulfilled_at == datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
    assert len(store.calls()) == 4


@pytest.mark.parametrize("how", ["legacy", "bare"])
def test_lines_are_found_however_the_store_brings_them(store: Store, how: str) -> None:
    setattr(store, how, True)
    event = look_up(store)
    assert [item.title for item in event.items] == ["Sencha Morgentau"]
    assert ("GET /v2/orders/101/products" in store.calls()) is (how == "bare")


@pytest.mark.parametrize(
    ("status_id", "status", "payment", "fulfillment"),
    [
        (1, "open", "unpaid", "unfulfilled"),
        (2, "open", "paid", "fulfilled"),
        (3, "open", "paid", "partial"),
        (4, "closed", "refunded", "unfulfilled"),
        (5, "cancelled", "unpaid", "unfulfilled"),
        (6, "cancelled", "unpaid", "unfulfilled"),
        (7, "open", "unpaid", "unfulfilled"),
        (8, "open", "paid", "unfulfilled"),
        (9, "open", "paid", "unfulfilled"),
        (10, "closed", "paid", "delivered"),
        (11, "open", "paid", "unfulfilled"),
        (12, "open", "unpaid", "unfulfilled"),
        (13, "open", "paid", "unfulfilled"),
        (14, "open", "paid", "unfulfilled"),
        (55, "open", "unpaid", "unfulfilled"),
    ],
)
def test_a_status_is_known_by_its_number(
    store: Store, status_id: int, status: str, payment: str, fulfillment: str
) -> None:
    event = change(store, status_id=status_id, payment_status="", custom_status="Beliebig")
    assert (event.status, event.payment_status, event.fulfillment_status) == (
        status,
        payment,
        fulfillment,
    )
    assert (event.cancelled_at is not None) is (status == "cancelled")
    assert (event.delivered_at is not None) is (fulfillment == "delivered")


def test_the_gateway_knows_best_whether_money_came(store: Store) -> None:
    assert change(store, status_id=5, payment_status="captured").payment_status == "paid"
    assert change(store, status_id=11, payment_status="void").payment_status == "unpaid"
    assert change(store, status_id=7, payment_status="authorized").payment_status == "unpaid"
    assert change(store, status_id=12, payment_status="partially refunded").payment_status == "paid"


def test_a_checkout_that_was_not_finished_is_no_order(store: Store) -> None:
    store.orders[101]["status_id"] = 0
    assert isinstance(look_up(store), Noted)


def test_an_archived_order_counts_no_more_unless_the_shop_only_tidies_up(store: Store) -> None:
    before = look_up(store)
    store.orders[101]["is_deleted"] = True
    gone = look_up(store)
    assert isinstance(gone, OrderDeleted)
    assert gone.version > before.version
    kept = Home("EUR", "Europe/Berlin", "DE", "de", {"archived_orders": "keep"})
    assert isinstance(look_up(store, home=kept), OrderChanged)


def test_what_is_not_there_is_gone(store: Store) -> None:
    store.hides_archived = True
    store.orders[102] = an_order(102, is_deleted=True)
    assert look_up(store, number="102") == OrderDeleted(Version(ASKED.at, 10, ""), "102")
    assert look_up(store, "customer", "78") == BuyerErased(Version(ASKED.at, 1, ""), "78")
    assert isinstance(look_up(store, "subscriber", "6"), Noted)
    with pytest.raises(NotFound):
        look_up(store, number="999")


@pytest.mark.parametrize("kind", ["order", "customer"])
def test_what_is_not_there_yet_is_asked_for_again_before_it_counts_as_gone(
    store: Store, kind: Any
) -> None:
    wanted = LookUp(Version(datetime.now(UTC)), kind, "999")
    with pytest.raises(Unavailable, match="yet") as away:
        bigcommerce.look_up(api(store), HOME, wanted)
    assert away.value.retry_after == 600


def test_nobody_is_erased_because_the_interface_is_not_where_it_was(store: Store) -> None:
    moved = api(store, url=f"{store.api_url}/moved")
    with pytest.raises(Rejected, match="no BigCommerce interface"):
        bigcommerce.look_up(moved, HOME, LookUp(ASKED, "customer", "77"))
    for feed in bigcommerce.FEEDS:
        with pytest.raises(Rejected, match="no BigCommerce interface"):
            bigcommerce.read_page(moved, HOME, Asked(feed, None))


def test_refunds_count_whatever_the_order_says_of_them(store: Store) -> None:
    store.orders[101]["status_id"] = 14
    declined = {"id": 2, "amount": 3, "is_declined": True}
    paid = {"id": 3, "amount": 2, "is_declined": False}
    store.refunds = [
        a_refund(1, 101, 10.5),
        a_refund(2, 101, 5, payments=[declined, paid]),
        a_refund(3, 101, 7, payments=[declined]),
        a_refund(4, 102, 9),
    ]
    event = look_up(store)
    assert [(one.external_id, one.amount_minor) for one in event.refunds] == [
        ("1", 1050),
        ("2", 200),
    ]
    assert (event.refunded_minor, event.payment_status) == (1250, "partially_refunded")
    assert event.refunds[0].refunded_at == datetime(2026, 11, 21, 10, tzinfo=UTC)
    store.refunds = [a_refund(1, 101, 59.9)]
    assert look_up(store).payment_status == "refunded"


def test_an_order_wholly_refunded_without_a_list_gave_everything_back(store: Store) -> None:
    event = change(store, status_id=4)
    assert (event.refunded_minor, event.payment_status, event.refunds) == (5990, "refunded", ())
    assert change(store, status_id=14, refunded_amount="12.0000").refunded_minor == 1200


def test_a_guest_is_known_by_her_billing_address_only(store: Store) -> None:
    person = change(store, customer_id=0).person
    assert person
    assert (person.external_id, person.email) == (None, "Ada@example.test")
    billing = {**an_order()["billing_address"], "email": ""}
    person = change(store, customer_id=0, billing_address=billing).person
    assert person
    assert (person.email, person.phone) == (None, "+49 170 5550101")


def test_where_the_parcel_goes_is_where_she_lives(store: Store) -> None:
    place = {"city": "Wien", "zip": "1010", "country_iso2": "AT", "state": ""}
    person = change(store, ships_to=place).person
    assert person
    assert (person.city, person.postcode, person.country, person.region) == (
        "Wien",
        "1010",
        "AT",
        None,
    )


def test_a_box_ticked_at_the_checkout_is_consent_and_an_empty_one_is_none(store: Store) -> None:
    ticked = change(store, is_email_opt_in=True).person
    assert ticked
    assert ticked.accepts_marketing is True


def test_an_order_paid_with_the_test_gateway_is_a_test(store: Store) -> None:
    assert change(store, payment_method="Test Payment Gateway").test


@pytest.mark.parametrize(
    ("changes", "currency", "total"),
    [
        ({"total_inc_tax": "69.8400"}, "EUR", 6984),
        ({"total_inc_tax": "0"}, "EUR", 0),
        ({"default_currency_code": "JPY", "total_inc_tax": "1200.0000"}, "JPY", 1200),
        ({"default_currency_code": "KWD", "total_inc_tax": "1.2340"}, "KWD", 1234),
        ({"currency_code": "USD"}, "EUR", 5990),
        ({"default_currency_code": "", "currency_code": "USD"}, "USD", 5990),
        ({"default_currency_code": None, "currency_code": None}, "EUR", 5990),
    ],
)
def test_money_is_exact_and_in_the_currency_that_was_paid(
    store: Store, changes: dict[str, Any], currency: str, total: int
) -> None:
    event = change(store, **changes)
    assert (event.currency, event.total_minor) == (currency, total)


@pytest.mark.parametrize(
    "changes",
    [
        {"total_inc_tax": "69.8401"},
        {"total_inc_tax": "abc"},
        {"total_inc_tax": None},
        {"default_currency_code": "XYZ"},
        {"default_currency_code": "JPY", "total_inc_tax": "12.5000"},
        {"date_modified": "yesterday"},
        {"date_modified": "", "date_created": ""},
        {"status_id": "eleven"},
    ],
)
def test_an_order_that_cannot_be_read_exactly_is_refused_with_its_place(
    store: Store, changes: dict[str, Any]
) -> None:
    store.orders[101] |= changes
    with pytest.raises(Rejected) as no:
        look_up(store)
    assert no.value.errors.keys() & {*changes, "default_currency_code"}


def test_a_customer_is_read_with_address_and_birthday_but_without_consent(store: Store) -> None:
    store.customers[77] = a_customer()
    event = look_up(store, "customer", "77")
    assert isinstance(event, BuyerChanged)
    person = event.person
    assert (person.external_id, person.email, person.city) == ("77", "ada@example.test", "Bremen")
    assert person.birthday == Birthday(2, 28, 1990)
    assert person.accepts_marketing is None
    assert person.joined_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    own = Home("EUR", "Europe/Berlin", "DE", "de", {"birthday_keys": "Geburtstag"})
    fields = [{"name": "geburtstag", "value": "1991-03-01"}, {"name": "Size", "value": ["S"]}]
    store.customers[77] = a_customer(form_fields=fields, addresses=[])
    assert look_up(store, "customer", "77", own).person.birthday == Birthday(3, 1, 1991)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, "granted"),
        ({"source": "order", "consents": ["abandoned_cart", "marketing_newsletter"]}, "granted"),
        ({"consents": []}, "withdrawn"),
        ({"consents": ["abandoned_cart"]}, "withdrawn"),
        ({"consents": None}, "withdrawn"),
        ({"source": "custom", "consents": []}, "withdrawn"),
        ({"source": "custom"}, None),
        ({"consents": [], "date_modified": "2026-11-01T08:00:00Z"}, None),
        ({"email": ""}, None),
    ],
)
def test_a_subscriber_says_what_she_agreed_to(
    store: Store, changes: dict[str, Any], status: str | None
) -> None:
    store.subscribers[5] = a_subscriber(**changes)
    event = look_up(store, "subscriber", "5")
    if status is None:
        assert isinstance(event, Noted)
        return
    assert isinstance(event, ConsentChanged)
    assert (event.status, event.channel, event.person.email) == (
        status,
        "email",
        "ada@example.test",
    )
    assert event.decided_at == datetime(2026, 11, 2, 8, tzinfo=UTC)


@pytest.mark.parametrize("ending", ["", "/", "/v2", "/v3/"])
def test_the_interface_is_found_however_its_address_is_copied(store: Store, ending: str) -> None:
    access = api(store, url=store.api_url + ending)
    (event,) = bigcommerce.look_up(access, HOME, LookUp(ASKED, "order", "101"))
    assert isinstance(event, OrderChanged)


def test_refusals_say_what_to_mend(store: Store) -> None:
    asked = LookUp(ASKED, "order", "101")
    with pytest.raises(Rejected, match="access token"):
        bigcommerce.look_up(api(store, "wrong"), HOME, asked)
    with pytest.raises(Rejected, match="number"):
        bigcommerce.look_up(api(store), HOME, LookUp(ASKED, "order", "1/../2"))
    with pytest.raises(Rejected, match="reviews"):
        bigcommerce.look_up(api(store), HOME, LookUp(ASKED, "review", "1"))
    with pytest.raises(Rejected, match="port 443"):
        bigcommerce.arm_hooks(api(store), "https://crm.example.test:8443/webhooks/x", "s")


def test_a_store_that_has_no_calls_left_says_when_it_will(store: Store) -> None:
    store.quota = 1
    with pytest.raises(Unavailable) as away:
        look_up(store)
    assert away.value.retry_after == 14.5


def test_webhooks_are_registered_once_and_revived_when_off(store: Store) -> None:
    access = api(store)
    store.hooks[1] = {
        "id": 1,
        "scope": "store/order/updated",
        "destination": ADDRESS,
        "is_active": False,
    }
    store.hooks[2] = {**store.hooks[1], "id": 2, "destination": "https://other.example.test"}
    store.filters = False
    (off,) = bigcommerce.list_hooks(access, ADDRESS)
    assert (off.external_id, off.topic, off.active) == ("1", "store/order/updated", False)
    for _ in range(2):
        hooks = bigcommerce.arm_hooks(access, ADDRESS, "s")
        assert {hook.topic for hook in hooks} == set(bigcommerce.HOOKS)
        assert all(hook.active for hook in hooks)
    assert len(store.hooks) == len(bigcommerce.HOOKS) + 1
    assert store.hooks[2]["is_active"] is False
    writes = [call for call in store.calls() if not call.startswith("GET")]
    assert len(writes) == len(bigcommerce.HOOKS)


def test_every_scope_we_register_is_one_we_read() -> None:
    for scope in bigcommerce.HOOKS:
        body = {"scope": scope, "data": {"id": 1, "orderId": 2, "address": {"customer_id": 3}}}
        hook = Hook(json.dumps(body).encode(), {}, NOW)
        (event,) = bigcommerce.parse(hook, HOME)
        uninstalled = scope == "store/app/uninstalled"
        assert isinstance(event, Noted) is uninstalled, scope


def connected(store: Store) -> tuple[str, str]:
    """Connect the store; gives its slug and its secret."""
    doors.forget()
    new = NewStore(
        "Tea House",
        "bigcommerce",
        "EUR",
        "Europe/Berlin",
        country="DE",
        api_url=store.api_url,
        api_key=TOKEN,
    )
    with db.session() as session:
        made, secret = connect_store(session, new, NOW)
        return made.slug, secret


def test_an_id_that_was_posted_becomes_a_buyer_with_her_order(
    client: FlaskClient, store: Store
) -> None:
    slug, secret = connected(store)
    store.customers[77] = a_customer()
    store.subscribers[5] = a_subscriber()
    front = get_front("bigcommerce")
    for stem in ("order-created", "order-updated-twin", "customer-updated", "subscriber-updated"):
        headers, body = front.post(secret, front.cases[stem], front.body(stem))
        assert client.post(f"/webhooks/{slug}", data=body, headers=headers).status_code == 200
    process.drain(clock.now())
    assert jobs.look_up_things() == 3
    with db.session() as session:
        (buyer,) = session.scalars(select(Buyer)).all()
        (order,) = session.scalars(select(Order)).all()
        assert order.buyer_id == buyer.id
        assert (order.total_minor, order.currency) == (5990, "EUR")
        assert (buyer.orders_count, buyer.birth_month) == (1, 2)
    store.orders[101] |= {"is_deleted": True}
    headers, body = front.post(secret, "store/order/archived", front.body("order-archived"))
    assert client.post(f"/webhooks/{slug}", data=body, headers=headers).status_code == 200
    process.drain(clock.now())
    assert jobs.look_up_things() == 1
    with db.session() as session:
        (buyer,) = session.scalars(select(Buyer)).all()
        assert buyer.orders_count == 0
