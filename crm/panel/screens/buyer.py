"""One buyer: who she is, what happened, what we may write, and why she did or did not get it."""

import re
from datetime import UTC, datetime
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from crm import timeline
from crm.buyers import tiers
from crm.buyers.completeness import missing, rate
from crm.buyers.consent import CHANNELS, consent_states
from crm.buyers.models import Buyer
from crm.buyers.profile import birthday_text, change_profile
from crm.buyers.queries import external_ids, get_buyer, notes_of, tags_of
from crm.buyers.zones import buyer_zone
from crm.campaigns.queries import DecisionFilter, list_campaigns, list_decisions, words
from crm.cases import states
from crm.cases.queries import CaseFilter, list_cases
from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.panel import forms
from crm.panel.desk import Desk, screen
from crm.panel.frame import blueprint, page, said
from crm.panel.queries import consent_history, orders_of

_PARTS = ("timeline", "orders", "decisions", "consents")
_CURSOR = re.compile(r"(?P<at>\d{8}T\d{6}\.\d{6}Z)~(?P<kind>[a-z_]{1,20})~(?P<id>\d{1,18})")
_FIELDS = (
    "first_name",
    "last_name",
    "email",
    "phone",
    "birthday",
    "birthday_calendar",
    "city",
    "region",
    "postcode",
    "country",
    "locale",
    "timezone",
    "occupation",
)


@blueprint.get("/buyers/<id:buyer_id>")
@screen("buyers.read")
def buyer(desk: Desk, buyer_id: int) -> ResponseReturnValue:
    """Show one buyer; `part` picks what the wide column holds."""
    found = find(desk, buyer_id)
    if found.id != buyer_id:
        return redirect(url_for("panel.buyer", buyer_id=found.id), 303)
    return buyer_page(desk, found)


def buyer_page(
    desk: Desk, found: Buyer, fault: Rejected | None = None, part: str | None = None
) -> ResponseReturnValue:
    """Render a buyer's page, with what went wrong in one of its forms."""
    shown = part or forms.choice_arg("part", _PARTS) or "timeline"
    return page(
        "buyer.html",
        422 if fault else 200,
        buyer=found,
        part=shown,
        fault=fault,
        errors=fault.errors if fault else {},
        given=request.form,
        **_value(desk, found),
        **_facts(desk, found),
        **_PART[shown](desk, found),
    )


def _value(desk: Desk, found: Buyer) -> dict[str, Any]:
    open_ones = CaseFilter(buyer_id=found.id, open=True)
    return {
        "tier_words": tiers.sentence(found.tier_reason, desk.store.currency),
        "tier_name": tiers.name(found.tier) if found.tier else None,
        "cases": list_cases(desk.session, [desk.store.id], open_ones, None, 5),
        "case_words": states.words,
    }


def _facts(desk: Desk, found: Buyer) -> dict[str, Any]:
    session, store_id, one = desk.session, desk.store.id, [found.id]
    zone, zone_source = buyer_zone(found, desk.store)
    return {
        "zone": zone,
        "zone_source": zone_source,
        "filled": rate(found),
        "missing": missing(found),
        "externals": external_ids(session, store_id, one).get(found.id, []),
        "tags": tags_of(session, store_id, one).get(found.id, []),
        "notes": notes_of(session, store_id, found.id),
        "consents": consent_states(session, store_id, one).get(found.id, {}),
        "channels": CHANNELS,
    }


def _timeline(desk: Desk, found: Buyer) -> dict[str, Any]:
    before = _read_cursor(request.args.get("cursor", ""))
    rows = timeline.page(desk.session, desk.store.id, found.id, before, forms.PAGE + 1)
    entries = rows[: forms.PAGE]
    return {
        "entries": entries,
        "more": _write_cursor(entries[-1].cursor) if len(rows) > forms.PAGE else None,
        "told": lambda entry: timeline.words(entry, desk.store),
    }


def _write_cursor(cursor: timeline.Cursor) -> str:
    return f"{cursor.at.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}~{cursor.kind}~{cursor.id}"


def _read_cursor(given: str) -> timeline.Cursor | None:
    """Read where the page before ended; a cursor that was tampered with begins anew."""
    found = _CURSOR.fullmatch(given)
    if found is None:
        return None
    try:
        at = datetime.strptime(found["at"], "%Y%m%dT%H%M%S.%fZ").replace(tzinfo=UTC)
    except ValueError:
        return None
    return timeline.Cursor(at, found["kind"], int(found["id"]))


def _orders(desk: Desk, found: Buyer) -> dict[str, Any]:
    return {"orders": orders_of(desk.session, found)}


def _decisions(desk: Desk, found: Buyer) -> dict[str, Any]:
    wanted = DecisionFilter(buyer_id=found.id)
    rows = list_decisions(
        desk.session, [desk.store.id], wanted, before=forms.before(), limit=forms.PAGE + 1
    )
    campaigns = list_campaigns(desk.session, [desk.store.id], limit=500)
    return {
        "decisions": forms.page_of(rows),
        "campaign_names": {one.id: one.name for one in campaigns},
        "words": words,
    }


def _consents(desk: Desk, found: Buyer) -> dict[str, Any]:
    return {"history": consent_history(desk.session, found)}


_PART = {
    "timeline": _timeline,
    "orders": _orders,
    "decisions": _decisions,
    "consents": _consents,
}


@blueprint.get("/buyers/<id:buyer_id>/edit")
@screen("buyers.write")
def edit_buyer(desk: Desk, buyer_id: int) -> ResponseReturnValue:
    """Open the form of a buyer's particulars."""
    return _profile_form(find(desk, buyer_id), None)


@blueprint.post("/buyers/<id:buyer_id>/edit")
@screen("buyers.write")
def save_buyer(desk: Desk, buyer_id: int) -> ResponseReturnValue:
    """Keep what changed; no storefront overwrites it."""
    found = find(desk, buyer_id)
    before = profile_of(found)
    given = {name: forms.optional(name) for name in _FIELDS if name in request.form}
    changed = {name: value for name, value in given.items() if value != before.get(name)}
    if "birthday_calendar" in changed or "birthday" in changed:
        changed |= {name: given.get(name) for name in ("birthday", "birthday_calendar")}
    try:
        with desk.session.begin_nested():
            change_profile(desk.session, found, changed, desk.actor.name, desk.now)
    except Rejected as fault:
        return _profile_form(found, fault)
    said(_("Saved. What you entered here stays, whatever the storefront says."))
    return redirect(url_for("panel.buyer", buyer_id=found.id), 303)


def profile_of(found: Buyer) -> dict[str, Any]:
    """Give a buyer's particulars as the form holds them."""
    same = {name: getattr(found, name) for name in _FIELDS if not name.startswith("birthday")}
    return same | {
        "birthday": birthday_text(found),
        "birthday_calendar": found.birth_calendar,
    }


def _profile_form(found: Buyer, fault: Rejected | None) -> ResponseReturnValue:
    return page(
        "buyer_form.html",
        422 if fault else 200,
        buyer=found,
        given=request.form if fault else profile_of(found),
        errors=fault.errors if fault else {},
        fault=fault,
    )


def find(desk: Desk, buyer_id: int) -> Buyer:
    """Read a buyer of the store the reader is in."""
    return get_buyer(desk.session, [desk.store.id], buyer_id)
