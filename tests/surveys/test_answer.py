"""A buyer answers once; the score stays with her, and a low one opens a case."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import db
from crm.buyers.models import Buyer
from crm.cases.models import Case
from crm.errors import Rejected
from crm.i18n import speaking
from crm.stores.models import Store
from crm.surveys import queries
from crm.surveys.answer import Answers, Invitation, record_answer
from crm.surveys.ensure import survey_for
from crm.surveys.models import Response, Survey
from crm.surveys.questions import questions
from tests.factories import NOW, make_buyer, make_order, make_store


@dataclass(frozen=True)
class Asking:
    """A campaign as far as a survey needs it."""

    id: int = 7
    name: str = "How was it?"
    survey: dict[str, Any] | None = field(default_factory=dict)


@pytest.fixture
def store(session: Session) -> Store:
    return make_store(session)


@pytest.fixture
def buyer(session: Session, store: Store) -> Buyer:
    return make_buyer(session, store)


@pytest.fixture
def survey(session: Session, store: Store) -> Survey:
    return survey_for(session, store, Asking(), NOW)


def test_a_campaign_has_one_survey_that_follows_its_wording(session: Session, store: Store) -> None:
    first = survey_for(session, store, Asking(), NOW)
    again = survey_for(session, store, Asking(survey={"best": "Favourite tea?", "x": 1}), NOW)
    assert again.id == first.id
    assert again.questions == {"best": "Favourite tea?"}
    assert again.low_score == 2
    texts = {asked.key: asked.text for asked in questions(again)}
    assert texts["best"] == "Favourite tea?"
    assert texts["improve"] == "What should we do better?"


def test_the_shop_decides_what_a_low_score_is(session: Session) -> None:
    store = make_store(session, settings={"cases": {"low_score": 3}})
    assert survey_for(session, store, Asking(), NOW).low_score == 3


def test_an_answer_is_kept_and_the_score_stays_with_the_buyer(
    session: Session, store: Store, buyer: Buyer, survey: Survey
) -> None:
    order = make_order(session, store, buyer)
    answers = Answers(5, 4, 5, 3, best=" The smell ", improve="")
    response = record_answer(session, survey, Invitation(11, buyer.id, order.id), answers, NOW)
    assert (response.score, response.expectation) == (5, 4)
    assert (response.quality, response.service) == (5, 3)
    assert (response.best, response.improve, response.order_id) == ("The smell", None, order.id)
    assert (buyer.last_score, buyer.open_cases) == (5, 0)


def test_a_second_answer_changes_nothing(session: Session, buyer: Buyer, survey: Survey) -> None:
    invitation = Invitation(11, buyer.id, None)
    first = record_answer(session, survey, invitation, Answers(5), NOW)
    again = record_answer(session, survey, invitation, Answers(1, best="No!"), NOW)
    assert (again.id, again.score, again.best) == (first.id, 5, None)
    assert (buyer.last_score, buyer.open_cases) == (5, 0)


@pytest.mark.parametrize("score", [1, 2])
def test_a_low_score_opens_a_case_with_the_answer_in_it(
    session: Session, buyer: Buyer, survey: Survey, score: int
) -> None:
    answers = Answers(score, improve="Pack it better")
    response = record_answer(session, survey, Invitation(11, buyer.id, None), answers, NOW)
    case = session.scalars(select(Case)).one()
    assert case.source == f"survey:{response.id}"
    assert case.title == f"Survey answered with {score} of 5"
    assert "What should we do better? Pack it better" in case.text
    assert case.due_at == NOW + timedelta(hours=24)
    assert (buyer.last_score, buyer.open_cases) == (score, 1)


def test_the_case_is_written_in_the_shops_language_whatever_the_buyer_reads(
    session: Session, buyer: Buyer, survey: Survey
) -> None:
    with speaking("de"):
        record_answer(session, survey, Invitation(11, buyer.id, None), Answers(1), NOW)
    assert session.scalars(select(Case)).one().title == "Survey answered with 1 of 5"


def test_the_newest_answer_is_the_buyers_score(
    session: Session, buyer: Buyer, survey: Survey
) -> None:
    later = NOW + timedelta(days=30)
    record_answer(session, survey, Invitation(12, buyer.id, None), Answers(4), later)
    record_answer(session, survey, Invitation(11, buyer.id, None), Answers(3), NOW)
    assert buyer.last_score == 4


@pytest.mark.parametrize(
    ("answers", "fields"),
    [
        (Answers(None), {"score"}),
        (Answers(0), {"score"}),
        (Answers(6, quality=9), {"score", "quality"}),
    ],
)
def test_an_answer_off_the_scale_is_refused(
    session: Session, buyer: Buyer, survey: Survey, answers: Answers, fields: set[str]
) -> None:
    with pytest.raises(Rejected) as no:
        record_answer(session, survey, Invitation(11, buyer.id, None), answers, NOW)
    assert set(no.value.errors) == fields
    assert buyer.last_score is None


def test_twenty_answers_at_the_same_moment_leave_one(database: None) -> None:
    with db.session() as session:
        store = make_store(session)
        buyer = make_buyer(session, store)
        survey = survey_for(session, store, Asking(), NOW)

    def answer(score: int) -> int:
        with db.session() as mine:
            invitation = Invitation(11, buyer.id, None)
            return record_answer(mine, survey, invitation, Answers(score), NOW).id

    with ThreadPoolExecutor(4) as pool:
        ids = set(pool.map(answer, [1, 5] * 10))
    with db.session() as session:
        assert len(ids) == 1
        kept = session.scalars(select(Response)).one()
        assert session.get_one(Buyer, (store.id, buyer.id)).last_score == kept.score
        low = session.scalar(select(func.count()).select_from(Case))
        assert low == (1 if kept.score == 1 else 0)


def test_figures_tell_how_a_survey_was_answered(
    session: Session, store: Store, buyer: Buyer, survey: Survey
) -> None:
    unanswered = survey_for(session, store, Asking(id=8), NOW)
    for message_id, score in ((11, 5), (12, 4), (13, 2)):
        record_answer(session, survey, Invitation(message_id, buyer.id, None), Answers(score), NOW)
    figures = queries.figures(session, [survey, unanswered])
    assert figures[survey.id] == queries.Figures(answers=3, average_hundredths=367, low=1)
    assert figures[unanswered.id] == queries.Figures(answers=0, average_hundredths=None, low=0)
    page = queries.list_responses(session, survey, None, 2)
    rest = queries.list_responses(session, survey, page[-1].id, 2)
    assert [response.message_id for response in page + rest] == [13, 12, 11]
    assert [one.id for one in queries.list_surveys(session, [store.id], None, 9)] == [
        unanswered.id,
        survey.id,
    ]
    assert queries.find_survey(session, [store.id + 1], survey.id) is None
    assert queries.find_survey_of(session, store.id, 8) == unanswered
    assert queries.find_response(session, store.id, 99) is None
