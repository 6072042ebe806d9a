"""Reads of surveys and their answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.orm import Session

from crm.surveys.models import Response, Survey


@dataclass(frozen=True, slots=True)
class Figures:
    """How a survey was answered; `average_hundredths` of the overall score, None if unanswered."""

    answers: int
    average_hundredths: int | None
    low: int


def list_surveys(
    session: Session, store_ids: Sequence[int] | None, before_id: int | None, limit: int
) -> list[Survey]:
    """List surveys of the stores (None: all) with an id below `before_id`, newest first."""
    query = _of(select(Survey), store_ids).order_by(Survey.id.desc()).limit(limit)
    return list(session.scalars(query if before_id is None else query.where(Survey.id < before_id)))


def find_survey(session: Session, store_ids: Sequence[int] | None, survey_id: int) -> Survey | None:
    """Read one survey of the stores (None: of all)."""
    wanted = _of(select(Survey), store_ids).where(Survey.id == survey_id)
    found: Survey | None = session.scalar(wanted)
    return found


def find_survey_of(session: Session, store_id: int, campaign_id: int) -> Survey | None:
    """Read the survey of a campaign."""
    return session.scalar(
        select(Survey).where(Survey.store_id == store_id, Survey.campaign_id == campaign_id)
    )


def find_response(session: Session, store_id: int, message_id: int) -> Response | None:
    """Read the answer to one invitation."""
    return session.scalar(
        select(Response).where(Response.store_id == store_id, Response.message_id == message_id)
    )


def list_responses(
    session: Session, survey: Survey, before_id: int | None, limit: int
) -> list[Response]:
    """List the answers to a survey with an id below `before_id`, newest first."""
    query = select(Response).where(
        Response.store_id == survey.store_id, Response.survey_id == survey.id
    )
    if before_id is not None:
        query = query.where(Response.id < before_id)
    return list(session.scalars(query.order_by(Response.id.desc()).limit(limit)))


def figures(session: Session, surveys: Sequence[Survey]) -> dict[int, Figures]:
    """Count the answers of some surveys, by survey id."""
    keys = [(survey.store_id, survey.id) for survey in surveys]
    rows = session.execute(
        select(
            Response.survey_id,
            func.count(),
            func.sum(Response.score),
            func.count().filter(Response.score <= Survey.low_score),
        )
        .join(Survey, (Survey.store_id == Response.store_id) & (Survey.id == Response.survey_id))
        .where(tuple_(Response.store_id, Response.survey_id).in_(keys))
        .group_by(Response.survey_id)
    )
    counted = {
        survey_id: Figures(answers, (int(total) * 100 + answers // 2) // answers, low)
        for survey_id, answers, total, low in rows
    }
    return {survey.id: counted.get(survey.id, Figures(0, None, 0)) for survey in surveys}


def _of(query: Select[Any], store_ids: Sequence[int] | None) -> Select[Any]:
    return query if store_ids is None else query.where(Survey.store_id.in_(store_ids))
