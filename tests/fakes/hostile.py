"""Bodies that nobody should send: good ones spoiled in random places, and worse."""

import json
import random
from typing import Any

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
# What no writer of JSON gives out of its own: put in place of a mark after the rest is written.
TOKENS = (
    b"NaN",
    b"-Infinity",
    b"1e400",
    b"-1e400",
    b"9" * 400,
    b"-" + b"9" * 5000,
    b"9007199254740993",
    b"9007199254740993.0",
    b"9.007199254740993e15",
    b"18446744073709551616",
    b"0.1e-7000",
    b'"\\ud800"',
    b'"a\\udfffb"',
    b'"\\u0000"',
    b'"a\\u0000b"',
    b'"\x00"',
    b'"\xff\xfe"',
    b'{"id":1,"id":2}',
    b'{"id":"1","i\\u0064":"2"}',
    b"[" * 40 + b"]" * 40,
    b'{"a":' * 40 + b"1" + b"}" * 40,
    b"[" * 5000,
    b"truee",
    b"'1'",
    b"1,",
    b"",
    b"/* */1",
    b"+1",
    b"01",
    b"0x1F",
    b"1_000",
    b"\xef\xbb\xbf1",
)
_MARK = "\u0007 token "
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


def hostile(dice: random.Random, seed: bytes) -> bytes:
    """Spoil a good body in one to three places, or send something else altogether."""
    if dice.random() < 0.05:
        return dice.choice(RAW)
    try:
        spoiled = json.loads(seed)
    except ValueError:
        return scratched(dice, seed)
    for _ in range(dice.randint(1, 3)):
        spoiled = spoil(dice, spoiled)
    body = with_tokens(dice, json.dumps(spoiled).encode())
    return scratched(dice, body) if dice.random() < 0.05 else body


def with_tokens(dice: random.Random, body: bytes) -> bytes:
    """Write raw tokens where the marks are."""
    mark = json.dumps(_MARK).encode()
    while mark in body:
        body = body.replace(mark, dice.choice(TOKENS), 1)
    return body


def scratched(dice: random.Random, body: bytes) -> bytes:
    """Change one byte of a body, if it has any."""
    cut = dice.randrange(len(body) or 1)
    return body[:cut] + bytes([dice.randrange(256)]) + body[cut + 1 :]


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
    return _MARK if dice.random() < 0.25 else dice.choice(ODD)
