"""What every storefront platform keeps, whichever it is."""

import inspect
import json
import random
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from crm.errors import Rejected
from crm.events import Event, Noted
from crm.storefronts import (
    BadSignature,
    Home,
    Hook,
    Secrets,
    Storefront,
    get_storefront,
    platforms,
)
from tests.fakes.senders import PAYLOADS, standard_post, woo_post

RECEIVED = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
HOME = Home("EUR", "Europe/Berlin", "DE", "de")
TOPICS = (
    "order.created",
    "order.restored",
    "order.deleted",
    "customer.updated",
    "customer.deleted",
    "review.updated",
    "review.deleted",
    "action.regulars_review",
)
every_platform = pytest.mark.parametrize("platform", platforms())


def signed(platform: str, secret: str, topic: str, body: bytes) -> Hook:
    """Sign a body the platform's way."""
    if platform == "woocommerce":
        headers, content = woo_post(secret, topic, body)
    else:
        headers, content = standard_post(secret, body)
    return Hook(content, {name.lower(): value for name, value in headers.items()}, RECEIVED)


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
def test_a_made_secret_verifies_what_it_signed_and_nothing_else(platform: str) -> None:
    plugin = get_storefront(platform)
    secret, other = plugin.new_secret(), plugin.new_secret()
    assert secret != other
    plugin.check_secret(secret)
    hook = signed(platform, secret, "order.created", b'{"id": 1}')
    now = datetime.now(UTC)
    plugin.verify(hook, Secrets((other, secret)), now)
    changed = Hook(hook.body + b" ", hook.headers, RECEIVED)
    for wrong, keys in (
        (hook, Secrets((other,))),
        (hook, Secrets(())),
        (changed, Secrets((secret,))),
        (Hook(hook.body, {}, RECEIVED), Secrets((secret,))),
    ):
        with pytest.raises(BadSignature):
            plugin.verify(wrong, keys, now)


@every_platform
def test_a_signed_post_is_no_handshake_and_has_a_name_and_a_topic(platform: str) -> None:
    plugin = get_storefront(platform)
    hook = signed(platform, plugin.new_secret(), "order.created", b'{"type": "order.created"}')
    assert plugin.handshake(hook) is False
    assert plugin.delivery_id(hook) == plugin.delivery_id(hook) != ""
    assert plugin.topic(hook) == "order.created"


@every_platform
def test_the_headers_it_keeps_are_enough_to_read_it_again(platform: str) -> None:
    plugin = get_storefront(platform)
    for name in sorted((PAYLOADS / platform).glob("order-*.json")):
        topic = "order.deleted" if "deleted" in name.stem else "order.updated"
        hook = signed(platform, plugin.new_secret(), topic, name.read_bytes())
        kept = {key: text for key, text in hook.headers.items() if key.startswith(plugin.HEADERS)}
        assert plugin.parse(Hook(hook.body, kept, RECEIVED), HOME) == plugin.parse(hook, HOME)


@every_platform
def test_no_event_holds_a_float_or_a_naive_time(platform: str) -> None:
    plugin = get_storefront(platform)
    for name in sorted((PAYLOADS / platform).glob("*.json")):
        for topic in TOPICS:
            hook = signed(platform, plugin.new_secret(), topic, name.read_bytes())
            for event in meanings(plugin, hook):
                check(event)


@every_platform
def test_hostile_bodies_are_understood_or_refused_and_never_break(platform: str) -> None:
    plugin = get_storefront(platform)
    secret = plugin.new_secret()
    seeds = [json.loads(place.read_text()) for place in sorted((PAYLOADS / platform).glob("*"))]
    dice = random.Random(platform)
    outcomes = {"understood": 0, "refused": 0}
    for number in range(1000):
        body = hostile(dice, seeds[number % len(seeds)])
        events = meanings(plugin, signed(platform, secret, dice.choice(TOPICS), body))
        outcomes["understood" if events else "refused"] += 1
        for event in events:
            check(event)
    assert min(outcomes.values()) > 50, outcomes


def meanings(plugin: Storefront, hook: Hook) -> tuple[Event, ...]:
    """Parse; a refusal with a reason is fine, any other failure is not."""
    try:
        return plugin.parse(hook, HOME)
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


ODD: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    1.5,
    2**53 + 1,
    2**63,
    -(2**64),
    1e308,
    "",
    " ",
    "x" * 5000,
    "\u0007",
    "\u202e",
    "1_000",
    "１２",
    "NaN",
    "1e5",
    "-0",
    "0x10",
    "é",
    "2026-02-30T00:00:00Z",
    "2026-11-20",
    "0000-00-00T00:00:00",
    "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00Z",
    "--02-29",
    "🍵" * 300,
    [],
    {},
    [[]],
    [None],
    {"a": {"b": []}},
    [1, "2", {}],
    {"id": []},
    {"key": [], "value": {}},
)
RAW = (
    b"",
    b"{",
    b"[" * 100_000,
    b'{"a":' * 4000,
    b"NaN",
    b"1e999",
    b"9" * 5000,
    b'"\\ud800"',
    b'{"id":1,"id":2}',
    b"\xff\xfe",
    b'"\\u0000"',
    b"webhook_id=1",
    b"null",
    b"[]",
    b"\x00" * 10,
    b'{"type":"order.paid","data":"\\udc00"}',
)


def hostile(dice: random.Random, seed: Any) -> bytes:
    """Spoil a good body in one to three places, or send something else altogether."""
    if dice.random() < 0.05:
        return dice.choice(RAW)
    spoiled = json.loads(json.dumps(seed))
    for _ in range(dice.randint(1, 3)):
        spoiled = spoil(dice, spoiled)
    body = json.dumps(spoiled).encode()
    if dice.random() < 0.05:
        cut = dice.randrange(len(body))
        return body[:cut] + bytes([dice.randrange(256)]) + body[cut + 1 :]
    return body


def spoil(dice: random.Random, value: Any) -> Any:
    """Walk down to a random place and change what stands there."""
    if isinstance(value, dict) and value and dice.random() < 0.9:
        name = dice.choice(sorted(value))
        if dice.random() < 0.1:
            return {key: inner for key, inner in value.items() if key != name}
        return {**value, name: spoil(dice, value[name])}
    if isinstance(value, list) and value and dice.random() < 0.9:
        place = dice.randrange(len(value))
        return [*value[:place], spoil(dice, value[place]), *value[place + 1 :]]
    return dice.choice(ODD)
