"""What every storefront platform keeps, whichever it is."""

import inspect
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from crm import clock, db, exports
from crm.errors import Rejected
from crm.events import Event, LookUp, Noted, Version
from crm.storefronts import (
    ApiAccess,
    Asked,
    BadSignature,
    Hook,
    Secrets,
    Storefront,
    WantedCoupon,
    get_storefront,
    platforms,
)
from crm.stores.models import Store
from crm.webhooks import doors, inbox, process
from crm.webhooks.models import Webhook
from tests.factories import NOW
from tests.fakes.fronts import RECEIVED, Front, Shop, connect, get_front, home, stems
from tests.fakes.hostile import hostile
from tests.golden import golden_path, meaning, written

NOBODY = ApiAccess("https://shop.example.test", "k", "s", "EUR", {})
every_platform = pytest.mark.parametrize("platform", platforms())


@every_platform
def test_a_platform_defines_all_that_the_protocol_asks(platform: str) -> None:
    plugin = get_storefront(platform)
    for name, kind in inspect.get_annotations(Storefront).items():
        assert getattr(plugin, name, None) is not None, (name, kind)
    for name, asked in inspect.getmembers(Storefront, inspect.isfunction):
        if not name.startswith("_"):
            wanted = list(inspect.signature(asked).parameters)[1:]
            given = inspect.signature(getattr(plugin, name)).parameters
            assert [text.lstrip("_") for text in given] == wanted, name


@every_platform
def test_a_platform_says_in_known_words_what_it_can(platform: str) -> None:
    plugin = get_storefront(platform)
    assert plugin.LABEL.strip() == plugin.LABEL != ""
    assert plugin.HEADERS
    assert all(name == name.lower() and len(name) > 2 for name in plugin.HEADERS)
    assert set(plugin.API) <= {"url", "key", "secret"}
    assert set(plugin.FEEDS) <= {"customers", "orders", "reviews"}
    for listed in (plugin.HEADERS, plugin.API, plugin.FEEDS, plugin.HOOKS):
        assert isinstance(listed, tuple)
        assert len(set(listed)) == len(listed)
    for name, default in plugin.OPTIONS.items():
        assert isinstance(default, str), name
    # Whatever goes through the interface needs to know where that is.
    assert plugin.API or not (plugin.COUPONS or plugin.FEEDS or plugin.HOOKS)


@every_platform
def test_what_a_platform_cannot_do_is_refused_with_a_reason(platform: str) -> None:
    plugin = get_storefront(platform)
    wanted = WantedCoupon("TEA", 10, None, "EUR", None, NOW + timedelta(days=3), None, True)
    asked = LookUp(Version(NOW), "order", "1")
    refused: list[tuple[object, Callable[[], object]]] = [
        (plugin.COUPONS, lambda: plugin.create_coupon(NOBODY, wanted)),
        (plugin.COUPONS, lambda: plugin.find_coupon(NOBODY, "TEA")),
        (plugin.COUPONS, lambda: plugin.void_coupon(NOBODY, "1")),
        (plugin.HOOKS, lambda: plugin.arm_hooks(NOBODY, "https://us.example.test", "s")),
        (plugin.FEEDS, lambda: plugin.read_page(NOBODY, home(platform), Asked("orders", None))),
        (plugin.API, lambda: plugin.look_up(NOBODY, home(platform), asked)),
    ]
    for can, call in refused:
        if not can:
            with pytest.raises(Rejected) as no:
                call()
            assert no.value.reason


@every_platform
def test_every_payload_is_posted_under_a_topic_and_has_its_golden_meaning(platform: str) -> None:
    front = get_front(platform)
    plugin = get_storefront(platform)
    assert set(front.cases) == stems(platform), "payloads and CASES differ"
    kept = {place.stem for place in golden_path(platform, "x").parent.glob("*.json")}
    assert kept == set(front.cases), f"python -m tests.golden {platform}"
    for stem, topic in front.cases.items():
        assert plugin.topic(front.case(plugin.new_secret(), stem)) == topic, stem
        golden = golden_path(platform, stem).read_text(encoding="utf-8")
        assert written(meaning(front, stem)) == golden, stem


@every_platform
def test_a_made_secret_verifies_what_it_signed_and_nothing_else(platform: str) -> None:
    plugin, front = get_storefront(platform), get_front(platform)
    secret, other = plugin.new_secret(), plugin.new_secret()
    assert secret != other or secret == ""
    plugin.check_secret(secret)
    now = datetime.now(UTC)
    for hook in signed_cases(front, secret):
        good = front.secrets(secret)
        plugin.verify(hook, good, now)
        if secret:
            turning = replace(good, live=(other, *good.live))
            plugin.verify(hook, turning, now)
            refuse(plugin, hook, front.secrets(other))
        refuse(plugin, hook, Secrets(()))
        refuse(plugin, Hook(hook.body, {}, RECEIVED), good)


@every_platform
def test_every_changed_byte_of_a_signed_post_is_refused(platform: str) -> None:
    plugin, front = get_storefront(platform), get_front(platform)
    secret = plugin.new_secret()
    good = front.secrets(secret)
    hook = min(signed_cases(front, secret), key=lambda one: len(one.body))
    name = front.signature(hook)
    signature = hook.headers[name].encode("latin-1")
    for flip in (0x01, 0x20, 0x80):
        for spoiled in flipped(signature, flip):
            headers = {**hook.headers, name: spoiled.decode("latin-1")}
            refuse(plugin, replace(hook, headers=headers), good)
        for spoiled in flipped(hook.body, flip) if front.signs_body else ():
            refuse(plugin, replace(hook, body=spoiled), good)
    for cut in (b"", hook.body[:-1], hook.body + b" ") if front.signs_body else ():
        refuse(plugin, replace(hook, body=cut), good)


@every_platform
def test_a_signed_post_is_no_handshake_and_has_a_name(platform: str) -> None:
    plugin, front = get_storefront(platform), get_front(platform)
    for hook in signed_cases(front, plugin.new_secret()):
        assert plugin.handshake(hook) is False
        assert plugin.delivery_id(hook) == plugin.delivery_id(hook) != ""


@every_platform
def test_the_headers_it_keeps_are_enough_to_read_it_again(platform: str) -> None:
    plugin, front = get_storefront(platform), get_front(platform)
    for hook in signed_cases(front, plugin.new_secret()):
        kept = {key: text for key, text in hook.headers.items() if key.startswith(plugin.HEADERS)}
        again = replace(hook, headers=kept)
        assert meanings(platform, again) == meanings(platform, hook)
        assert (plugin.topic(again), plugin.delivery_id(again)) == (
            plugin.topic(hook),
            plugin.delivery_id(hook),
        )


@every_platform
def test_no_event_holds_a_float_or_a_naive_time(platform: str) -> None:
    plugin, front = get_storefront(platform), get_front(platform)
    for stem in front.cases:
        for topic in sorted({*front.cases.values(), "no.such.topic"}):
            hook = front.hook(plugin.new_secret(), topic, front.body(stem))
            for event in meanings(platform, hook):
                check(event)


@every_platform
def test_hostile_bodies_are_understood_or_refused_and_never_break(platform: str) -> None:
    plugin, front = get_storefront(platform), get_front(platform)
    secret = plugin.new_secret()
    seeds = [(topic, front.body(stem)) for stem, topic in front.cases.items()]
    topics = sorted(set(front.cases.values()))
    dice = random.Random(platform)
    outcomes = {"understood": 0, "refused": 0}
    for number in range(1000):
        topic, seed = seeds[number % len(seeds)]
        body = hostile(dice, seed)
        topic = topic if dice.random() < 0.7 else dice.choice(topics)
        events = meanings(platform, front.hook(secret, topic, body))
        outcomes["understood" if events else "refused"] += 1
        for event in events:
            check(event)
    assert min(outcomes.values()) > 20, outcomes


@every_platform
def test_the_same_webhook_twice_through_the_door_is_one_row_and_one_effect(
    platform: str, client: FlaskClient
) -> None:
    front = get_front(platform)
    doors.forget()
    shop = connect(front)
    for stem, topic in front.cases.items():
        headers, body = front.post(shop.secret, topic, front.body(stem))
        seen = []
        for _ in range(2):
            answer = client.post(f"/webhooks/{shop.slug}", data=body, headers=headers)
            assert (answer.status_code, answer.data) == (200, b""), stem
            process.drain(clock.now())
            seen.append((deliveries(), state(shop)))
        assert seen[0] == seen[1], stem
    with db.session() as session:
        assert inbox.replay_state(session, None, "done") > 0
    before = state(shop)
    process.drain(clock.now())
    assert state(shop) == before


def signed_cases(front: Front, secret: str) -> list[Hook]:
    """Sign every payload but those that the platform sends unsigned, as a handshake."""
    plugin = get_storefront(front.platform)
    hooks = [front.case(secret, stem) for stem in sorted(front.cases)]
    return [hook for hook in hooks if not plugin.handshake(hook)]


def refuse(plugin: Storefront, hook: Hook, secrets: Secrets) -> None:
    """See a webhook refused."""
    with pytest.raises(BadSignature):
        plugin.verify(hook, secrets, datetime.now(UTC))


def flipped(whole: bytes, flip: int) -> list[bytes]:
    """Change each byte in turn."""
    return [
        whole[:place] + bytes([byte ^ flip]) + whole[place + 1 :]
        for place, byte in enumerate(whole)
    ]


def deliveries() -> list[str]:
    """List what the inbox has seen."""
    with db.session() as session:
        return sorted(session.scalars(select(Webhook.delivery_id)))


def state(shop: Shop) -> list[str]:
    """Export the books of a store."""
    with db.session() as session:
        store = session.get_one(Store, shop.store_id)
        return [
            line for what in ("state", "consents") for line in exports.lines(session, store, what)
        ]


def meanings(platform: str, hook: Hook) -> tuple[Event, ...]:
    """Parse; a refusal with a reason is fine, any other failure is not."""
    plugin = get_storefront(platform)
    try:
        return plugin.parse(hook, home(platform))
    except Rejected as no:
        refusal = no.reason
    assert 0 < len(refusal) < 3000
    return ()


def check(value: Any) -> None:
    """Look through an event for what must not be in one."""
    assert not isinstance(value, float | Decimal | bytes)
    if isinstance(value, datetime):
        assert value.utcoffset() is not None
    elif isinstance(value, str):
        value.encode()
        assert "\0" not in value
    elif isinstance(value, int):
        assert abs(value) < 2**63
    elif isinstance(value, tuple | list):
        for inner in value:
            check(inner)
    elif not isinstance(value, Noted) and hasattr(value, "__slots__"):
        for name in value.__slots__:
            check(getattr(value, name))
