"""Shops that live for a while: what their webhooks told in order, and what they show at the end.

A world is made from its dice alone. Orders are placed, paid, sent, refunded and thrown away,
customers register and move, reviews are written and edited, guests turn out to be one person.
What a storefront stops showing (an address replaced before anybody read it) is in no world:
nobody could read it back.
"""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

BEGAN = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
_NAMES = ("Ada", "Bo", "Cy", "Dee", "Eli", "Fay", "Gus", "Hal", "Ida", "Jo")
_CITIES = ("Berlin", "Hamburg", "Kiel", "Lübeck", "Bremen")


@dataclass(frozen=True)
class News:
    """One neutral webhook; `thing` names what it is a picture of."""

    topic: str
    at: datetime
    data: dict[str, Any]

    @property
    def thing(self) -> tuple[str, str]:
        """Name what is told of."""
        return self.topic.partition(".")[0], str(self.data["id"])

    @property
    def body(self) -> dict[str, Any]:
        """Write the whole body."""
        return {"type": self.topic, "timestamp": _written(self.at), "data": self.data}


@dataclass
class World:
    """A shop's life: `news` in the order in which it happened."""

    dice: random.Random
    prefix: str
    stories: tuple[Any, ...]
    news: list[News] = field(default_factory=list)
    clock: datetime = BEGAN

    def tell(self, topic: str, data: dict[str, Any]) -> None:
        """Let something happen now."""
        self.news.append(News(topic, self.clock, {**data, "updated_at": _written(self.clock)}))

    def wait(self, *, surely: bool = False) -> None:
        """Let some time pass, now and then less than a second of the storefront's clock."""
        if surely or self.dice.random() < 0.8:
            self.clock += timedelta(seconds=self.dice.randint(1, 40_000))

    def last(self) -> list[News]:
        """Give what the storefront shows at the end, the oldest change first; nothing deleted."""
        newest = {one.thing: one for one in self.news}
        shown = [one for one in newest.values() if not one.topic.endswith(".deleted")]
        return sorted(shown, key=lambda one: one.at)


def make_world(
    dice: random.Random, people: int, prefix: str = "", *, discards: bool = False
) -> World:
    """Make a world of some people, each with a story of her own, told one through the other.

    With `discards` orders are thrown away too, for which the neutral format has no word.
    """
    world = World(dice, prefix, (*_STORIES, _thrown_away) if discards else _STORIES)
    stories = [_story(world, number) for number in range(people)]
    acts = [(place, act) for place, story in enumerate(stories) for act in story]
    order = [place for place, _act in acts]
    dice.shuffle(order)
    waiting = [iter(story) for story in stories]
    for place in order:
        world.wait()
        next(waiting[place])()
    return world


def _story(world: World, number: int) -> list[Any]:
    """Give the acts of one person."""
    acts: list[Any] = world.dice.choice(world.stories)(world, f"{world.prefix}{number}")
    return acts


def _registered(world: World, name: str) -> list[Any]:
    person = _person(world, name)
    acts = [_customer(world, person), *_order(world, name, person), _customer(world, person)]
    return acts + (_review(world, name, person) if world.dice.random() < 0.5 else [])


def _guest(world: World, name: str) -> list[Any]:
    person = {**_person(world, name), "id": None}
    return _order(world, name, person) + _review(world, name, person)


def _guest_who_registers(world: World, name: str) -> list[Any]:
    person = _person(world, name)
    guest = {**person, "id": None}
    return [
        *_order(world, name, guest),
        _customer(world, person),
        *_order(world, f"{name}b", person),
    ]


def _two_guests_proved_one(world: World, name: str) -> list[Any]:
    person = _person(world, name)
    other = {**person, "email": f"{person['email']}.other"}
    as_guests = [{**one, "id": None} for one in (person, other)]
    first, second = (
        _order(world, f"{name}{letter}", one) for letter, one in zip("cd", as_guests, strict=True)
    )
    proof = _order(world, f"{name}e", other)
    return [*first, *_review(world, name, as_guests[0]), *second, _customer(world, person), *proof]


def _by_phone(world: World, name: str) -> list[Any]:
    """Tell of somebody known by phone alone, in whose house somebody else has the same phone."""
    person = _person(world, name)
    caller = {**person, "id": None, "email": None, "phone": _phone(name)}
    relative = {**person, "phone": _phone(name)}
    acts = _order(world, f"{name}p", caller)
    if world.dice.random() < 0.7:
        acts += [_customer(world, relative), *_order(world, name, relative)]
    return acts


def _regretful(world: World, name: str) -> list[Any]:
    """Tell of somebody who takes a review down; a bad one, read too late, would alarm nobody."""
    person = _person(world, name)
    review = _review(world, name, person, (3, 4, 5))
    return [*_order(world, name, person), *review, _gone(world, "review", name)]


def _thrown_away(world: World, name: str) -> list[Any]:
    """Tell of an order that is thrown away, beside one that stays."""
    person = _person(world, name)
    lost = [*_order(world, f"{name}x", person)[:1], _gone(world, "order", f"{name}x")]
    return [*lost, *_order(world, name, person)]


def _gone(world: World, kind: str, name: str) -> Any:
    def act() -> None:
        world.wait(surely=True)
        world.tell(f"{kind}.deleted", {"id": f"{'o' if kind == 'order' else 'v'}{name}"})

    return act


_STORIES = (
    _registered,
    _guest,
    _guest_who_registers,
    _two_guests_proved_one,
    _regretful,
    _by_phone,
)


def _person(world: World, name: str) -> dict[str, Any]:
    return {
        "id": f"c{name}",
        "email": f"buyer{name}@example.test",
        "first_name": world.dice.choice(_NAMES),
        "last_name": "Brew",
        "accepts_marketing": world.dice.choice((None, None, True)),
        "birthday": world.dice.choice((None, "1990-02-28", "--07-01")),
    }


def _customer(world: World, person: dict[str, Any]) -> Any:
    def act() -> None:
        world.wait(surely=True)
        # When it was first said is lost with the picture that said it; an order keeps its time.
        said = {
            **person,
            "accepts_marketing": None,
            "first_name": world.dice.choice(_NAMES),
            "created_at": _written(BEGAN - timedelta(days=30)),
            "address": {"city": world.dice.choice(_CITIES), "country": "DE"},
        }
        world.tell("customer.updated", said)

    return act


def _order(world: World, name: str, person: dict[str, Any]) -> list[Any]:
    """Give the acts of an order: placed, paid, maybe sent, maybe refunded once or twice.

    Often it is paid while it is placed, as most are.
    """
    total = world.dice.randint(500, 20_000)
    order: dict[str, Any] = {
        "id": f"o{name}",
        "number": f"#{name}",
        "payment_status": "unpaid",
        "currency": "EUR",
        "total": _euros(total),
        "customer": person,
        "shipping_address": {"city": world.dice.choice(_CITIES), "country": "DE"},
        "items": [{"product_id": "P1", "title": "Tea", "quantity": 1, "unit_price": _euros(total)}],
    }
    acts = [_placed(world, order)] if world.dice.random() < 0.5 else []
    acts.append(_paid(world, order))
    if world.dice.random() < 0.4:
        acts.append(_sent(world, order))
    acts += [_refunded(world, order, total) for _ in range(world.dice.choice((0, 0, 0, 0, 1, 2)))]
    if world.dice.random() < 0.1:
        acts.append(_cancelled(world, order))
    return acts


def _placed(world: World, order: dict[str, Any]) -> Any:
    def act() -> None:
        order["placed_at"] = _written(world.clock)
        world.tell("order.created", order)

    return act


def _paid(world: World, order: dict[str, Any]) -> Any:
    def act() -> None:
        order.setdefault("placed_at", _written(world.clock))
        order.update(payment_status="paid", paid_at=_written(world.clock))
        world.tell("order.paid", order)

    return act


def _sent(world: World, order: dict[str, Any]) -> Any:
    def act() -> None:
        order.update(fulfillment_status="fulfilled", fulfilled_at=_written(world.clock))
        world.tell("order.fulfilled", order)

    return act


def _cancelled(world: World, order: dict[str, Any]) -> Any:
    def act() -> None:
        order.update(status="cancelled", cancelled_at=_written(world.clock))
        world.tell("order.cancelled", order)

    return act


def _refunded(world: World, order: dict[str, Any], total: int) -> Any:
    def act() -> None:
        world.wait(surely=True)
        known: list[Any] = order.get("refunds", [])
        amount = world.dice.randint(1, total // 2)
        refund = {
            "id": f"r{order['id']}-{len(known)}",
            "amount": _euros(amount),
            "refunded_at": _written(world.clock),
        }
        cents = amount + sum(_cents(one["amount"]) for one in known)
        order.update(
            payment_status="refunded" if cents == total else "partially_refunded",
            refunds=[*known, refund],
            refunded_total=_euros(cents),
        )
        world.tell("order.refunded", order)

    return act


def _review(
    world: World, name: str, person: dict[str, Any], stars: tuple[int, ...] = ()
) -> list[Any]:
    """Give the acts of a review; an edit changes its words, and its stars only a little."""
    stars = stars or world.dice.choice(((1, 2), (3, 4, 5)))

    def act() -> None:
        world.wait(surely=True)
        review.setdefault("created_at", _written(world.clock))
        told = {**review, "rating": world.dice.choice(stars), "body": f"at {world.clock}"}
        world.tell("review.updated", told)

    review: dict[str, Any] = {
        "id": f"v{name}",
        "product_id": "P1",
        "order_id": f"o{name}",
        "customer": person,
    }
    return [act] * world.dice.choice((1, 1, 2))


def _phone(name: str) -> str:
    digits = "".join(str(ord(letter) % 10) for letter in name)
    return f"+4915112345{digits:0>3}"


def _euros(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


def _cents(euros: str) -> int:
    return int(euros.replace(".", ""))


def _written(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
