"""Records what a buyer answered: once per invitation, with a case for a low score."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm.cases.open import NewCase, lock_buyer, open_case
from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.i18n import speaking
from crm.stores.models import Store
from crm.surveys.models import Response, Survey
from crm.surveys.questions import SCALE, questions

ACTOR = "regulars"
_LONGEST_TEXT = 4000
_SCALES = ("score", "expectation", "quality", "service")


@dataclass(frozen=True, slots=True)
class Invitation:
    """The message that asked, and whom it asked about which order."""

    message_id: int
    buyer_id: int
    order_id: int | None


@dataclass(frozen=True, slots=True)
class Answers:
    """What the buyer said; scores from 1 (bad) to 5 (good), None for a question passed over."""

    score: int | None
    expectation: int | None = None
    quality: int | None = None
    service: int | None = None
    best: str | None = None
    improve: str | None = None


def record_answer(
    session: Session, survey: Survey, invitation: Invitation, answers: Answers, now: datetime
) -> Response:
    """Keep the first answer to an invitation; a later one changes nothing.

    Raises Rejected with errors by field.
    """
    _check(answers)
    lock_buyer(session, survey.store_id, invitation.buyer_id)
    response = _insert(session, survey, invitation, answers, now)
    if response is None:
        return _kept(session, survey, invitation)
    refresh_last_score(session, survey.store_id, invitation.buyer_id)
    if response.score <= survey.low_score:
        _open_case(session, survey, response, now)
    return response


def refresh_last_score(session: Session, store_id: int, buyer_id: int) -> None:
    """Keep the score of a buyer's newest answer on the buyer."""
    buyer = lock_buyer(session, store_id, buyer_id)
    newest = select(Response.score).where(
        Response.store_id == store_id, Response.buyer_id == buyer_id
    )
    newest = newest.order_by(Response.answered_at.desc(), Response.id.desc()).limit(1)
    buyer.last_score = session.scalar(newest)
    session.flush()


def _check(answers: Answers) -> None:
    errors = {}
    for key in _SCALES:
        given = getattr(answers, key)
        if given not in SCALE and (given is not None or key == "score"):
            errors[key] = _("Please choose a number from 1 to 5.")
    if errors:
        raise Rejected(_("The answer is not complete."), errors)


def _insert(
    session: Session, survey: Survey, invitation: Invitation, answers: Answers, now: datetime
) -> Response | None:
    row = insert(Response).values(
        store_id=survey.store_id,
        survey_id=survey.id,
        message_id=invitation.message_id,
        buyer_id=invitation.buyer_id,
        order_id=invitation.order_id,
        **{key: getattr(answers, key) for key in _SCALES},
        best=_clean(answers.best),
        improve=_clean(answers.improve),
        answered_at=now,
    )
    once = row.on_conflict_do_nothing(index_elements=[Response.store_id, Response.message_id])
    found: Response | None = session.scalar(
        select(Response).from_statement(once.returning(Response))
    )
    return found


def _clean(text: str | None) -> str | None:
    kept = (text or "").replace("\x00", "").strip()[:_LONGEST_TEXT]
    return kept or None


def _kept(session: Session, survey: Survey, invitation: Invitation) -> Response:
    return session.scalars(
        select(Response).where(
            Response.store_id == survey.store_id, Response.message_id == invitation.message_id
        )
    ).one()


def _open_case(session: Session, survey: Survey, response: Response, now: datetime) -> None:
    store = session.get_one(Store, survey.store_id)
    with speaking(store.locale):
        new = NewCase(
            buyer_id=response.buyer_id,
            type="complaint",
            title=_("Survey answered with %(score)s of 5", score=response.score),
            text=_in_words(survey, response),
            order_id=response.order_id,
            source=f"survey:{response.id}",
        )
        open_case(session, store, new, ACTOR, now)


def _in_words(survey: Survey, response: Response) -> str:
    said = ((asked.text, getattr(response, asked.key)) for asked in questions(survey))
    return "\n".join(f"{question} {answer}" for question, answer in said if answer is not None)
