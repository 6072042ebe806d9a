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
    body = json.dumps(spoiled).encode()
    return scratched(dice, body) if dice.random() < 0.05 else body


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
    return dice.choice(ODD)
