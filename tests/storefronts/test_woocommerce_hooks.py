"""WooCommerce's webhooks: registered once, and made anew after it has switched them off."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from crm.config import Settings
from crm.errors import Rejected
from crm.storefronts import ApiAccess, woocommerce
from tests.fakes.woocommerce import KEY, SECRET, Shop

ADDRESS = "https://crm.example.test/webhooks/tea-house"


@pytest.fixture
def shop(settings: Settings) -> Iterator[Shop]:
    """A shop without webhooks."""
    with Shop() as opened:
        yield opened


def access(shop: Shop) -> ApiAccess:
    return ApiAccess(shop.url, KEY, SECRET)


def add(shop: Shop, number: int, topic: str, address: str = ADDRESS) -> None:
    """Keep a webhook that somebody made by hand."""
    shop.hooks[number] = {
        "id": number,
        "topic": topic,
        "delivery_url": address,
        "status": "active",
        "secret": "old",
        "failure_count": 0,
    }


def test_what_is_missing_is_registered_with_the_secret_and_the_right_version(shop: Shop) -> None:
    armed = woocommerce.arm_hooks(access(shop), ADDRESS, "s3cret")
    assert {hook.topic for hook in armed if hook.active} == set(woocommerce.HOOKS)
    for kept in shop.hooks.values():
        assert (kept["secret"], kept["api_version"]) == ("s3cret", "wp_api_v3")
        assert (kept["delivery_url"], kept["status"]) == (ADDRESS, "active")


def test_twice_is_once(shop: Shop) -> None:
    first = woocommerce.arm_hooks(access(shop), ADDRESS, "s3cret")
    assert woocommerce.arm_hooks(access(shop), ADDRESS, "s3cret") == first
    assert len(shop.hooks) == len(woocommerce.HOOKS)


def test_only_those_that_post_to_us_are_ours(shop: Shop) -> None:
    add(shop, 1, "order.created", "https://else.example.test/")
    add(shop, 2, "order.created", ADDRESS + "/")
    add(shop, 3, "product.updated")
    listed = woocommerce.list_hooks(access(shop), ADDRESS)
    assert [hook.external_id for hook in listed] == ["3", "2"]
    woocommerce.arm_hooks(access(shop), ADDRESS, "new")
    assert shop.hooks[1]["secret"] == "old"
    assert shop.hooks[3]["secret"] == "old"
    assert shop.hooks[2]["secret"] == "new"
    assert len([one for one in shop.hooks.values() if one["topic"] == "order.created"]) == 2


def test_one_that_was_switched_off_is_made_anew_and_may_fail_again(shop: Shop) -> None:
    woocommerce.arm_hooks(access(shop), ADDRESS, "s3cret")
    (number,) = [key for key, one in shop.hooks.items() if one["topic"] == "order.updated"]
    for _ in range(7):
        shop.fail(number)
    off = [hook for hook in woocommerce.list_hooks(access(shop), ADDRESS) if not hook.active]
    assert [hook.topic for hook in off] == ["order.updated"]
    armed = woocommerce.arm_hooks(access(shop), ADDRESS, "s3cret")
    assert all(hook.active for hook in armed)
    assert number not in shop.hooks
    (fresh,) = [key for key, one in shop.hooks.items() if one["topic"] == "order.updated"]
    shop.fail(fresh)
    assert shop.hooks[fresh]["status"] == "active"


def test_more_than_a_page_of_webhooks_is_read(shop: Shop) -> None:
    for number in range(1, 231):
        add(shop, number, "order.created", f"https://else.example.test/{number}")
    add(shop, 231, "order.created")
    shop.hooks[0] = shop.hooks.pop(231) | {"id": 1_000}
    assert len(woocommerce.list_hooks(access(shop), ADDRESS)) == 1


def test_a_read_only_key_says_what_it_needs(shop: Shop) -> None:
    with pytest.raises(Rejected, match=r"key"):
        woocommerce.arm_hooks(replace(access(shop), secret="cs_other"), ADDRESS, "s")
