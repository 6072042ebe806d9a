"""Privacy requests that platforms passed on, and what a buyer may ask of us: all of it, or none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import Response, redirect, url_for
from flask.typing import ResponseReturnValue

from crm.buyers.erasure import erase_buyer
from crm.buyers.models import Buyer
from crm.buyers.queries import Wanted, search
from crm.db import Base
from crm.exports.person import lines
from crm.i18n import gettext as _
from crm.panel import forms
from crm.panel.desk import Desk, screen
from crm.panel.frame import blueprint, page, said
from crm.panel.screens.buyer import find
from crm.stores.models import PrivacyRequest, Store
from crm.stores.privacy import ERASED, list_requests, settle_request

_SOON = timedelta(days=7)
_MOST_ANSWERED = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """A request with its store and the buyers it is about, as far as we know them."""

    request: PrivacyRequest
    store: Store
    buyers: Sequence[Buyer]
    urgency: str
    is_ours: bool


@blueprint.get("/privacy")
@screen("privacy.read")
def privacy_requests(desk: Desk) -> ResponseReturnValue:
    """List the requests of every store of the reader: those open, or those answered."""
    answered = forms.choice_arg("state", ("answered",)) is not None
    mine = [store.id for store in desk.stores]
    found = list_requests(desk.session, mine, open_only=not answered)
    if answered:
        done = [(one.done_at, one) for one in found if one.done_at is not None]
        found = [one for _at, one in sorted(done, key=lambda pair: pair[0], reverse=True)]
    shown = [_asked(desk, one) for one in found[:_MOST_ANSWERED]]
    return page("privacy.html", asked=shown, answered=answered, several=len(desk.stores) > 1)


@blueprint.post("/privacy/<id:request_id>/done")
@screen("privacy.answer")
def answer_request(desk: Desk, request_id: int) -> ResponseReturnValue:
    """Note that a request was answered."""
    mine = [store.id for store in desk.stores]
    settle_request(desk.session, mine, request_id, desk.actor.name, desk.now)
    said(_("The request is answered. Its address is no longer kept."))
    return redirect(url_for("panel.privacy_requests"), 303)


@blueprint.get("/buyers/<id:buyer_id>/everything")
@screen("privacy.answer")
def everything(desk: Desk, buyer_id: int) -> ResponseReturnValue:
    """Give every row about a buyer as JSON Lines, for the buyer."""
    found = find(desk, buyer_id)
    text = "".join(f"{line}\n" for line in lines(desk.session, Base.metadata, found))
    answer = Response(text, mimetype="application/x-ndjson")
    answer.headers["Content-Disposition"] = f'attachment; filename="buyer-{found.id}.jsonl"'
    return answer


@blueprint.post("/buyers/<id:buyer_id>/erase")
@screen("buyers.erase")
def erase(desk: Desk, buyer_id: int) -> ResponseReturnValue:
    """Erase a buyer for good; the sales stay, without a name."""
    found = find(desk, buyer_id)
    erase_buyer(desk.session, desk.store, found, desk.now)
    said(_("Erased. The sales stay, without a name."))
    return redirect(url_for("panel.buyer", buyer_id=found.id), 303)


def _asked(desk: Desk, request: PrivacyRequest) -> Asked:
    store = next(one for one in desk.stores if one.id == request.store_id)
    return Asked(
        request=request,
        store=store,
        buyers=_buyers(desk, request) if request.done_at is None else (),
        urgency=_urgency(desk, request),
        is_ours=request.done_by == ERASED,
    )


def _urgency(desk: Desk, request: PrivacyRequest) -> str:
    if request.done_at is not None:
        return ""
    if request.due_at < desk.now:
        return "red"
    return "gold" if request.due_at < desk.now + _SOON else ""


def _buyers(desk: Desk, request: PrivacyRequest) -> list[Buyer]:
    """Find whom a request is about, by each name it gives."""
    found: dict[int, Buyer] = {}
    for kind in ("external_id", "email", "phone"):
        value = getattr(request, kind)
        if value:
            wanted = Wanted(**{kind: value})
            for buyer in search(desk.session, [request.store_id], wanted, None, 3):
                found[buyer.id] = buyer
    return list(found.values())
