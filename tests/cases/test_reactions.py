"""A bad review opens a case by itself."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from crm.buyers.models import Buyer, Review
from crm.cases import queries
from crm.cases.follow import change_case
from crm.cases.queries import CaseFilter
from crm.cases.reactions import after_review
from crm.stores.models import Store
from tests.factories import NOW, make_buyer, make_order, make_store


@pytest.fixture
def store(session: Session) -> Store:
    return make_store(session)


@pytest.fixture
def buyer(session: Session, store: Store) -> Buyer:
    return make_buyer(session, store)


def _review(session: Session, store: Store, buyer: Buyer | None, **given: Any) -> Review:
    values: dict[str, Any] = {
        "external_id": "R1",
        "rating": 1,
        "title": "Dust",
        "body": "The tea is dust.",
        "posted_at": NOW,
        "version_at": NOW,
        "version_rank": 0,
        "version_digest": "",
        "created_at": NOW,
    }
    owner = None if buyer is None else buyer.id
    review = Review(store_id=store.id, buyer_id=owner, **(values | given))
    session.add(review)
    session.flush()
    return review


@pytest.mark.parametrize("rating", [1, 2])
def test_one_or_two_stars_open_a_case_with_what_was_said(
    session: Session, store: Store, buyer: Buyer, rating: int
) -> None:
    order = make_order(session, store, buyer, external_id="1001")
    review = _review(session, store, buyer, rating=rating, order_external_id="1001")
    case = after_review(session, store, review, NOW)
    assert case is not None
    assert (case.type, case.source) == ("bad_review", f"review:{review.id}")
    assert case.order_id == order.id
    assert case.text == "Dust\n\nThe tea is dust."
    assert buyer.open_cases == 1


@pytest.mark.parametrize("rating", [3, 4, 5])
def test_better_reviews_open_nothing(
    session: Session, store: Store, buyer: Buyer, rating: int
) -> None:
    review = _review(session, store, buyer, rating=rating)
    assert after_review(session, store, review, NOW) is None
    assert buyer.open_cases == 0


def test_the_same_review_twice_is_one_case(session: Session, store: Store, buyer: Buyer) -> None:
    review = _review(session, store, buyer)
    first, again = (after_review(session, store, review, NOW) for _ in range(2))
    assert first is not None
    assert again is not None
    assert first.id == again.id


def test_a_review_edited_for_the_better_leaves_the_case_open_and_says_so_once(
    session: Session, store: Store, buyer: Buyer
) -> None:
    review = _review(session, store, buyer)
    after_review(session, store, review, NOW)
    review.rating = 4
    for _ in range(2):
        case = after_review(session, store, review, NOW)
    assert case is not None
    assert case.state == "open"
    assert [step.text for step in queries.steps_of(session, case)] == [
        "The buyer changed the review to 4 stars."
    ]


def test_a_closed_case_is_left_alone_when_the_review_gets_better(
    session: Session, store: Store, buyer: Buyer
) -> None:
    review = _review(session, store, buyer)
    case = after_review(session, store, review, NOW)
    assert case is not None
    change_case(session, case, {"state": "closed", "verdict": "satisfied"}, "ada", NOW)
    review.rating = 5
    assert after_review(session, store, review, NOW) is None


@pytest.mark.parametrize("given", [{"deleted_at": NOW}, {"buyer_id": None}])
def test_a_review_taken_down_or_by_nobody_known_opens_nothing(
    session: Session, store: Store, buyer: Buyer, given: dict[str, Any]
) -> None:
    review = _review(session, store, buyer)
    for key, value in given.items():
        setattr(review, key, value)
    assert after_review(session, store, review, NOW) is None
    assert queries.count_cases(session, None, CaseFilter()) == 0
