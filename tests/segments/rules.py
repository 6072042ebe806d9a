"""Random rules: every condition with every mix of its params, alone and nested."""

import random
from collections.abc import Callable, Sequence
from typing import Any

from tests.segments.worlds import CITIES, OCCUPATIONS, PRODUCTS, TAGS

SCORES = ("recency", "frequency", "monetary")

Params = dict[str, Any]
Maker = Callable[[random.Random], Params]


def leaf(dice: random.Random, key: str) -> dict[str, Any]:
    """Make one condition with random params."""
    return {"condition": key} | MAKERS[key](dice)


def nested(dice: random.Random, depth: int = 3, saved: Sequence[str] = ()) -> dict[str, Any]:
    """Make a rule of up to `depth` levels above its conditions and the saved segments given."""
    kind = dice.choice(("all", "any", "not", "leaf")) if depth else "leaf"
    if kind == "leaf" and saved and dice.random() < 0.1:
        return {"segment": dice.choice(saved)}
    if kind == "leaf":
        return leaf(dice, dice.choice(list(MAKERS)))
    if kind == "not":
        return {"not": nested(dice, depth - 1, saved)}
    return {kind: [nested(dice, depth - 1, saved) for _ in range(dice.randint(1, 3))]}


def _some(dice: random.Random, makers: dict[str, Callable[[], Any]], least: int = 1) -> Params:
    names = dice.sample(list(makers), dice.randint(least, len(makers)))
    return {name: makers[name]() for name in names}


def _ordered(params: Params, low: str, high: str) -> Params:
    if low in params and high in params and float(params[low]) > float(params[high]):
        params[low], params[high] = params[high], params[low]
    return params


def _moments(dice: random.Random, least: int = 1) -> Params:
    days = lambda: dice.choice((0, 1, 7, 30, 90, 180))  # noqa: E731
    params = _some(dice, {"within_days": days, "days_ago_at_least": days}, least)
    return _ordered(params, "days_ago_at_least", "within_days")


def _within(dice: random.Random) -> Params:
    return {"within_days": dice.choice((7, 30, 120))} if dice.random() < 0.4 else {}


def _bounds(dice: random.Random, value: Callable[[], Any]) -> Params:
    return _ordered(_some(dice, {"at_least": value, "at_most": value}), "at_least", "at_most")


def _amounts(dice: random.Random) -> Params:
    amounts = ("0", "10.00", "25", "59.90", "100.005", "123.45", 50)
    return _bounds(dice, lambda: dice.choice(amounts))


def _choices(values: Any) -> Maker:
    def make(dice: random.Random) -> Params:
        way = dice.choice(("is", "any_of", "none_of"))
        return {way: dice.choice(values) if way == "is" else dice.sample(values, 2)}

    return make


def _counts(dice: random.Random) -> Params:
    number = dice.randint(0, 4)
    return {"is": number} if dice.random() < 0.2 else _bounds(dice, lambda: dice.randint(0, 4))


def _ratings(dice: random.Random) -> Params:
    if dice.random() < 0.5:
        return _choices(range(1, 6))(dice)
    return _bounds(dice, lambda: dice.randint(1, 5))


def _flag(dice: random.Random) -> Params:
    return {} if dice.random() < 0.3 else {"is": dice.random() < 0.6}


def _happened(dice: random.Random) -> Params:
    params = _flag(dice) | _moments(dice, least=0)
    if params.get("is") is False:
        params.pop("days_ago_at_least", None)
    return params


def _campaign(dice: random.Random) -> Params:
    return {"campaign": str(dice.randint(1, 4))} if dice.random() < 0.4 else {}


def _messaged(dice: random.Random) -> Params:
    channel = {"channel": dice.choice(("email", "sms"))} if dice.random() < 0.4 else {}
    return _happened(dice) | _campaign(dice) | channel


def _coupon_unused(dice: random.Random) -> Params:
    end = {"expires_within_days": dice.randint(0, 20)} if dice.random() < 0.4 else {}
    return _happened(dice) | _campaign(dice) | end


def _bought(dice: random.Random) -> Params:
    params = _choices(PRODUCTS)(dice)
    return params | (_within(dice) if "none_of" in params else _moments(dice, least=0))


def _refunded(dice: random.Random) -> Params:
    return _happened(dice) | (_amounts(dice) if dice.random() < 0.4 else {})


def _consent(dice: random.Random) -> Params:
    status = {"status": dice.choice(("granted", "withdrawn", "none"))}
    return status | _some(dice, {"channel": lambda: dice.choice(("email", "sms"))}, 0)


def _open_case(dice: random.Random) -> Params:
    types = ("complaint", "return", "question", "exchange")
    return _flag(dice) | _some(dice, {"types": lambda: dice.sample(types, 2)}, 0)


def _attribute(dice: random.Random) -> Params:
    key = {"key": dice.choice(("colour", "size", "shoe'); --"))}
    way = dice.random()
    if way < 0.2:
        return key | {"known": dice.random() < 0.5}
    if way < 0.5:
        return key | _bounds(dice, lambda: dice.choice(("0", 7, "12.5", "100")))
    return key | _choices(("GREEN", "oolong", 7, 12, True, False, "12.50"))(dice)


def _birthday(dice: random.Random) -> Params:
    makers = {
        "within_days": lambda: dice.choice((0, 1, 7, 30, 60, 365, 366)),
        "known": lambda: dice.random() < 0.7,
    }
    return _some(dice, makers)


def _top_spenders(dice: random.Random) -> Params:
    if dice.random() < 0.5:
        return {"count": dice.choice((1, 5, 20, 500))}
    return {"percent": dice.choice((1, 5, 33, 100))}


def _weekday_hour(dice: random.Random) -> Params:
    makers = {
        "weekdays": lambda: dice.sample(range(1, 8), 2),
        "from_hour": lambda: dice.choice((0, 8, 18, 22)),
        "to_hour": lambda: dice.choice((1, 6, 12, 24)),
    }
    return _some(dice, makers) | _within(dice)


MAKERS: dict[str, Maker] = {
    "attribute": _attribute,
    "average_order": _amounts,
    "birthday": _birthday,
    "bought_product": _bought,
    "city": _choices((*CITIES, "berlin")),
    "clicked": lambda dice: _happened(dice) | _campaign(dice),
    "consent": _consent,
    "country": _choices(("DE", "AT", "cn", "FR")),
    "coupon_unused": _coupon_unused,
    "first_order": _moments,
    "joined": _moments,
    "last_order": _moments,
    "last_rating": _ratings,
    "last_score": _ratings,
    "messaged": _messaged,
    "occupation": _choices((*OCCUPATIONS, "NURSE")),
    "open_case": _open_case,
    "order_count": lambda dice: _counts(dice) | _within(dice),
    "order_weekday_hour": _weekday_hour,
    "refunded": _refunded,
    "rfm": lambda dice: _ratings(dice) | {"score": dice.choice(SCORES)},
    "tag": _choices(TAGS),
    "tier": _choices("ABCDEF"),
    "top_spenders": _top_spenders,
    "total_spent": lambda dice: _amounts(dice) | _within(dice),
    "vip": _flag,
}
