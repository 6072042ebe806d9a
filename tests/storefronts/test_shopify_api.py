"""Shopify's interface: the same thing listed and posted means the same, and nothing is left out."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm.config import Settings
from crm.errors import NotFound, Rejected, Unavailable
from crm.events import (
    BuyerChanged,
    BuyerErased,
    ConsentChanged,
    Event,
    LookUp,
    OrderChanged,
    OrderDeleted,
    Version,
)
from crm.storefronts import ApiAccess, Asked, Feed, Home, Hook, Page, shopify
from crm.storefronts._shopify import tokens
from tests.fakes.fronts import shopify as front
from tests.fakes.senders import payload
from tests.fakes.shopify import CLIENT, CLIENT_SECRET, TOKEN, Break, Shop, fault, throttled

HOME = Home("EUR", "Europe/Berlin", "DE", "de", dict(shopify.OPTIONS))
SEEN = datetime(2026, 3, 25, 9, 0, tzinfo=UTC)
WHOLE_ORDERS = [
    stem
    for stem, topic in front.CASES.items()
    if topic.startswith("orders/")
    and stem not in ("order-edit", "order-deleted", "order-of-few-fields")
    and stem != "order-test-notification"
]


@pytest.fixture
def shop(settings: Settings) -> Iterator[Shop]:
    """A shop with nothing in it yet."""
    with Shop() as opened:
        yield opened


def access(shop: Shop, **changes: Any) -> ApiAccess:
    """Give the token of an app of the shop's own."""
    return replace(ApiAccess(shop.url, TOKEN, "", "EUR", dict(shopify.OPTIONS)), **changes)


def page(shop: Shop, feed: Feed = "orders", since: datetime | None = None, **more: Any) -> Page:
    return shopify.read_page(access(shop), HOME, Asked(feed, since, **more))


def every_page(shop: Shop, feed: Feed = "orders", since: datetime | None = None) -> list[Page]:
    """Read to the end."""
    pages = [page(shop, feed, since)]
    while pages[-1].bookmark is not None:
        assert len(pages) < 50
        pages.append(page(shop, feed, since, bookmark=pages[-1].bookmark))
    return pages


def order(number: int, **changes: Any) -> Any:
    """Write an order that changed `number` minutes into the day."""
    at = datetime(2026, 3, 20, tzinfo=UTC) + timedelta(minutes=number)
    return {
        **payload("shopify/order-placed"),
        "id": number,
        "updated_at": at.isoformat(),
        **changes,
    }


def posted(stem: str, topic: str = "orders/updated") -> tuple[Event, ...]:
    headers, content = front.post("s", topic, payload(f"shopify/{stem}"))
    lower = {name.lower(): value for name, value in headers.items()}
    return shopify.parse(Hook(content, lower, SEEN), HOME)


def same(events: tuple[Event, ...]) -> list[Event]:
    """Put away the digests, which are of the bytes and not of the meaning."""
    return [
        replace(event, version=replace(event.version, digest=""))  # type: ignore[union-attr]
        for event in events
    ]


@pytest.mark.parametrize("stem", WHOLE_ORDERS)
def test_an_order_means_the_same_posted_listed_and_looked_up(shop: Shop, stem: str) -> None:
    body = payload(f"shopify/{stem}")
    shop.put_order(body)
    wanted = LookUp(Version(SEEN), "order", str(body["id"]))
    (listed,) = page(shop).pictures
    assert listed.fault is None
    assert same(listed.events) == same(posted(stem))
    assert same(shopify.look_up(access(shop), HOME, wanted)) == same(posted(stem))


@pytest.mark.parametrize("shown", ["IN_PROGRESS", "ON_HOLD", "SCHEDULED", "PARTIALLY_FULFILLED"])
def test_a_part_that_was_sent_counts_whatever_the_rest_waits_for(shop: Shop, shown: str) -> None:
    body = {**payload("shopify/order-fulfilled"), "fulfillment_status": "partial"}
    shop.put_order({**body, "shown": shown})
    (listed,) = page(shop).pictures
    (event,) = listed.events
    assert isinstance(event, OrderChanged)
    assert event.fulfillment_status == "partial"
    shop.put_order({**body, "shown": shown, "fulfillments": []})
    (bare,) = page(shop).pictures[0].events
    assert isinstance(bare, OrderChanged)
    assert (bare.fulfillment_status == "partial") == (shown == "PARTIALLY_FULFILLED")


def test_a_customer_means_the_same_posted_and_listed_with_her_decisions(shop: Shop) -> None:
    for stem in ("customer-created", "customer-of-2024", "customer-by-phone"):
        body = payload(f"shopify/{stem}")
        shop.book.customers = {str(body["id"]): body}
        (listed,) = page(shop, "customers").pictures
        assert same(listed.events) == same(posted(stem, "customers/update")), stem
        wanted = LookUp(Version(SEEN), "customer", str(body["id"]))
        assert same(shopify.look_up(access(shop), HOME, wanted)) == same(listed.events)


def test_consents_are_listed_by_their_own_time_and_never_assumed(shop: Shop) -> None:
    told = {"state": "unsubscribed", "opt_in_level": None, "consent_updated_at": None}
    sms = {**told, "state": "subscribed", "consent_updated_at": "2026-03-01T10:00:00Z"}
    body = payload("shopify/customer-created")
    shop.put_customer({**body, "email_marketing_consent": told, "sms_marketing_consent": sms})
    (listed,) = page(shop, "customers").pictures
    changed, email, text = listed.events
    assert isinstance(changed, BuyerChanged)
    assert changed.person.accepts_marketing is None
    assert isinstance(email, ConsentChanged)
    assert (email.status, email.decided_at) == ("withdrawn", changed.version.at)
    assert isinstance(text, ConsentChanged)
    assert (text.channel, text.status, text.decided_at.day) == ("sms", "granted", 1)


def test_pages_lead_from_the_oldest_change_to_the_newest_and_say_how_many(shop: Shop) -> None:
    for number in range(60, 0, -1):
        shop.put_order(order(number))
    pages = every_page(shop)
    names = [picture.external_id for one in pages for picture in one.pictures]
    assert names == [str(number) for number in range(1, 61)]
    assert [one.total for one in pages] == [60, 60, 60]


def test_only_what_changed_since_is_listed_that_instant_included(shop: Shop) -> None:
    for number in (1, 2, 3):
        shop.put_order(order(number))
    since = datetime(2026, 3, 20, 0, 2, 0, 999_999, tzinfo=UTC)
    assert [one.external_id for one in page(shop, since=since).pictures] == ["2", "3"]


def test_what_changes_while_it_is_read_is_not_left_out(shop: Shop) -> None:
    for number in range(1, 61):
        shop.put_order(order(number))
    first = page(shop)
    shop.put_order(order(3, updated_at="2026-03-21T00:00:00Z"))  # read before, moves to the end
    shop.put_order(order(30, updated_at="2026-03-21T00:00:01Z"))  # not read yet, moves too
    names = [picture.external_id for picture in first.pictures]
    bookmark = first.bookmark
    while bookmark:
        more = page(shop, bookmark=bookmark)
        names += [picture.external_id for picture in more.pictures]
        bookmark = more.bookmark
    assert set(names) == {str(number) for number in range(1, 61)}
    assert names[-2:] == ["3", "30"]


def test_a_hundred_orders_of_one_second_end(shop: Shop) -> None:
    for number in range(1, 101):
        shop.put_order(order(number, updated_at="2026-03-20T10:00:00Z"))
    names = [one.external_id for pages in every_page(shop) for one in pages.pictures]
    assert len(names) == len(set(names)) == 100


def test_a_bookmark_whose_cursor_is_forgotten_goes_on_by_time(shop: Shop) -> None:
    for number in range(1, 61):
        shop.put_order(order(number))
    bookmark = page(shop).bookmark
    shop.book.dead_cursors = True
    later = page(shop, bookmark=bookmark)
    shop.book.dead_cursors = False
    names = [picture.external_id for picture in later.pictures]
    assert names[0] == "25"  # the last one that was read, once more
    rest = page(shop, bookmark=later.bookmark)
    assert rest.pictures[-1].external_id == "60"


def test_a_long_list_is_asked_anew_by_time_from_a_later_day(shop: Shop) -> None:
    for number in range(1, 61):
        shop.put_order(order(number * 100))
    place = json.loads(page(shop).bookmark or "")
    worn = json.dumps({**place, "seen": 20_000})
    then = json.loads(page(shop, bookmark=worn).bookmark or "")
    assert then["after"] is None
    assert then["since"].startswith("2026-03-23")
    names = [one.external_id for one in page(shop, bookmark=json.dumps(then)).pictures]
    assert names == [str(number * 100) for number in range(50, 61)]


def test_somebody_else_s_bookmark_is_refused(shop: Shop) -> None:
    for text in ("", "page=2", "[]", '{"page": 2}'):
        with pytest.raises(Rejected):
            page(shop, bookmark=text)


def test_a_question_that_costs_too_much_is_asked_for_less_until_it_fits(shop: Shop) -> None:
    for number in range(1, 13):
        shop.put_order(order(number))
    shop.book.most_cost = 200
    first = page(shop)
    assert [one.external_id for one in first.pictures] == ["1", "2", "3", "4", "5"]
    assert shop.operations == ["Orders"] * 3
    page(shop, bookmark=first.bookmark)
    assert shop.operations == ["Orders"] * 4  # what fitted once is asked for again
    shop.book.most_cost = 1
    with pytest.raises(Rejected, match="too large"):
        page(shop)


def test_an_order_that_a_list_cuts_off_is_read_whole(shop: Shop) -> None:
    body = order(1)
    line, refund = body["line_items"][0], payload("shopify/refund-of-shipping")
    body["line_items"] = [{**line, "sku": f"S{number}"} for number in range(120)]
    body["refunds"] = [{**refund, "id": number} for number in range(1, 13)]
    shop.put_order(body)
    (picture,) = page(shop).pictures
    (event,) = picture.events
    assert isinstance(event, OrderChanged)
    assert [item.sku for item in event.items] == [f"S{number}" for number in range(120)]
    assert len(event.refunds) == 12
    assert shop.operations == ["Orders", "Order", "Order", "OrderLines", "OrderLines"]


def test_one_odd_order_does_not_take_the_page_along(shop: Shop) -> None:
    shop.put_order(order(1))
    shop.put_order(order(2, total_price="-1.00"))
    shop.put_order(order(3))
    odd = page(shop).pictures
    assert [one.fault is None for one in odd] == [True, False, True]
    assert "total_price" in (odd[1].fault or "")


def test_a_shop_that_slows_us_down_with_200_is_asked_later(shop: Shop) -> None:
    shop.book.faults.append(throttled(wanted=752, left=152, rate=100))
    with pytest.raises(Unavailable) as later:
        page(shop)
    assert later.value.retry_after == 6
    shop.book.faults.append(fault("THROTTLED", "Throttled"))
    with pytest.raises(Unavailable) as unsaid:
        page(shop)
    assert unsaid.value.retry_after == 5
    shop.book.faults.append(fault("INTERNAL_SERVER_ERROR", "Looks like something went wrong"))
    with pytest.raises(Unavailable):
        page(shop)


def test_refusals_say_what_to_mend(shop: Shop) -> None:
    refusals = {
        401: "access token",
        402: "frozen",
        403: "scope",
        404: "myshopify.com",
        422: "422",
        423: "frozen",
    }
    for status, words in refusals.items():
        shop.breaks.append(Break(status, {"errors": "no"}))
        with pytest.raises(Rejected, match=words):
            page(shop)
    shop.breaks.append(Break(430, {"errors": "no"}))
    with pytest.raises(Unavailable):
        page(shop)
    denied = "Access denied for orders field. Required: `read_orders` for ada@example.test"
    shop.book.faults.append({"data": {"orders": None}, **fault("ACCESS_DENIED", denied)})
    with pytest.raises(Rejected, match="read_orders") as no:
        page(shop)
    assert "ada@" not in no.value.reason
    shop.book.faults.append(fault("undefinedField", "Field 'tea' doesn't exist"))
    with pytest.raises(Rejected, match="tea"):
        page(shop)
    for odd in ([], {"data": None}, {"data": {"orders": []}}):
        shop.book.faults.append(odd)  # type: ignore[arg-type]
        with pytest.raises(Rejected):
            page(shop)


def test_an_app_that_sees_sixty_days_says_so_when_the_past_is_read(shop: Shop) -> None:
    shop.put_order(order(1))
    shop.put_order(order(2, created_at="2025-01-01T00:00:00Z"))
    assert {one.external_id for one in page(shop).pictures} == {"1", "2"}
    shop.book.scopes.remove("read_all_orders")
    notice, *rest = page(shop).pictures
    assert "60 days" in (notice.fault or "")
    assert [one.external_id for one in rest] == ["1"]
    long_ago = page(shop, since=datetime.now(UTC) - timedelta(days=90)).pictures
    assert long_ago[0].fault == notice.fault
    assert page(shop, since=datetime.now(UTC) - timedelta(days=50)).pictures == ()


def test_an_app_that_may_not_see_who_bought_still_counts_and_says_so(shop: Shop) -> None:
    shop.put_order(order(1))
    for number in range(1, 7):
        shop.put_customer({**payload("shopify/customer-created"), "id": number})
    shop.book.hidden = True
    notice, listed = page(shop).pictures
    assert "protected customer data" in (notice.fault or "")
    (event,) = listed.events
    assert isinstance(event, OrderChanged)
    assert event.person
    assert (event.person.email, event.person.external_id) == (None, None)
    assert event.total_minor == 5590
    assert page(shop, "customers").pictures[0].fault == notice.fault


def test_what_is_gone_is_said_to_be_gone(shop: Shop) -> None:
    wanted = LookUp(Version(SEEN, 0, "d"), "order", "404")
    (gone,) = shopify.look_up(access(shop), HOME, wanted)
    assert isinstance(gone, OrderDeleted)
    assert (gone.external_id, gone.version.at) == ("404", SEEN)
    (erased,) = shopify.look_up(access(shop), HOME, replace(wanted, kind="customer"))
    assert isinstance(erased, BuyerErased)
    shop.book.scopes.remove("read_all_orders")
    with pytest.raises(NotFound, match="read_all_orders"):
        shopify.look_up(access(shop), HOME, wanted)
    for odd in (replace(wanted, kind="review"), replace(wanted, external_id="1/../2")):
        with pytest.raises(Rejected):
            shopify.look_up(access(shop), HOME, odd)


def test_what_the_app_may_not_see_is_not_taken_for_gone(shop: Shop) -> None:
    wanted = LookUp(Version(SEEN), "order", "1")
    for kind in ("order", "customer"):
        installed = {"currentAppInstallation": {"accessScopes": [{"handle": "read_all_orders"}]}}
        denied = fault("ACCESS_DENIED", f"Access denied for {kind} field.")
        shop.book.faults.append({"data": {**installed, kind: None}, **denied})
        with pytest.raises(Rejected, match="Access denied"):
            shopify.look_up(access(shop), HOME, replace(wanted, kind=kind))  # type: ignore[arg-type]


def test_reviews_are_not_shopify_s(shop: Shop) -> None:
    with pytest.raises(Rejected, match="no reviews"):
        page(shop, "reviews")


def test_a_client_trades_its_secret_for_the_token_of_a_day_and_for_the_next(shop: Shop) -> None:
    shop.put_order(order(1))
    client = access(shop, key=CLIENT, secret=CLIENT_SECRET)
    for _time in range(2):
        assert shopify.read_page(client, HOME, Asked("orders", None)).pictures
    assert shop.traded == 1
    shop.book.tokens = set()  # the day is over
    assert shopify.read_page(client, HOME, Asked("orders", None)).pictures
    assert shop.traded == 2
    with pytest.raises(Rejected, match="invalid_client"):
        shopify.read_page(replace(client, secret="other"), HOME, Asked("orders", None))


def test_the_address_may_be_the_one_that_stands_in_the_browser() -> None:
    wanted = "https://teehaus.myshopify.com"
    for url in (
        wanted,
        f"{wanted}/",
        f"{wanted}/admin/orders",
        "https://admin.shopify.com/store/teehaus",
        "https://admin.shopify.com/store/teehaus/orders?page=2",
    ):
        assert tokens.shop(ApiAccess(url, TOKEN, "")) == wanted


def test_the_version_of_the_interface_is_an_option(shop: Shop) -> None:
    old = access(shop, options={"api_version": "2026-01"}, url=f"{shop.url}/admin")
    shopify.read_page(old, HOME, Asked("customers", None))
    assert shop.requests[-1].path == "/admin/api/2026-01/graphql.json"
    with pytest.raises(Rejected, match="api_version"):
        shopify.read_page(access(shop, options={"api_version": "new"}), HOME, Asked("orders", None))
