"""What a buyer says about our mail: GET shows, only POST changes; RFC 8058's POST needs no page."""

from dataclasses import dataclass, replace
from datetime import datetime

from babel.dates import format_date, get_month_names
from flask import Blueprint, request
from sqlalchemy.orm import Session

from crm import clock, db, i18n
from crm.buyers.consent import Decision, consent_states, record_consent
from crm.buyers.models import Buyer, Consent
from crm.buyers.profile import change_profile
from crm.errors import NotFound, Rejected
from crm.i18n import gettext as _
from crm.i18n import mark
from crm.messages.links import Place, read_preferences
from crm.messages.models import Message
from crm.messages.resolve import record_arrival
from crm.public._page import page
from crm.stores.models import Store

pages = Blueprint("preferences", __name__, url_prefix="/u")

_ONE_CLICK = ("List-Unsubscribe", "One-Click")
_SOURCE = {"withdrawn": "unsubscribe link", "granted": "preferences page"}
_MOST_MERGES = 10


@dataclass(frozen=True, slots=True)
class _Visit:
    """Who opened the page, from which message; `wrong` is what was typed amiss."""

    store: Store
    buyer: Buyer
    message: Message | None
    channel: str
    wrong: str | None = None

    @property
    def language(self) -> str:
        """The buyer's, else the one of the mail, else the store's."""
        content = self.message.content if self.message else {}
        return self.buyer.locale or content.get("locale") or self.store.locale


@pages.get("/<token>")
def show(token: str) -> str:
    """Show what we know and what the buyer allows."""
    with db.session() as session:
        return _page(session, _find(session, read_preferences(token)), done=None)


@pages.post("/<token>")
def change(token: str) -> str | tuple[str, int]:
    """Do what a button says, or unsubscribe at once when a mail program asks for it."""
    place, now = read_preferences(token), clock.now()
    return db.in_turn(lambda session: _change(session, place, now))


def _change(session: Session, place: Place, now: datetime) -> str | tuple[str, int]:
    visit = _find(session, place)
    if visit.message is not None:
        record_arrival(session, visit.message, mark("its link was used"), now)
    if request.form.get(_ONE_CLICK[0]) == _ONE_CLICK[1]:
        _decide(session, visit, "withdrawn", now)
        return "", 200
    done = request.form.get("action", "")
    try:
        _act(session, visit, done, now)
    except Rejected:
        return _page(session, replace(visit, wrong=done), done=None), 422
    return _page(session, visit, done)


def _find(session: Session, place: Place) -> _Visit:
    buyer = session.get(Buyer, (place.store_id, place.buyer_id))
    for _merge in range(_MOST_MERGES):
        if buyer is None or buyer.merged_into is None:
            break
        buyer = session.get(Buyer, (place.store_id, buyer.merged_into))
    if buyer is None or buyer.erased_at is not None:
        raise NotFound(_("This link is not valid."))
    message = session.get(Message, (place.store_id, place.message_id))
    channel = message.channel if message else "email"
    return _Visit(session.get_one(Store, place.store_id), buyer, message, channel)


def _act(session: Session, visit: _Visit, action: str, now: datetime) -> None:
    if action == "unsubscribe":
        _decide(session, visit, "withdrawn", now)
    elif action == "resubscribe":
        _decide(session, visit, "granted", now)
    elif action == "birthday":
        change_profile(session, visit.buyer, {"birthday": _birthday(visit.buyer)}, "buyer", now)
    else:
        raise Rejected(_("There is no such button."))


def _decide(session: Session, visit: _Visit, status: str, now: datetime) -> None:
    decision = Decision(
        channel=visit.channel,
        status=status,
        source=_SOURCE[status],
        decided_at=now,
        proof=_proof(visit),
        own_act=True,
        actor="buyer",
    )
    record_consent(session, visit.store, visit.buyer, decision, now)


def _proof(visit: _Visit) -> str:
    # Sellers read it with the consent, in the language of their store.
    with i18n.speaking(visit.store.locale):
        if visit.message is None:
            return _("pressed the button on the page linked from a message of ours")
        return _("pressed the button on the page linked from message %(id)s", id=visit.message.id)


def _birthday(buyer: Buyer) -> str:
    """Read day and month as typed; a year we know stays."""
    day, month = (request.form.get(name, "").strip() for name in ("day", "month"))
    if not (day.isascii() and day.isdigit() and month.isascii() and month.isdigit()):
        raise Rejected(_("This is not a day of the year."))
    year = "-" if buyer.birth_year is None else f"{buyer.birth_year:04d}"
    return f"{year}-{int(month):02d}-{int(day):02d}"


def _page(session: Session, visit: _Visit, done: str | None) -> str:
    buyer = visit.buyer
    states = consent_states(session, buyer.store_id, [buyer.id]).get(buyer.id, {})
    locale = i18n.babel_locale(visit.language)
    return page(
        "public/preferences.html",
        visit.store,
        visit.language,
        buyer=buyer,
        message=visit.message,
        status=_status(states.get(visit.channel)),
        email=_masked(buyer.email),
        months=sorted(get_month_names("wide", context="stand-alone", locale=locale).items()),
        sent_on=_sent_on(visit),
        done=done,
        wrong=visit.wrong,
    )


def _status(consent: Consent | None) -> str:
    return consent.status if consent else "none"


def _masked(email: str | None) -> str:
    """Write an address so that its owner knows it and nobody else learns it."""
    local, at, domain = (email or "").rpartition("@")
    return f"{local[:1]}…{at}{domain}" if at else ""


def _sent_on(visit: _Visit) -> str:
    sent_at = visit.message and visit.message.accepted_at
    if not sent_at:
        return ""
    return format_date(sent_at.date(), "long", locale=i18n.babel_locale(visit.language))
