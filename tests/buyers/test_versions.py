"""The digest of an event: what it says counts, not who brought it, when and in which bytes."""

from dataclasses import replace
from datetime import timedelta, timezone

from crm.buyers.facts.versions import digested
from crm.events import Event, Noted, OrderChanged
from tests.factories import NOW, order_deleted, order_event, person, version


def digest(event: Event) -> str:
    """Give the digest an event gets."""
    stamped = digested(event)
    assert isinstance(stamped, OrderChanged)
    return stamped.version.digest


def test_the_same_picture_has_one_digest_whatever_came_with_it() -> None:
    first = order_event(version=version(NOW, 1, "of a webhook"))
    again = order_event(version=version(NOW + timedelta(hours=1), 2, "of a list"))
    assert digest(first) == digest(again)
    assert len(digest(first)) == 32


def test_an_instant_is_one_in_every_zone() -> None:
    berlin = order_event(placed_at=NOW.astimezone(timezone(timedelta(hours=1))))
    assert digest(berlin) == digest(order_event(placed_at=NOW))


def test_every_field_counts() -> None:
    plain = order_event()
    (item,) = plain.items
    others = [
        order_event(number="other"),
        order_event(total_minor=1),
        order_event(refunded_minor=1),
        order_event(coupon_codes=("TEA",)),
        order_event(person=person(city="Ulm")),
        order_event(items=(replace(item, quantity=9),)),
        order_event(items=()),
    ]
    assert len({digest(one) for one in [plain, *others]}) == len(others) + 1


def test_what_is_said_as_usual_goes_unsaid() -> None:
    assert digest(order_event(tracking=None)) == digest(order_event())


def test_kinds_of_news_differ_and_those_without_a_version_stay_as_they_are() -> None:
    gone = digested(order_deleted(external_id="1001"))
    assert gone.version.digest not in ("", digest(order_event(external_id="1001")))
    assert digested(Noted("a ping")) == Noted("a ping")
