"""Cases are opened once, followed, and end with the buyer's word or a reason."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from crm import db
from crm.buyers.models import Buyer
from crm.cases import queries
from crm.cases.follow import NewStep, add_step, change_case
from crm.cases.models import Case
from crm.cases.open import NewCase, open_case
from crm.cases.queries import CaseFilter
from crm.errors import Conflict, Rejected
from crm.stores.models import Store
from tests.factories import NOW, make_buyer, make_order, make_store


@pytest.fixture
def store(session: Session) -> Store:
    return make_store(session)


@pytest.fixture
def buyer(session: Session, store: Store) -> Buyer:
    return make_buyer(session, store)


def _open(session: Session, store: Store, buyer: Buyer, **given: Any) -> Case:
    values: dict[str, Any] = {"buyer_id": buyer.id, "type": "complaint", "title": "Torn bag"}
    new = NewCase(**(values | given))
    return open_case(session, store, new, "ada@shop.test", NOW)


def test_opening_a_case_counts_on_the_buyer_at_once(
    session: Session, store: Store, buyer: Buyer
) -> None:
    case = _open(session, store, buyer, text="The bag was torn.", cause="transport/damaged")
    assert (case.state, case.opened_by, case.currency) == ("open", "ada@shop.test", "EUR")
    assert case.due_at == NOW + timedelta(hours=24)
    assert buyer.open_cases == 1


def test_an_automatic_case_is_opened_once_for_its_source(
    session: Session, store: Store, buyer: Buyer
) -> None:
    first = _open(session, store, buyer, source="review:1")
    again = _open(session, store, buyer, source="review:1", title="Something else")
    assert again.id == first.id
    assert again.title == "Torn bag"
    assert buyer.open_cases == 1


def test_cases_by_hand_may_be_as_many_as_there_are_matters(
    session: Session, store: Store, buyer: Buyer
) -> None:
    assert _open(session, store, buyer).id != _open(session, store, buyer).id
    assert buyer.open_cases == 2


def test_a_case_that_makes_no_sense_is_refused_field_by_field(
    session: Session, store: Store, buyer: Buyer
) -> None:
    stranger = make_order(session, make_store(session), None)
    with pytest.raises(Rejected) as no:
        _open(
            session,
            store,
            buyer,
            type="rant",
            title=" ",
            cause="weather",
            responsibility="moon",
            order_id=stranger.id,
        )
    assert set(no.value.errors) == {"type", "title", "cause", "responsibility", "order"}
    with pytest.raises(Rejected) as nobody:
        _open(session, store, buyer, buyer_id=999)
    assert set(nobody.value.errors) == {"buyer"}


def test_a_vip_is_answered_in_half_the_time(session: Session, store: Store) -> None:
    case = _open(session, store, make_buyer(session, store, vip=True))
    assert case.due_at == NOW + timedelta(hours=12)


def test_the_first_contact_is_the_first_answer_and_later_ones_are_not(
    session: Session, store: Store, buyer: Buyer
) -> None:
    case = _open(session, store, buyer)
    add_step(session, case, NewStep("note", "Read it."), "ada", NOW + timedelta(hours=1))
    assert case.first_answer_at is None
    for hours in (2, 5):
        called = NewStep("contact", "Called her.", "phone")
        add_step(session, case, called, "ada", NOW + timedelta(hours=hours))
    assert case.first_answer_at == NOW + timedelta(hours=2)
    assert case.due_at == NOW + timedelta(hours=5 + 24)
    assert [step.kind for step in queries.steps_of(session, case)] == ["note", "contact", "contact"]


def test_a_promise_is_due_until_the_buyer_hears_from_us(
    session: Session, store: Store, buyer: Buyer
) -> None:
    case = _open(session, store, buyer)
    promised = NOW + timedelta(hours=3)
    add_step(session, case, NewStep("promise", "A new bag", due_at=promised), "ada", NOW)
    assert case.due_at == promised
    assert queries.count_cases(session, [store.id], CaseFilter(overdue_at=promised)) == 0
    late = promised + timedelta(minutes=1)
    assert queries.count_cases(session, [store.id], CaseFilter(overdue_at=late)) == 1
    add_step(session, case, NewStep("remedy", "Sent a new bag"), "ada", late)
    assert queries.open_promises(session, case) == []
    assert queries.count_cases(session, [store.id], CaseFilter(overdue_at=late)) == 0


@pytest.mark.parametrize(
    ("step", "field"),
    [
        (NewStep("shrug", "…"), "kind"),
        (NewStep("note", "  "), "text"),
        (NewStep("promise", "Soon"), "due_at"),
    ],
)
def test_a_step_without_sense_is_refused(
    session: Session, store: Store, buyer: Buyer, step: NewStep, field: str
) -> None:
    with pytest.raises(Rejected) as no:
        add_step(session, _open(session, store, buyer), step, "ada", NOW)
    assert set(no.value.errors) == {field}


def test_closing_needs_the_buyers_verdict_or_a_reason(
    session: Session, store: Store, buyer: Buyer
) -> None:
    case = _open(session, store, buyer)
    with pytest.raises(Rejected) as no:
        change_case(session, case, {"state": "closed"}, "ada", NOW)
    assert set(no.value.errors) == {"verdict"}
    assert (case.state, buyer.open_cases) == ("open", 1)


@pytest.mark.parametrize("word", [{"verdict": "satisfied"}, {"reason": "Opened by mistake"}])
def test_closing_frees_the_buyer_at_once(
    session: Session, store: Store, buyer: Buyer, word: dict[str, str]
) -> None:
    case = _open(session, store, buyer)
    change_case(session, case, {"state": "closed", **word}, "ada", NOW + timedelta(days=1))
    assert (case.state, case.closed_at) == ("closed", NOW + timedelta(days=1))
    assert (case.verdict, case.close_reason) == (word.get("verdict"), word.get("reason"))
    assert buyer.open_cases == 0


def test_a_resolved_case_still_counts_until_the_buyer_has_spoken(
    session: Session, store: Store, buyer: Buyer
) -> None:
    case = _open(session, store, buyer)
    change_case(session, case, {"state": "resolved"}, "ada", NOW)
    assert buyer.open_cases == 1


def test_a_closed_case_can_be_opened_again_and_remembers_both(
    session: Session, store: Store, buyer: Buyer
) -> None:
    case = _open(session, store, buyer)
    change_case(session, case, {"state": "closed", "verdict": "satisfied"}, "ada", NOW)
    with pytest.raises(Conflict):
        add_step(session, case, NewStep("contact", "Hello?"), "ada", NOW)
    change_case(session, case, {"state": "open", "reason": "It broke again"}, "bob", NOW)
    assert (case.state, case.closed_at, case.verdict) == ("open", None, None)
    assert buyer.open_cases == 1
    steps = queries.steps_of(session, case)
    assert [(step.kind, step.actor, step.detail["state"]) for step in steps] == [
        ("change", "ada", ["open", "closed"]),
        ("change", "bob", ["closed", "open"]),
    ]
    assert steps[-1].text == "It broke again"


def test_the_facts_that_the_figures_need_are_kept(
    session: Session, store: Store, buyer: Buyer
) -> None:
    case = _open(session, store, buyer)
    changes = {
        "cause": "quality/defect",
        "responsibility": "maker",
        "assignee": "bob",
        "cost": "7.50",
    }
    change_case(session, case, changes, "ada", NOW)
    assert (case.cause, case.responsibility, case.assignee) == ("quality/defect", "maker", "bob")
    assert case.cost_minor == 750
    assert queries.steps_of(session, case)[0].detail["cost_minor"] == [0, 750]


def test_a_change_that_changes_nothing_leaves_no_step(
    session: Session, store: Store, buyer: Buyer
) -> None:
    case = _open(session, store, buyer)
    change_case(session, case, {"state": "open", "title": "Torn bag"}, "ada", NOW)
    assert queries.steps_of(session, case) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"state": "asleep"}, "state"),
        ({"state": None}, "state"),
        ({"type": "rant"}, "type"),
        ({"verdict": "satisfied"}, "verdict"),
        ({"cost": "-1.00"}, "cost"),
        ({"cost": 7.5}, "cost"),
        ({"cause": "weather"}, "cause"),
        ({"title": ""}, "title"),
        ({"assignee": 7}, "assignee"),
        ({"order_id": 999}, "order_id"),
        ({"buyer_id": 2}, "buyer_id"),
    ],
)
def test_a_wrong_change_is_refused_with_its_field_and_changes_nothing(
    session: Session, store: Store, buyer: Buyer, changes: dict[str, Any], field: str
) -> None:
    case = _open(session, store, buyer)
    with pytest.raises(Rejected) as no:
        change_case(session, case, {**changes, "text": "new"}, "ada", NOW)
    assert set(no.value.errors) == {field}
    assert case.text == ""


def test_a_closed_case_cannot_go_back_half_way(
    session: Session, store: Store, buyer: Buyer
) -> None:
    case = _open(session, store, buyer)
    change_case(session, case, {"state": "closed", "reason": "Done"}, "ada", NOW)
    with pytest.raises(Rejected) as no:
        change_case(session, case, {"state": "resolved"}, "ada", NOW)
    assert set(no.value.errors) == {"state"}


def test_lists_are_narrowed_and_paged_newest_first(
    session: Session, store: Store, buyer: Buyer
) -> None:
    cases = [_open(session, store, buyer, title=f"Matter {number}") for number in range(3)]
    other = make_store(session)
    _open(session, other, make_buyer(session, other))
    change_case(session, cases[0], {"state": "closed", "reason": "Done"}, "ada", NOW)
    mine = [store.id]
    first = queries.list_cases(session, mine, CaseFilter(), None, 2)
    rest = queries.list_cases(session, mine, CaseFilter(), first[-1].id, 2)
    assert [case.id for case in first + rest] == [case.id for case in reversed(cases)]
    closed = queries.list_cases(session, mine, CaseFilter(open=False), None, 9)
    assert [case.id for case in closed] == [cases[0].id]
    assert [case.id for case in queries.list_due(session, mine, 9)] == [cases[1].id, cases[2].id]
    assert queries.find_case(session, [other.id], cases[0].id) is None
    assert queries.count_cases(session, None, CaseFilter()) == 4


def test_two_who_report_the_same_review_at_once_open_one_case(database: None) -> None:
    with db.session() as session:
        store = make_store(session)
        buyer = make_buyer(session, store)
    with db.session() as one:
        case = _open(one, store, buyer, source="review:5")
    with db.session() as two:
        assert _open(two, store, buyer, source="review:5").id == case.id
        assert two.get_one(Buyer, (store.id, buyer.id)).open_cases == 1
