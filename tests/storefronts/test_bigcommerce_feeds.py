"""BigCommerce's lists, read page by page while the shop goes on."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from crm.errors import Rejected, Unavailable
from crm.events import BuyerChanged, ConsentChanged, LookUp, OrderChanged, Version
from crm.storefronts import ApiAccess, Asked, Feed, Home, Page, bigcommerce
from tests.fakes.bigcommerce import TOKEN, Store
from tests.fakes.bigcommerce_things import (
    a_customer,
    a_line,
    a_refund,
    a_subscriber,
    an_order,
    mail_date,
)

HOME = Home("EUR", "Europe/Berlin", "DE", "de", dict(bigcommerce.OPTIONS))
SINCE = datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.fixture
def store() -> Iterator[Store]:
    """A BigCommerce store on a socket."""
    with Store() as server:
        yield server


def minute(number: int) -> str:
    return f"2026-11-20T{9 + number // 60:02}:{number % 60:02}:00+00:00"


def fill(store: Store, many: int, at: Callable[[int], str] = minute) -> None:
    for number in range(1, many + 1):
        store.orders[number] = an_order(number, at(number))
        store.lines[number] = [a_line(order_id=number)]


def read(
    store: Store,
    feed: Feed = "orders",
    since: datetime | None = None,
    between: Callable[[], None] = lambda: None,
) -> list[Page]:
    api = ApiAccess(store.api_url, TOKEN, "", "EUR", dict(bigcommerce.OPTIONS))
    pages: list[Page] = []
    bookmark = None
    while len(pages) < 40:
        pages.append(bigcommerce.read_page(api, HOME, Asked(feed, since, bookmark)))
        bookmark = pages[-1].bookmark
        if bookmark is None:
            return pages
        between()
    raise AssertionError("there is no end to it")


def ids(pages: list[Page]) -> list[int]:
    return [int(picture.external_id) for page in pages for picture in page.pictures]


def test_every_order_is_read_oldest_change_first(store: Store) -> None:
    fill(store, 100)
    pages = read(store)
    assert sorted(set(ids(pages))) == list(range(1, 101))
    assert pages[0].total == 100
    assert all(page.total is None for page in pages[1:])
    changed = [
        event.version.at
        for page in pages
        for one in page.pictures
        for event in one.events
        if isinstance(event, OrderChanged)
    ]
    assert changed[:40] == sorted(changed[:40])


def test_reading_starts_with_what_changed_at_the_given_second(store: Store) -> None:
    fill(store, 10)
    since = datetime(2026, 11, 20, 9, 5, tzinfo=UTC)
    pages = read(store, since=since)
    assert ids(pages) == [5, 6, 7, 8, 9, 10]
    assert pages[0].total == 6


def test_an_empty_shop_is_read_to_its_end(store: Store) -> None:
    assert [page.pictures for page in read(store)] == [()]
    assert ids(read(store, "customers")) == []


def test_orders_that_change_while_they_are_read_are_not_left_out(store: Store) -> None:
    fill(store, 120)
    later = iter(range(1, 60))

    def change() -> None:
        for number in (next(later), 119 - next(later)):
            store.orders[number]["date_modified"] = mail_date("2026-11-20T23:00:00+00:00")

    assert set(ids(read(store, between=change))) == set(range(1, 121))


def test_many_orders_changed_in_one_second_are_paged_through(store: Store) -> None:
    fill(store, 130, lambda number: minute(0) if number <= 95 else minute(number))
    pages = read(store)
    assert set(ids(pages)) == set(range(1, 131))
    assert len(pages) < 10


def test_a_page_that_is_too_large_is_cut_down(store: Store) -> None:
    fill(store, 60, lambda number: minute(0) if number <= 12 else minute(number))
    for number in (3, 9, 10, 11, 30):
        store.orders[number]["staff_notes"] = "x" * 1_500_000
    assert set(ids(read(store))) == set(range(1, 61))
    fill(store, 60, lambda number: minute(0))
    for number in (43, 45, 48, 55):
        store.orders[number]["staff_notes"] = "x" * 1_500_000
    pages = read(store)
    assert set(ids(pages)) == set(range(1, 61))
    assert [len(page.pictures) for page in pages][:3] == [40, 40, 5]
    assert ids(pages[2:3]) == [41, 42, 43, 44, 45]
    store.orders[30]["staff_notes"] = "x" * 5_000_000
    with pytest.raises(Rejected, match="too large"):
        read(store)


def test_the_refunds_of_a_page_cost_one_call(store: Store) -> None:
    fill(store, 30)
    store.refunds = [a_refund(number, number, 1.25) for number in range(1, 31)]
    (page,) = read(store)
    assert len(store.calls()) == 3  # the orders, their refunds, their number
    events = [event for one in page.pictures for event in one.events]
    assert {event.refunded_minor for event in events if isinstance(event, OrderChanged)} == {125}


def test_more_refunds_than_a_page_holds_are_all_read(store: Store) -> None:
    fill(store, 1)
    store.refunds = [a_refund(number, 1, 0.1) for number in range(1, 302)]
    (page,) = read(store)
    (event,) = page.pictures[0].events
    assert isinstance(event, OrderChanged)
    assert event.refunded_minor == 3010


def test_one_odd_order_does_not_spoil_its_page(store: Store) -> None:
    fill(store, 4)
    store.orders[2]["total_inc_tax"] = "12.3456"
    store.orders[3]["ebay_order_id"] = 2**70  # more than the strict reader takes
    (page,) = read(store)
    faults = {one.external_id: one.fault for one in page.pictures if one.fault}
    assert set(faults) == {"2", "3"}
    assert all(faults.values())
    assert sum(bool(one.events) for one in page.pictures) == 2


def test_a_page_and_a_look_up_say_the_same(store: Store) -> None:
    fill(store, 1)
    store.refunds = [a_refund(1, 1, 5)]
    api = ApiAccess(store.api_url, TOKEN, "", "EUR", dict(bigcommerce.OPTIONS))
    (page,) = read(store)
    looked_up = bigcommerce.look_up(api, HOME, LookUp(Version(SINCE), "order", "1"))
    assert page.pictures[0].events == looked_up


def test_customers_are_followed_by_the_consents_of_the_subscribers(store: Store) -> None:
    for number in range(1, 301):
        at = f"2026-11-20T{number // 60:02}:{number % 60:02}:00Z"
        store.customers[number] = a_customer(number, at)
    for number in range(1, 261):
        store.subscribers[number] = a_subscriber(number)
    pages = read(store, "customers")
    kinds: dict[type, set[str]] = {}
    for page in pages:
        for one in page.pictures:
            kinds.setdefault(type(one.events[0]), set()).add(one.external_id)
    assert len(kinds[BuyerChanged]) == 300
    assert len(kinds[ConsentChanged]) == 260
    assert pages[0].total == 560


def test_customers_are_read_from_a_second_on_though_the_filter_says_after(store: Store) -> None:
    store.customers[1] = a_customer(1, "2026-11-20T08:59:58Z")
    store.customers[2] = a_customer(2, "2026-11-20T09:00:00Z")
    store.subscribers[3] = a_subscriber(3, date_modified="2026-11-20T09:00:00Z")
    assert ids(read(store, "customers", SINCE)) == [2, 3]


@pytest.mark.parametrize(
    "bookmark",
    [
        "",
        "x",
        "[]",
        '{"shelf": "x", "since": null}',
        '{"shelf": "orders", "since": "x", "page": 1}',
    ],
)
def test_a_bookmark_that_is_not_ours_is_refused(store: Store, bookmark: str) -> None:
    api = ApiAccess(store.api_url, TOKEN, "", "EUR", {})
    with pytest.raises(Rejected, match="beginning"):
        bigcommerce.read_page(api, HOME, Asked("orders", None, bookmark))


def test_reviews_are_not_listed(store: Store) -> None:
    api: Any = ApiAccess(store.api_url, TOKEN, "", "EUR", {})
    with pytest.raises(Rejected, match="reviews"):
        bigcommerce.read_page(api, HOME, Asked("reviews", None))


def test_a_page_is_left_whole_when_the_calls_run_out(store: Store) -> None:
    fill(store, 5)
    for order in store.orders.values():
        order["coupon_discount"] = "1.0000"
    store.quota = 4
    with pytest.raises(Unavailable) as away:
        read(store)
    assert away.value.retry_after == 14.5
    store.quota = None
    assert ids(read(store)) == [1, 2, 3, 4, 5]
