"""How the second telling holds values against bounds."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from tests.segments.worlds import Person

Params = dict[str, Any]


@dataclass
class World:
    """The buyers of a store at an instant."""

    people: list[Person]
    now: datetime
    zone: ZoneInfo
    currency: str = "EUR"
    # Saved rules by id.
    saved: dict[str, dict[str, Any]] = field(default_factory=dict)
    # Where the fifths end, by score; empty before the first night.
    fifths: dict[str, list[Any]] = field(default_factory=dict)
    # Those who bought, by id, whoever spent most first.
    ranked: list[int] = field(default_factory=list)


def between(value: Any, params: Params) -> bool:
    """Hold a value against its bounds."""
    if value is None:
        return False
    fits = [value == params["is"]] if "is" in params else []
    fits += [value >= params["at_least"]] if "at_least" in params else []
    fits += [value <= params["at_most"]] if "at_most" in params else []
    fits += [value in params["any_of"]] if "any_of" in params else []
    fits += [value not in params["none_of"]] if "none_of" in params else []
    return all(fits)


def cents(params: Params) -> Params:
    """Give the bounds of amounts in cents, exactly."""
    bounds = {name: params[name] for name in ("at_least", "at_most") if name in params}
    return {name: Fraction(str(amount)) * 100 for name, amount in bounds.items()}


def last(moments: Iterable[datetime], params: Params, world: World) -> bool:
    """Hold the last of the moments up to now against the bounds."""
    known = list(moments)
    if "within_days" not in params and "days_ago_at_least" not in params:
        return bool(known)
    past = [at for at in known if at <= world.now]
    return bool(past) and when(max(past), params, world)


def when(at: datetime | None, params: Params, world: World) -> bool:
    """Hold one moment against its bounds."""
    if at is None:
        return False
    age = world.now - at
    young = timedelta(0) <= age <= timedelta(days=params.get("within_days", 10**5))
    old = age >= timedelta(days=params.get("days_ago_at_least", -(10**5)))
    return (young or "within_days" not in params) and old


def listed(params: Params) -> tuple[list[Any], bool]:
    """Give what was listed, and whether it is wanted."""
    if "none_of" in params:
        return params["none_of"], False
    return params.get("any_of") or [params["is"]], True


def folded(value: Any, params: Params) -> bool:
    """Compare texts, upper and lower case alike."""
    words, wanted = listed(params)
    if value is None:
        return False
    return (str(value).lower() in [str(one).lower() for one in words]) is wanted


def stated(truth: bool, params: Params) -> bool:
    """Hold a truth against what `is` says."""
    return truth is params.get("is", True)
