"""Tells what happens in a shop between two days: orders, refunds, reviews; the same every time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from crm.demo import words
from crm.demo.goods import ShopSign
from crm.demo.people import people
from crm.demo.story import Line, News, Opinion, Person, Sale, Story

_ORDERS_A_YEAR = {"loyal": (9, 16), "regular": (3, 6), "once": (1, 2)}
_ORDERS_A_MONTH = {"loyal": (2, 4), "regular": (1, 2), "once": (1, 1)}
_ALMOST_A_YEAR = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Span:
    """The time that is played, and how many people buy in it."""

    begin_at: datetime
    end_at: datetime
    buyers: int
    seed: int

    @property
    def is_long(self) -> bool:
        """Tell whether there is time for a year's habits."""
        return self.end_at - self.begin_at > _ALMOST_A_YEAR


def story(sign: ShopSign, span: Span) -> Story:
    """Tell a shop's story; the same shop and span, the same story."""
    dice = Random(f"{span.seed}/{sign.key}")  # noqa: S311 - a story, not a secret
    days = (span.begin_at.date(), span.end_at.date())
    buyers = people(dice, sign, span.buyers, days)
    placed = sorted(_wishes(dice, sign, span, buyers), key=lambda wish: (wish[0], wish[1].id))
    sales = []
    seen: dict[int, int] = {}
    for number, (at, person) in enumerate(placed, sign.first_order):
        seen[person.id] = seen.get(person.id, 0) + 1
        sales.append(sale(dice, sign, number, Visit(person, at, seen[person.id])))
    return Story(tuple(buyers), tuple(sales), tuple(_opinions(dice, sales)))


def _wishes(
    dice: Random, sign: ShopSign, span: Span, buyers: list[Person]
) -> Iterator[tuple[datetime, Person]]:
    zone = ZoneInfo(sign.timezone)
    habits = _ORDERS_A_YEAR if span.is_long else _ORDERS_A_MONTH
    days = (span.end_at - span.begin_at).days
    for person in buyers:
        for _ in range(dice.randint(*habits[person.habit])):
            day = span.begin_at.astimezone(zone).date() + timedelta(days=dice.randrange(days))
            hour = dice.choices(range(7, 24), (1, 2, 3, 4, 4, 4, 3, 3, 3, 3, 4, 5, 6, 7, 6, 3, 1))[
                0
            ]
            clock = time(hour, dice.randrange(60), dice.randrange(60))
            at = datetime.combine(day, clock, zone).astimezone(span.end_at.tzinfo)
            if span.begin_at < at < span.end_at:
                yield at, person


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody buys for the `turn`-th time."""

    person: Person
    at: datetime
    turn: int


def sale(dice: Random, sign: ShopSign, number: int, visit: Visit) -> Sale:
    """Invent an order with all that will come of it."""
    person = visit.person
    chosen = dice.sample(sign.goods, dice.choices((1, 2, 3, 4), (40, 35, 18, 7))[0])
    lines = tuple(Line(product, dice.choices((1, 2, 3), (75, 20, 5))[0]) for product in chosen)
    goods = sum(line.product.price_minor * line.quantity for line in lines)
    guest = person.account == "guest" or (person.account == "later" and visit.turn == 1)
    made = Sale(
        id=number,
        person=person,
        lines=lines,
        currency=sign.currency,
        as_guest=guest,
        shipping_minor=0 if goods >= sign.free_shipping_minor else sign.shipping_minor,
        placed_at=visit.at,
    )
    _go_on(dice, made)
    return made


def _go_on(dice: Random, made: Sale) -> None:
    at = made.placed_at
    if dice.random() < 0.03:
        made.cancelled_at = at + timedelta(days=3, minutes=dice.randrange(900))
        return
    trouble = dice.random() < 0.11
    slow = trouble and dice.random() < 0.5
    made.paid_at = at + timedelta(minutes=dice.randint(1, 30))
    made.shipped_at = made.paid_at + timedelta(hours=dice.randint(10, 40))
    days = dice.uniform(6, 11) if slow else dice.uniform(1, 4)
    made.delivered_at = made.shipped_at + timedelta(days=days)
    made.mood = dice.choice((1, 1, 2, 2, 3)) if trouble else dice.choices((3, 4, 5), (8, 32, 60))[0]
    if trouble and dice.random() < 0.4:
        made.refunded_at = made.delivered_at + timedelta(days=dice.uniform(1, 6))
        made.refund_minor = made.total_minor if dice.random() < 0.5 else made.goods_minor // 3
        made.refund_reason = words.refund_reason(dice, made.person.locale)


def _opinions(dice: Random, sales: list[Sale]) -> Iterator[Opinion]:
    number = 500
    for one in sales:
        if one.delivered_at is None or dice.random() > (0.55 if one.mood <= 2 else 0.26):
            continue
        number += 1
        title, body = words.review(dice, one.person.locale, one.mood)
        posted_at = one.delivered_at + timedelta(days=dice.uniform(1, 8))
        opinion = Opinion(number, one, one.mood, title, body, posted_at)
        if one.mood <= 2 and dice.random() < 0.25:
            opinion.edited_at, opinion.edited_rating = posted_at + timedelta(days=5), 4
        yield opinion


def news(told: Story) -> list[News]:
    """List everything the shop reports, in the order it is sent."""
    found = [*_of_people(told), *(item for one in told.sales for item in of_sale(one))]
    for opinion in told.opinions:
        found.append(News(opinion.posted_at, 5, "reviewed", opinion.posted_at, opinion))
        if opinion.edited_at:
            found.append(News(opinion.edited_at, 6, "review_edited", opinion.edited_at, opinion))
    return sorted(found)


def _of_people(told: Story) -> Iterator[News]:
    known: set[int] = set()
    for one in told.sales:
        if not one.as_guest and one.person.id not in known:
            known.add(one.person.id)
            at = one.placed_at - timedelta(minutes=4)
            yield News(at, 0, "registered", at, one.person)


def of_sale(one: Sale) -> Iterator[News]:
    """List what is reported about one order; the unlucky buyer's news come late and doubled."""
    moments = (
        ("paid" if one.paid_at else "placed", one.paid_at or one.placed_at),
        ("shipped", one.shipped_at),
        ("delivered", one.delivered_at),
        ("refunded", one.refunded_at),
        ("cancelled", one.cancelled_at),
    )
    listed = [(topic, at) for topic, at in moments if at is not None]
    for turn, (topic, at) in enumerate(listed, 1):
        if one.person.unlucky:
            late = one.placed_at + timedelta(days=9, minutes=len(listed) - turn)
            for due_at in (max(late, at), max(late, at) + timedelta(hours=6)):
                yield News(due_at, turn, topic, at, one)  # type: ignore[arg-type]
        else:
            yield News(at, turn, topic, at, one)  # type: ignore[arg-type]
