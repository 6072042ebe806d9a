"""One sample shop at work: what it has told the product, and what buyers check out."""

import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from heapq import heapify, heappop, heappush
from random import Random
from typing import Any

import requests

from crm.demo import year
from crm.demo.goods import ShopSign
from crm.demo.storefront import neutral, woo
from crm.demo.storefront.coupons import CouponDesk, Refused
from crm.demo.storefront.hookbook import Door, HookBook
from crm.demo.story import News, Opinion, Person, Sale

_WRITERS = {"woocommerce": woo.write, "standard": neutral.write}
_KINDS = {Sale: "orders", Person: "customers", Opinion: "products/reviews"}
_PATIENCE_SECONDS = 60.0
_CHECKOUTS_FROM = 50_000


@dataclass(frozen=True, slots=True)
class Basket:
    """A buyer at the till with a code; `percent` is what her mail promised."""

    email: str
    code: str
    percent: int
    at: datetime


@dataclass
class Shop:
    """A shop of the demonstration; `told` counts webhooks, repeats included.

    `door` is where it posts as long as no webhooks are registered.
    """

    sign: ShopSign
    span: year.Span
    desk: CouponDesk = field(default_factory=CouponDesk)
    hooks: HookBook = field(default_factory=HookBook)
    door: Door | None = None
    until: datetime | None = None
    told: int = 0
    sales: dict[int, Sale] = field(default_factory=dict)
    reported: dict[int, datetime] = field(default_factory=dict)
    baskets: list[Basket] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Tell the story from its beginning."""
        self._lock = threading.Lock()
        self._http = requests.Session()
        self._fresh: list[News] = []
        self._listed: dict[str, dict[int, News]] = {kind: {} for kind in _KINDS.values()}
        told = year.story(self.sign, self.span)
        self.people = {person.email: person for person in told.people if person.email}
        self.sales = {sale.id: sale for sale in told.sales}
        self._queue = year.news(told)
        heapify(self._queue)

    def play(self, until: datetime) -> int:
        """Post everything that is due by `until`; gives the number of webhooks."""
        posted = 0
        while (item := self._next(until)) is not None:
            self._post(item)
            posted += 1
        self.until = until
        self.told += posted
        return posted

    def skip(self, until: datetime) -> None:
        """Go on where an earlier run stopped: what was due by then has been told."""
        while (item := self._next(until)) is not None:
            self._note(item)
        self.until = until
        self.settle()

    def settle(self) -> None:
        """Let the lists show what was told: like its news, they are always a little late."""
        with self._lock:
            for item in self._fresh:
                listed, known = self._listed[_KINDS[type(item.about)]], item.about.id
                if known not in listed or listed[known].as_of <= item.as_of:
                    listed[known] = item
            self._fresh.clear()

    def rows(self, kind: str) -> list[dict[str, Any]]:
        """List orders, customers or reviews as the product was told of them."""
        with self._lock:
            return [woo.body(item) for item in self._listed[kind].values()]

    def row(self, kind: str, number: int) -> dict[str, Any]:
        """Read one order, customer or review. Raises Refused."""
        with self._lock:
            if number not in self._listed[kind]:
                raise Refused(404, "woocommerce_rest_invalid_id")
            return woo.body(self._listed[kind][number])

    def check_out(self, basket: Basket, *, again: bool = False) -> Sale:
        """Sell something against a code. Raises Refused; `again` repeats an earlier run's sale."""
        person = self.people.get(basket.email)
        if person is None:
            raise Refused(404, "nobody of that address buys here")
        percent = Decimal(basket.percent)
        if self.sign.platform == "woocommerce" and not again:
            percent = Decimal(self.desk.redeem(basket.code, basket.email, basket.at)["amount"])
        with self._lock:
            sale = self._sell(person, basket, percent)
            self.baskets.append(basket)
            self.sales[sale.id] = sale
            for item in year.of_sale(sale):
                heappush(self._queue, item)
        return sale

    def orders(self) -> dict[str, dict[str, Any]]:
        """Tell how every order stands that the product has heard of, by its id."""
        return {str(number): self._picture(number) for number in sorted(self.reported)}

    def known_people(self) -> int:
        """Count the people the product has heard of."""
        return len({self.sales[number].person.id for number in self.reported})

    def _next(self, until: datetime) -> News | None:
        with self._lock:
            return heappop(self._queue) if self._queue and self._queue[0].due_at <= until else None

    def _post(self, item: News) -> None:
        door = self.hooks.find_door() or self.door
        assert door is not None
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            headers, body = _WRITERS[self.sign.platform](item, door.secret)
            try:
                answer = self._http.post(door.url, body, headers=headers, timeout=15)
                if answer.status_code < 500:
                    answer.raise_for_status()
                    break
            except requests.ConnectionError:
                pass
            if time.monotonic() > deadline:
                raise TimeoutError(f"the product does not take webhooks at {door.url}")
            time.sleep(0.2)
        self._note(item)

    def _note(self, item: News) -> None:
        with self._lock:
            self._fresh.append(item)
        if isinstance(item.about, Sale):
            seen = self.reported.get(item.about.id, item.as_of)
            self.reported[item.about.id] = max(seen, item.as_of)

    def _sell(self, person: Person, basket: Basket, percent: Decimal) -> Sale:
        number = self.sign.first_order + _CHECKOUTS_FROM + len(self.baskets)
        dice = Random(f"{self.span.seed}/{basket.code}/{len(self.baskets)}")  # noqa: S311
        sale = year.sale(dice, self.sign, number, year.Visit(person, basket.at, 2))
        sale.coupon = basket.code
        exact = sale.goods_minor * percent / 100
        sale.discount_minor = int(exact.to_integral_value(ROUND_HALF_UP))
        sale.refund_minor = min(sale.refund_minor, sale.total_minor)
        return sale

    def _picture(self, number: int) -> dict[str, Any]:
        sale, at = self.sales[number], self.reported[number]
        refunded = sale.happened(sale.refunded_at, at)
        return {
            "total_minor": sale.total_minor,
            "refunded_minor": sale.refund_minor if refunded else 0,
            "paid": sale.happened(sale.paid_at, at) is not None,
            "cancelled": sale.happened(sale.cancelled_at, at) is not None,
            "coupons": [sale.coupon] if sale.coupon else [],
        }
