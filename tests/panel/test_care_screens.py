"""Cases, surveys and reviews: what went wrong, and how it was put right."""

from collections.abc import Callable

import pytest

from crm import db, ingest
from crm.buyers.models import Buyer
from crm.cases.models import Case
from crm.cases.queries import steps_of
from crm.stores.models import Store
from tests.factories import NOW, make_buyer, review_event
from tests.panel.conftest import Reader


@pytest.fixture
def ada(store: Store) -> Buyer:
    """A buyer of the shop."""
    with db.session() as session:
        return make_buyer(session, session.merge(store), email="ada@example.test")


@pytest.fixture
def case(owner: Reader, ada: Buyer) -> Case:
    """A case opened through its form."""
    form = {
        "buyer": str(ada.id),
        "type": "complaint",
        "title": "Dented tin",
        "text": "Half spilled",
    }
    owner.post("/cases/new", **form, cause="transport/damaged", responsibility="carrier")
    return only()


def only() -> Case:
    with db.session() as session:
        return session.query(Case).one()


def open_cases(ada: Buyer) -> int:
    with db.session() as session:
        return session.get_one(Buyer, (ada.store_id, ada.id)).open_cases


def test_a_case_is_opened_on_a_buyers_page(owner: Reader, ada: Buyer, case: Case) -> None:
    assert (case.type, case.title, case.cause) == ("complaint", "Dented tin", "transport/damaged")
    assert case.opened_by == "owner@tea.example"
    assert open_cases(ada) == 1
    assert "1 open case, offers rest" in owner.get(f"/buyers/{ada.id}").words
    page = owner.get(f"/cases/{case.id}")
    assert "Half spilled" in page.words
    assert "Parcel damaged" in page.words


def test_a_case_without_a_title_is_refused_at_its_field(owner: Reader, ada: Buyer) -> None:
    form = {"buyer": str(ada.id), "type": "complaint", "title": " ", "text": "Half spilled"}
    answer = owner.post("/cases/new", 422, **form)
    assert 'id="error-title"' in answer.text
    assert "Half spilled" in answer.text
    owner.post("/cases/new", 404, buyer="99", type="complaint", title="x")


def test_steps_are_written_down_and_a_promise_needs_its_time(owner: Reader, case: Case) -> None:
    place = f"/cases/{case.id}/steps"
    refused = owner.post(place, 422, kind="promise", text="A new tin goes out")
    assert "a promise needs the time by which it is kept" in refused.text
    assert "A new tin goes out" in refused.text
    owner.post(place, kind="promise", text="A new tin goes out", due_at="2026-11-22T12:00")
    owner.post(place, kind="contact", text="Called her", channel="phone")
    with db.session() as session:
        promise, contact = steps_of(session, session.merge(case))
    assert promise.due_at is not None
    assert promise.due_at.isoformat() == "2026-11-22T11:00:00+00:00"
    assert (contact.kind, contact.channel) == ("contact", "phone")
    assert "Kept" in owner.get(f"/cases/{case.id}").words


def test_closing_needs_the_buyers_word_or_a_reason(owner: Reader, ada: Buyer, case: Case) -> None:
    place = f"/cases/{case.id}"
    form = {"state": "closed", "verdict": "", "reason": ""}
    assert "verdict or a reason" in owner.post(place, 422, **form).text
    assert open_cases(ada) == 1
    owner.post(place, state="closed", verdict="satisfied", reason="")
    assert (only().state, only().verdict, open_cases(ada)) == ("closed", "satisfied", 0)
    assert "The buyer is satisfied" in owner.get(place).words
    owner.post(place, state="open")
    assert (only().state, only().verdict, open_cases(ada)) == ("open", None, 1)


def test_what_a_case_cost_and_who_follows_it_is_kept(owner: Reader, case: Case) -> None:
    form = {"state": "waiting_us", "assignee": "Jonas", "cause": "quality/defect"}
    owner.post(f"/cases/{case.id}", **form, responsibility="us", cost="12.50")
    found = only()
    assert (found.state, found.assignee, found.cost_minor) == ("waiting_us", "Jonas", 1250)
    refused = owner.post(f"/cases/{case.id}", 422, **form, responsibility="us", cost="much")
    assert 'id="error-cost"' in refused.text


def test_what_is_overdue_stands_at_the_top_and_on_the_start_page(
    owner: Reader, case: Case, at: Callable[[str], None]
) -> None:
    assert "overdue" not in owner.get("/").words
    at("2026-12-24T09:00:00Z")
    assert "1 case is overdue" in owner.get("/").words
    assert "Dented tin" in owner.get("/cases").words
    assert "Overdue" in owner.get(f"/cases/{case.id}").words
    assert "Dented tin" in owner.get("/cases?state=open").words


def test_a_bad_review_is_listed_and_opens_a_case(owner: Reader, store: Store) -> None:
    with db.session() as session:
        home = session.merge(store)
        bad = review_event(rating=1, title="Dust", external_id="R2")
        for event in (review_event(), bad):
            ingest.apply(session, home, event, live=True, now=NOW)
    assert "Lovely" in owner.get("/reviews").words
    bad_ones = owner.get("/reviews?at_most=2")
    assert "Dust" in bad_ones.words
    assert "Lovely" not in bad_ones.words
    assert "Review with one star" in owner.get("/cases").words
