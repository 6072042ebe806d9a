"""Who is in a segment, told a second time in plain Python over plain objects.

It shares nothing with the product but the lunar calendar, and that it asks the other way round.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Any

from tests.segments.judging import (
    Params,
    World,
    between,
    cents,
    folded,
    last,
    listed,
    stated,
    when,
)
from tests.segments.keeping import lunar_day, solar_day
from tests.segments.worlds import Person, Sale, counted


def members(rule: dict[str, Any], world: World) -> set[int]:
    """Name the ids of a segment."""
    alive = [one for one in world.people if _alive(one)]
    return {one.id for one in alive if fulfils(rule, one, world)}


def fulfils(rule: dict[str, Any], who: Person, world: World) -> bool:
    """Tell whether one buyer fulfils a rule."""
    if "all" in rule:
        return all(fulfils(part, who, world) for part in rule["all"])
    if "any" in rule:
        return any(fulfils(part, who, world) for part in rule["any"])
    if "not" in rule:
        return not fulfils(rule["not"], who, world)
    if "segment" in rule:
        return fulfils(world.saved[rule["segment"]], who, world)
    params = {name: value for name, value in rule.items() if name != "condition"}
    return CONDITIONS[rule["condition"]](params, who, world)


def _alive(who: Person) -> bool:
    return who.columns["merged_into"] is None and who.columns["erased_at"] is None


def _lately(who: Person, params: Params, world: World) -> list[Sale]:
    sales = counted(who)
    if "within_days" not in params:
        return sales
    return [sale for sale in sales if when(sale.placed_at, params, world)]


def _net(who: Person, params: Params, world: World) -> int:
    ours = [one for one in _lately(who, params, world) if one.currency == world.currency]
    return sum(one.total - one.refunded for one in ours)


def _average_order(params: Params, who: Person, world: World) -> bool:
    number = len(counted(who))
    return number > 0 and between(Fraction(_net(who, {}, world), number), cents(params))


def _bought(params: Params, who: Person, world: World) -> bool:
    products, wanted = listed(params)
    orders = [one for one in counted(who) if set(products) & set(one.products)]
    return last([one.placed_at for one in orders], params, world) is wanted


def _refunded(params: Params, who: Person, world: World) -> bool:
    back = sum(sale.refunded for sale in counted(who) if sale.currency == world.currency)
    moments = [at for sale in counted(who) for at, _amount in sale.refunds]
    timed = "within_days" in params or "days_ago_at_least" in params
    fits = not timed or last(moments, params, world)
    return stated(back > 0 and between(back, cents(params)) and fits, params)


def _tag(params: Params, who: Person, _world: World) -> bool:
    tags, wanted = listed(params)
    return bool(set(tags) & set(who.tags)) is wanted


def _consent(params: Params, who: Person, _world: World) -> bool:
    status = who.consents.get(params.get("channel", "email"))
    return (status if status in ("granted", "withdrawn") else "none") == params["status"]


def _messaged(params: Params, who: Person, world: World) -> bool:
    moments = [
        at
        for at, channel, campaign, state in who.messages
        if state not in ("queued", "cancelled")
        and params.get("channel", channel) == channel
        and params.get("campaign", str(campaign)) == str(campaign)
    ]
    return stated(last(moments, params, world), params)


def _clicked(params: Params, who: Person, world: World) -> bool:
    wanted = params.get("campaign")
    moments = [at for at, campaign in who.clicks if wanted in (None, str(campaign))]
    return stated(last(moments, params, world), params)


def _coupon(params: Params, who: Person, world: World) -> bool:
    end = world.now + timedelta(days=params.get("expires_within_days", 10**5))
    moments = [
        issued
        for issued, ends, campaign, state in who.coupons
        if state == "live"
        and world.now < ends <= end
        and params.get("campaign", str(campaign)) == str(campaign)
    ]
    return stated(last(moments, params, world), params)


def _open_case(params: Params, who: Person, _world: World) -> bool:
    types = [kind for kind, state in who.cases if state != "closed"]
    found = [kind for kind in types if kind in params.get("types", types)]
    return stated(bool(found), params)


def _attribute(params: Params, who: Person, _world: World) -> bool:
    value = who.columns["attributes"].get(params["key"])
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
    known = isinstance(value, str | int)
    if "known" in params and params["known"] is not known:
        return False
    ways = {name for name in ("is", "any_of", "none_of") if name in params}
    if ways and not (known and folded(text, _texts(params))):
        return False
    if "at_least" in params or "at_most" in params:
        number = None if isinstance(value, bool) or not known else _number(text)
        bounds = {name: Fraction(bound, 100) for name, bound in cents(params).items()}
        return between(number, bounds)
    return True


def _texts(params: Params) -> Params:
    words, wanted = listed(params)
    words = [str(one).lower() if isinstance(one, bool) else str(one) for one in words]
    return {"any_of" if wanted else "none_of": words}


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text.lstrip("-").replace(".", "", 1).isdecimal() else None


def _top(params: Params, who: Person, world: World) -> bool:
    if not world.ranked:
        world.ranked = _rank(world)
    many = params.get("count") or ceil(len(world.ranked) * Fraction(params.get("percent", 0), 100))
    return who.id in world.ranked[:many]


def _rank(world: World) -> list[int]:
    ranked = [one for one in world.people if _alive(one) and counted(one)]
    ranked.sort(key=lambda one: one.id)
    ranked.sort(key=lambda one: max(sale.placed_at for sale in counted(one)), reverse=True)
    ranked.sort(key=lambda one: _net(one, {}, world), reverse=True)
    return [one.id for one in ranked]


def _last_rating(params: Params, who: Person, _world: World) -> bool:
    standing = [(at, rating) for at, rating, is_gone in who.reviews if not is_gone]
    return between(max(standing, key=lambda one: one[0])[1] if standing else None, params)


def _birthday(params: Params, who: Person, world: World) -> bool:
    month, day = who.columns["birth_month"], who.columns["birth_day"]
    if "known" in params and params["known"] is not (month is not None):
        return False
    if "within_days" not in params:
        return True
    if month is None:
        return False
    today = world.now.astimezone(world.zone).date()
    kept = lunar_day if who.columns["birth_calendar"] == "lunar" else solar_day
    years = range(today.year - 1, today.year + 3)
    ahead = [(kept(year, month, day) - today).days for year in years]
    return any(0 <= days <= params["within_days"] for days in ahead)


def _weekday_hour(params: Params, who: Person, world: World) -> bool:
    local = [sale.placed_at.astimezone(world.zone) for sale in _lately(who, params, world)]
    first, end = params.get("from_hour", 0), params.get("to_hour", 24)
    hours = {hour % 24 for hour in range(first, end if first < end else end + 24)}
    days = params.get("weekdays", range(1, 8))
    return any(at.isoweekday() in days and at.hour in hours for at in local)


def draw_fifths(world: World) -> dict[str, list[Any]]:
    """Find where the fifths end: the value of whoever is 20, 40, 60 and 80 % up the line."""
    bought = [one for one in world.people if _alive(one) and counted(one)]
    fifths = {}
    for name, judge in _SCORED.items():
        line = sorted(judge(one, world) for one in bought)
        fifths[name] = [line[ceil(Fraction(n, 5) * len(line)) - 1] for n in range(1, 5)]
    return fifths if bought else {}


def _last_order(who: Person, _world: World) -> datetime:
    return max(sale.placed_at for sale in counted(who))


_SCORED: dict[str, Callable[[Person, World], Any]] = {
    "recency": _last_order,
    "frequency": lambda who, _world: len(counted(who)),
    "monetary": lambda who, world: _net(who, {}, world),
}


def _rfm(params: Params, who: Person, world: World) -> bool:
    name = params["score"]
    if not world.fifths or not counted(who):
        return False
    mine = _SCORED[name](who, world)
    return between(sum(mine > end for end in world.fifths[name]) + 1, params)


def _column(name: str, judge: Callable[[Any, Params], bool]) -> Callable[..., bool]:
    return lambda params, who, _world: judge(who.columns[name], params)


def _order_moment(pick: Callable[..., datetime | None]) -> Callable[..., bool]:
    def judge(params: Params, who: Person, world: World) -> bool:
        return when(pick([sale.placed_at for sale in counted(who)], default=None), params, world)

    return judge


CONDITIONS: dict[str, Callable[[Params, Person, World], bool]] = {
    "attribute": _attribute,
    "average_order": _average_order,
    "birthday": _birthday,
    "bought_product": _bought,
    "city": _column("city", folded),
    "clicked": _clicked,
    "consent": _consent,
    "country": _column("country", folded),
    "coupon_unused": _coupon,
    "first_order": _order_moment(min),
    "joined": lambda params, who, world: when(who.columns["joined_at"], params, world),
    "last_order": _order_moment(max),
    "last_rating": _last_rating,
    "last_score": _column("last_score", between),
    "messaged": _messaged,
    "occupation": _column("occupation", folded),
    "open_case": _open_case,
    "order_count": lambda params, who, world: between(len(_lately(who, params, world)), params),
    "order_weekday_hour": _weekday_hour,
    "refunded": _refunded,
    "rfm": _rfm,
    "tag": _tag,
    "tier": _column("tier", between),
    "top_spenders": _top,
    "total_spent": lambda params, who, world: between(_net(who, params, world), cents(params)),
    "vip": _column("vip", stated),
}
