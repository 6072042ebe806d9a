"""How surveys and their answers are written."""

from typing import TypedDict

from crm.api.shapes.values import instant, ref
from crm.stores.models import Store
from crm.surveys.models import Response, Survey
from crm.surveys.queries import Figures
from crm.surveys.questions import questions


class SurveyShape(TypedDict):
    """A questionnaire with how it was answered; `average` of the overall score from 1 to 5."""

    id: str
    store: str
    campaign: str
    name: str
    questions: dict[str, str]
    low_score: int
    answers: int
    average: float | None
    low: int
    created_at: str


class ResponseShape(TypedDict):
    """What one buyer answered."""

    id: str
    survey: str
    buyer: str
    order: str | None
    message: str
    score: int
    expectation: int | None
    quality: int | None
    service: int | None
    best: str | None
    improve: str | None
    answered_at: str


def survey_json(store: Store, survey: Survey, figures: Figures) -> SurveyShape:
    """Write a survey."""
    hundredths = figures.average_hundredths
    return SurveyShape(
        id=str(survey.id),
        store=store.slug,
        campaign=str(survey.campaign_id),
        name=survey.name,
        questions={question.key: question.text for question in questions(survey)},
        low_score=survey.low_score,
        answers=figures.answers,
        average=None if hundredths is None else hundredths / 100,
        low=figures.low,
        created_at=instant(survey.created_at),
    )


def response_json(response: Response) -> ResponseShape:
    """Write an answer."""
    return ResponseShape(
        id=str(response.id),
        survey=str(response.survey_id),
        buyer=str(response.buyer_id),
        order=ref(response.order_id),
        message=str(response.message_id),
        score=response.score,
        expectation=response.expectation,
        quality=response.quality,
        service=response.service,
        best=response.best,
        improve=response.improve,
        answered_at=instant(response.answered_at),
    )
