"""Webhooks of a Shopify shop: Shopify deletes what failed, so what is missing is made again."""

from collections.abc import Iterator

import pytest

from crm.config import Settings
from crm.errors import Rejected
from crm.storefronts import ApiAccess, shopify
from tests.fakes.shopify import TOKEN, Shop

ADDRESS = "https://crm.example.test/webhooks/teehaus"


@pytest.fixture
def shop(settings: Settings) -> Iterator[Shop]:
    """A shop without webhooks."""
    with Shop() as opened:
        yield opened


def access(shop: Shop) -> ApiAccess:
    """Give the token of an app of the shop's own."""
    return ApiAccess(shop.url, TOKEN, "", "EUR", dict(shopify.OPTIONS))


def test_all_topics_are_registered_once_at_our_address(shop: Shop) -> None:
    made = shopify.arm_hooks(access(shop), ADDRESS, "not used: the app signs with its own")
    assert {hook.topic for hook in made} == set(shopify.HOOKS)
    assert all(hook.active and hook.address == ADDRESS for hook in made)
    assert shopify.arm_hooks(access(shop), ADDRESS, "") == made
    assert len(shop.book.hooks) == len(shopify.HOOKS)
    assert {"ORDERS_UPDATED", "APP_UNINSTALLED"} <= {hook["topic"] for hook in shop.book.hooks}


def test_a_topic_that_shopify_deleted_is_registered_again(shop: Shop) -> None:
    shopify.arm_hooks(access(shop), ADDRESS, "")
    shop.book.hooks = [hook for hook in shop.book.hooks if hook["topic"] != "ORDERS_UPDATED"]
    listed = {hook.topic for hook in shopify.list_hooks(access(shop), ADDRESS)}
    assert set(shopify.HOOKS) - listed == {"orders/updated"}
    made = shopify.arm_hooks(access(shop), ADDRESS, "")
    assert {hook.topic for hook in made} == set(shopify.HOOKS)


def test_webhooks_of_others_are_none_of_ours(shop: Shop) -> None:
    other = {"id": "gid://shopify/WebhookSubscription/9", "topic": "ORDERS_UPDATED"}
    shop.book.hooks.append({**other, "uri": "https://erp.example.test/hook"})
    shop.book.hooks.append({**other, "topic": "THEMES_PUBLISH", "uri": ADDRESS})
    (mine,) = shopify.list_hooks(access(shop), ADDRESS)
    assert mine.topic == "themes_publish"
    assert len(shopify.arm_hooks(access(shop), ADDRESS, "")) == len(shopify.HOOKS) + 1


def test_customers_are_sent_with_the_metafields_that_hold_birthdays(shop: Shop) -> None:
    shopify.arm_hooks(access(shop), ADDRESS, "")
    sent = {hook["topic"]: hook["metafields"] for hook in shop.book.hooks}
    birth_date = {"namespace": "facts", "key": "birth_date"}
    assert sent["CUSTOMERS_UPDATE"] == [birth_date, {"namespace": "custom", "key": "birthday"}]
    assert sent["ORDERS_CREATE"] is None


def test_a_refused_topic_is_named_and_the_others_stand(shop: Shop) -> None:
    shop.book.refused_topics = {"FULFILLMENTS_UPDATE"}
    with pytest.raises(Rejected, match=r"fulfillments/update.*read_fulfillments") as no:
        shopify.arm_hooks(access(shop), ADDRESS, "")
    assert set(no.value.errors) == {"fulfillments/update"}
    assert len(shop.book.hooks) == len(shopify.HOOKS) - 1


def test_customers_come_without_birthdays_rather_than_not_at_all(shop: Shop) -> None:
    shop.book.refused_metafields = True
    made = shopify.arm_hooks(access(shop), ADDRESS, "")
    assert {hook.topic for hook in made} == set(shopify.HOOKS)
