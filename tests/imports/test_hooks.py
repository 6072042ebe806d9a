"""Webhooks in the storefront: what it switched off is on again, with what was missed."""

from datetime import timedelta

from sqlalchemy import select

from crm import alarms, config, db, instance
from crm.imports import hooks
from crm.imports.models import FeedRun
from crm.instance import get_instance
from crm.storefronts import woocommerce
from crm.stores.queries import get_store_by_id
from tests.factories import NOW
from tests.imports.conftest import Connected


def switched_off(woo: Connected) -> None:
    """Let deliveries of the first webhook fail until the shop gives up."""
    first = min(woo.shop.hooks)
    for _ in range(7):
        woo.shop.fail(first)


def kinds(woo: Connected, grave: bool) -> list[str]:
    with db.session() as session:
        found = alarms.list_alarms(session, [woo.id], NOW + timedelta(minutes=10))
        return [alarm.kind for alarm in found if alarm.grave is grave]


def test_all_we_want_are_registered_at_our_address_with_our_secret(woo: Connected) -> None:
    armed = hooks.arm(woo.id, NOW)
    assert {hook.topic for hook in armed} == set(woocommerce.HOOKS)
    address = f"{config.settings().public_url}/webhooks/{woo.slug}"
    assert {hook["delivery_url"] for hook in woo.shop.hooks.values()} == {address}
    assert {hook["secret"] for hook in woo.shop.hooks.values()} == {"hook-secret"}
    assert len(hooks.arm(woo.id, NOW)) == len(armed) == len(woo.shop.hooks)


def test_one_that_was_switched_off_is_on_again_and_what_was_missed_is_read(
    woo: Connected,
) -> None:
    hooks.arm(woo.id, NOW)
    assert hooks.check_all(NOW) == 0
    switched_off(woo)
    assert hooks.check_all(NOW + timedelta(minutes=10)) == 1
    assert all(hook.active for hook in hooks.look(woo.id, NOW))
    assert {hook["failure_count"] for hook in woo.shop.hooks.values()} == {0}
    with db.session() as session:
        assert session.scalars(select(FeedRun.feed).order_by(FeedRun.feed)).all() == [
            "customers",
            "orders",
            "reviews",
        ]
    assert kinds(woo, grave=False) == ["hooks_off"]
    assert hooks.check_all(NOW + timedelta(hours=1)) == 0
    assert kinds(woo, grave=False) == ["hooks_off"]
    assert hooks.check_all(NOW + timedelta(days=2)) == 0
    assert kinds(woo, grave=False) == []


def test_one_that_was_deleted_comes_back(woo: Connected) -> None:
    hooks.arm(woo.id, NOW)
    woo.shop.hooks.clear()
    assert hooks.check_all(NOW + timedelta(minutes=10)) == len(woocommerce.HOOKS)
    assert len(woo.shop.hooks) == len(woocommerce.HOOKS)


def test_what_was_never_registered_is_left_alone(woo: Connected) -> None:
    assert hooks.check_all(NOW) == 0
    assert woo.shop.hooks == {}
    assert kinds(woo, grave=True) == []


def test_a_shop_that_wants_to_do_it_itself_is_only_told(woo: Connected) -> None:
    with db.session() as session:
        get_store_by_id(session, woo.id).settings = {"intake": {"rearm_webhooks": False}}
    hooks.arm(woo.id, NOW)
    switched_off(woo)
    assert hooks.check_all(NOW) == 0
    assert kinds(woo, grave=True) == ["hooks_off"]
    assert [hook["status"] for hook in woo.shop.hooks.values()].count("disabled") == 1


def test_switched_on_by_hand_the_alarm_is_over_and_what_was_missed_is_read(woo: Connected) -> None:
    test_a_shop_that_wants_to_do_it_itself_is_only_told(woo)
    hooks.arm(woo.id, NOW)
    assert kinds(woo, grave=True) == kinds(woo, grave=False) == []
    with db.session() as session:
        assert session.scalars(select(FeedRun.purpose).distinct()).all() == ["reconcile"]


def test_an_instance_on_hold_asks_nobody(woo: Connected) -> None:
    hooks.arm(woo.id, NOW)
    switched_off(woo)
    asked = len(woo.shop.requests)
    with db.session() as session:
        found = get_instance(session, NOW)
        found.hold, found.held_reason = True, "restored"
        assert instance.is_held(session)
    assert hooks.check_all(NOW) == 0
    assert len(woo.shop.requests) == asked


def test_a_shop_that_refuses_to_say_is_told_of(woo: Connected) -> None:
    woo.shop.plain = True
    assert hooks.check_all(NOW) == 0
    assert kinds(woo, grave=True) == ["hooks_unknown"]


def test_one_that_was_deleted_is_told_of_until_it_is_back(woo: Connected) -> None:
    with db.session() as session:
        get_store_by_id(session, woo.id).settings = {"intake": {"rearm_webhooks": False}}
    hooks.arm(woo.id, NOW)
    kept = dict(woo.shop.hooks)
    del woo.shop.hooks[min(kept)]
    for minutes in (10, 20, 30):
        assert hooks.check_all(NOW + timedelta(minutes=minutes)) == 0
        assert kinds(woo, grave=True) == ["hooks_off"]
    woo.shop.hooks.update(kept)
    assert hooks.check_all(NOW + timedelta(minutes=40)) == 0
    assert kinds(woo, grave=True) == []


def test_a_shop_that_will_not_switch_it_on_is_told_of_gravely(woo: Connected) -> None:
    hooks.arm(woo.id, NOW)
    switched_off(woo)
    woo.shop.stubborn = True
    assert hooks.check_all(NOW) == 0
    assert kinds(woo, grave=True) == ["hooks_off"]
    woo.shop.stubborn = False
    assert hooks.check_all(NOW + timedelta(minutes=10)) == 1
    assert kinds(woo, grave=True) == []
