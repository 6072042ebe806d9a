"""The sample shops' story: the same every time, told in bodies that the product understands."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crm.demo import year
from crm.demo.goods import SHOPS, ShopSign
from crm.demo.storefront import neutral, woo
from crm.demo.storefront.coupons import CouponDesk, Refused
from crm.demo.storefront.hookbook import Door
from crm.demo.storefront.memory import Memory
from crm.demo.storefront.shop import Basket, Shop
from crm.demo.year import Span
from crm.events import BuyerChanged, Event, OrderChanged, ReviewPosted
from crm.storefronts import Home, Hook, Secrets, get_storefront
from tests.factories import NOW

MONTH = Span(NOW - timedelta(days=31), NOW, 30, 7)
YEAR = Span(NOW - timedelta(days=365), NOW, 125, 7)
SECRETS = {
    "woocommerce": "a secret of the shop",
    "standard": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
}
WRITERS = {"woocommerce": woo.write, "standard": neutral.write}
both = pytest.mark.parametrize("sign", SHOPS, ids=lambda sign: sign.key)


@both
def test_the_same_span_tells_the_same_story(sign: ShopSign) -> None:
    assert year.story(sign, MONTH) == year.story(sign, MONTH)
    assert year.story(sign, MONTH) != year.story(sign, YEAR)


@both
def test_a_year_has_everything_a_shop_meets(sign: ShopSign) -> None:
    told = year.story(sign, YEAR)
    assert 550 < len(told.sales) < 900
    assert {opinion.rating for opinion in told.opinions} == {1, 2, 3, 4, 5}
    assert any(sale.refunded_at for sale in told.sales)
    assert any(sale.cancelled_at for sale in told.sales)
    birthdays = {person.birthday for person in told.people}
    assert {"1988-02-29", "--02-29", None} <= birthdays
    assert {person.account for person in told.people} == {"member", "guest", "later"}
    assert {person.consent for person in told.people} == {True, False, None}
    assert any(person.email is None and person.phone for person in told.people)
    (unlucky,) = (person for person in told.people if person.unlucky)
    assert sum(sale.person is unlucky for sale in told.sales) > 5


@both
def test_every_webhook_is_signed_and_understood(sign: ShopSign) -> None:
    platform, secret = get_storefront(sign.platform), SECRETS[sign.platform]
    home = Home(
        sign.currency, sign.timezone, sign.country, sign.locale, {"birthday_keys": "birthday"}
    )
    seen: dict[type[Event], int] = {}
    for item in year.news(year.story(sign, MONTH)):
        headers, body = WRITERS[sign.platform](item, secret)
        hook = _hook(headers, body)
        platform.verify(hook, Secrets((secret,)), datetime.now(UTC))
        (event,) = platform.parse(hook, home)
        seen[type(event)] = seen.get(type(event), 0) + 1
    assert set(seen) == {OrderChanged, BuyerChanged, ReviewPosted}
    assert seen[OrderChanged] > 100


def _hook(headers: Mapping[str, str], body: bytes) -> Hook:
    return Hook(body, {name.lower(): value for name, value in headers.items()}, NOW)


def test_the_unlucky_buyers_news_come_late_twice_and_in_the_wrong_order() -> None:
    told = year.story(SHOPS[0], YEAR)
    sale = next(one for one in told.sales if one.person.unlucky and one.delivered_at)
    news = sorted(year.of_sale(sale))
    assert len(news) >= 6
    assert all(item.due_at - sale.placed_at >= timedelta(days=9) for item in news)
    topics = [item.topic for item in news]
    assert topics.index("delivered") < topics.index("paid")
    assert topics.count("paid") == 2


def test_the_coupon_desk_takes_a_code_once_from_its_owner_in_time() -> None:
    desk = CouponDesk()
    asked: dict[str, Any] = {
        "code": "BDAY-ABC",
        "amount": "15",
        "discount_type": "percent",
        "date_expires": "2026-12-05T22:59:59Z",
        "usage_limit": 1,
        "email_restrictions": ["ada@example.test"],
    }
    made = desk.create(asked)
    assert (made["code"], made["amount"]) == ("bday-abc", "15.00")
    assert made["date_expires_gmt"] == "2026-12-05T22:59:59"
    with pytest.raises(Refused, match="already_exists"):
        desk.create(asked)
    for email, at in (("bob@example.test", NOW), ("ada@example.test", NOW + timedelta(days=30))):
        with pytest.raises(Refused):
            desk.redeem("BDAY-ABC", email, at)
    desk.redeem("BDAY-ABC", "ada@example.test", NOW)
    with pytest.raises(Refused, match="used up"):
        desk.redeem("bday-abc", "ada@example.test", NOW)
    desk.delete(made["id"])
    assert desk.list("BDAY-ABC") == []
    with pytest.raises(Refused, match="no such code"):
        desk.redeem("BDAY-ABC", "ada@example.test", NOW)


def test_a_storefront_that_starts_again_knows_what_it_has_told(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "storefront.json")
    opened = {
        "begin_at": MONTH.begin_at.isoformat(),
        "end_at": MONTH.end_at.isoformat(),
        "buyers": 30,
        "seed": 7,
        "credentials": {"tea-house": ["key", "secret"]},
    }
    shops = memory.open(opened)
    shop = shops["qingshan-tea"]
    shop.door = Door("http://127.0.0.1:9/webhooks/qingshan-tea", "whsec_x")
    email = next(iter(shop.people))
    half = NOW - timedelta(days=15)
    sale = shop.check_out(Basket(email, "VIP-AAAAAAAAAA", 20, half - timedelta(days=9)))
    assert sale.discount_minor == (sale.goods_minor * 20 + 50) // 100
    shop.skip(half)
    memory.keep(shops)

    again = Memory(tmp_path / "storefront.json").recall()["qingshan-tea"]
    assert again.door == shop.door
    assert again.orders() == shop.orders()
    assert str(sale.id) in again.orders()
    assert _rest(again) == _rest(shop) != []


def _rest(shop: Shop) -> list[tuple[datetime, str]]:
    told = []
    while (item := shop._next(NOW)) is not None:
        told.append((item.due_at, item.topic))
    return told
