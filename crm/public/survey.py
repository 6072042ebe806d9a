"""The survey: GET shows it, POST answers it once."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, request
from sqlalchemy.orm import Session

from crm import clock, db, i18n
from crm.buyers.models import Buyer, Order
from crm.campaigns.models import Campaign
from crm.errors import NotFound, Rejected
from crm.i18n import gettext as _
from crm.messages.links import read_survey
from crm.messages.models import Message
from crm.public._page import page
from crm.stores.models import Store
from crm.surveys import queries
from crm.surveys.answer import Answers, Invitation, record_answer
from crm.surveys.ensure import survey_for
from crm.surveys.models import Response, Survey
from crm.surveys.questions import SCALE, grade, questions

pages = Blueprint("survey", __name__, url_prefix="/s")
_SCALES = ("score", "expectation", "quality", "service")


@dataclass(frozen=True, slots=True)
class _Asked:
    """Whom the link asks, for which shop, and what was answered."""

    store: Store
    survey: Survey
    invitation: Invitation
    order: Order | None
    language: str
    response: Response | None


@pages.get("/<token>")
def show(token: str) -> str:
    """Show the questions, or the thanks once they are answered; `?score=` only preselects."""
    with db.session() as session:
        asked = _find(session, token)
    chosen = {"score": request.args.get("score", "")}
    return _form(asked, chosen, {}) if asked.response is None else _thanks(asked)


@pages.post("/<token>")
def answer(token: str) -> str | tuple[str, int]:
    """Keep the first answer; any later one is thanked for and changes nothing."""
    with db.session() as session:
        asked = _find(session, token)
        with i18n.speaking(asked.language):
            errors = {} if asked.response else _record(session, asked)
    if errors:
        return _form(asked, request.form.to_dict(), errors), 422
    with db.session() as session:
        return _thanks(_find(session, token))


def _find(session: Session, token: str) -> _Asked:
    place = read_survey(token)
    message = session.get(Message, (place.store_id, place.message_id))
    if message is None or message.campaign_id is None:
        raise NotFound(_("This link is not valid."))
    store = session.get_one(Store, message.store_id)
    buyer = session.get_one(Buyer, (store.id, message.buyer_id))
    if buyer.erased_at is not None:
        raise NotFound(_("This link is not valid."))
    return _Asked(
        store=store,
        survey=_survey(session, store, message.campaign_id),
        invitation=Invitation(message.id, buyer.id, message.order_id),
        order=session.get(Order, (store.id, message.order_id)) if message.order_id else None,
        language=buyer.locale or store.locale,
        response=queries.find_response(session, store.id, message.id),
    )


def _survey(session: Session, store: Store, campaign_id: int) -> Survey:
    survey = queries.find_survey_of(session, store.id, campaign_id)
    if survey is not None:
        return survey
    campaign = session.get(Campaign, (store.id, campaign_id))
    if campaign is None or campaign.kind != "survey":
        raise NotFound(_("This link is not valid."))
    return survey_for(session, store, campaign, clock.now())


def _record(session: Session, asked: _Asked) -> dict[str, str]:
    try:
        record_answer(session, asked.survey, asked.invitation, _read(), clock.now())
    except Rejected as no:
        return no.errors
    return {}


def _read() -> Answers:
    score, expectation, quality, service = (_number(request.form.get(key, "")) for key in _SCALES)
    best, improve = request.form.get("best"), request.form.get("improve")
    return Answers(score, expectation, quality, service, best, improve)


def _number(given: str) -> int | None:
    if not given:
        return None
    return int(given) if given in {str(score) for score in SCALE} else 0


def _form(asked: _Asked, chosen: dict[str, Any], errors: dict[str, str]) -> str:
    with i18n.speaking(asked.language):
        values = {
            "questions": questions(asked.survey),
            "grades": [(score, grade(score)) for score in SCALE],
            "order": asked.order,
            "chosen": chosen,
            "errors": errors,
        }
    return page("public/survey.html", asked.store, asked.language, **values)


def _thanks(asked: _Asked) -> str:
    assert asked.response is not None
    low = asked.response.score <= asked.survey.low_score
    return page("public/thanks.html", asked.store, asked.language, low=low)
