"""Surveys and reviews: what buyers say."""

from flask.typing import ResponseReturnValue

from crm.errors import NotFound
from crm.i18n import gettext as _
from crm.panel import forms
from crm.panel.desk import Desk, screen
from crm.panel.frame import blueprint, page
from crm.panel.queries import buyers_by_id, list_reviews, score_counts
from crm.surveys.queries import (
    figures,
    find_survey,
    list_responses,
    list_surveys,
)
from crm.surveys.questions import SCALE, grade, questions


@blueprint.get("/surveys")
@screen("surveys.read")
def surveys(desk: Desk) -> ResponseReturnValue:
    """List the surveys with how they were answered."""
    found = list_surveys(desk.session, [desk.store.id], None, 200)
    return page("surveys.html", surveys=found, figures=figures(desk.session, found))


@blueprint.get("/surveys/<id:survey_id>")
@screen("surveys.read")
def survey(desk: Desk, survey_id: int) -> ResponseReturnValue:
    """Show the answers to one survey."""
    found = find_survey(desk.session, [desk.store.id], survey_id)
    if found is None:
        raise NotFound(_("There is no such survey."))
    rows = list_responses(desk.session, found, forms.before(), forms.PAGE + 1)
    answers = forms.page_of(rows)
    return page(
        "survey.html",
        survey=found,
        figures=figures(desk.session, [found])[found.id],
        scores=score_counts(desk.session, found),
        grades=[(score, grade(score)) for score in reversed(SCALE)],
        questions={question.key: question.text for question in questions(found)},
        answers=answers,
        people=buyers_by_id(desk, [one.buyer_id for one in answers.rows]),
    )


@blueprint.get("/reviews")
@screen("reviews.read")
def reviews(desk: Desk) -> ResponseReturnValue:
    """List the reviews of the store, newest first."""
    at_most = forms.whole_arg("at_most")
    rows = list_reviews(desk.session, desk.store.id, at_most, forms.before(), forms.PAGE + 1)
    found = forms.page_of(rows)
    people = buyers_by_id(desk, [one.buyer_id for one in found.rows])
    return page("reviews.html", reviews=found, at_most=at_most, people=people)
