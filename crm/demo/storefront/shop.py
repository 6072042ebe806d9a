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
from crm.demo.story import News, Person, Sale

_WRITERS = {"woocommerce": woo.write, "standard": neutral.write}
_PATIENCE_SECONDS = 60.0
_CHECKOUTS_FROM = 50_000


@dataclass(frozen=True, slots=True)
class Door:
    """Where the product takes this shop's webhooks, and how they are signed."""

    url: str
    secret: str


@dataclass(frozen=True, slots=True)
class Basket:
    """A buyer at the till with a code; `percent` is what her mail promised."""

    email: str
    code: str
    percent: int
    at: datetime


@dataclass
class Shop:
    """A shop of the demonstration; `told` counts webhooks, repeats included."""

    sign: ShopSign
    span: year.Span
    desk: CouponDesk = field(default_factory=CouponDesk)
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
        assert self.door is not None
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            headers, body = _WRITERS[self.sign.platform](item, self.door.secret)
            try:
                answer = self._http.post(self.door.url, body, headers=headers, timeout=15)
                if answer.status_code < 500:
                    answer.raise_for_status()
                    break
            except requests.ConnectionError:
                pass
            if time.monotonic() > deadline:
                raise TimeoutError(f"the product does not take webhooks at {self.door.url}")
            time.sleep(0.2)
        self._note(item)

    def _note(self, item: News) -> None:
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
