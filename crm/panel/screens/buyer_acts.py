"""What a seller does on a buyer's page: notes, tags, the VIP star, consents, merging."""

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from crm.buyers.consent import Decision, record_consent
from crm.buyers.merge import merge, unmerge
from crm.buyers.models import Buyer
from crm.buyers.notes import NewNote, add_note
from crm.buyers.queries import tags_of
from crm.buyers.tags import set_tags
from crm.buyers.vip import Pin, set_vip
from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.panel import forms
from crm.panel.desk import Desk, screen
from crm.panel.frame import blueprint, said
from crm.panel.screens.buyer import buyer_page, find


@blueprint.post("/buyers/<id:buyer_id>/notes")
@screen("buyers.write")
def write_note(desk: Desk, buyer_id: int) -> ResponseReturnValue:
    """Write a note."""
    found = find(desk, buyer_id)
    note = NewNote(forms.text("text"), forms.on("pinned"))
    try:
        add_note(desk.session, found, note, desk.actor.name, desk.now)
    except Rejected as fault:
        return buyer_page(desk, found, fault)
    return _back(found)


@blueprint.post("/buyers/<id:buyer_id>/tags")
@screen("buyers.write")
def change_tags(desk: Desk, buyer_id: int) -> ResponseReturnValue:
    """Add a tag, take one away, or set them all (which is how an undo comes back)."""
    found = find(desk, buyer_id)
    before = tags_of(desk.session, desk.store.id, [found.id]).get(found.id, [])
    wanted = forms.listed("tags") if "all" in forms.several("way") else list(before)
    wanted += forms.listed("add")
    gone = forms.text("remove")
    kept = [tag for tag in wanted if tag != gone]
    try:
        after = set_tags(desk.session, found, kept, desk.actor.name, desk.now)
    except Rejected as fault:
        return buyer_page(desk, found, fault)
    if set(after) != set(before):
        said(
            _("Tags: %(tags)s", tags=", ".join(after) or _("none")),
            url_for("panel.change_tags", buyer_id=found.id),
            way="all",
            tags=",".join(before),
        )
    return _back(found)


@blueprint.post("/buyers/<id:buyer_id>/vip")
@screen("buyers.write")
def change_vip(desk: Desk, buyer_id: int) -> ResponseReturnValue:
    """Pin the VIP star or take it away."""
    found = find(desk, buyer_id)
    was, why = found.vip, found.vip_reason
    set_vip(
        desk.session,
        found,
        Pin(forms.text("vip") == "1", forms.optional("reason")),
        desk.actor.name,
        desk.now,
    )
    said(
        _("A VIP from now on.") if found.vip else _("No longer a VIP."),
        url_for("panel.change_vip", buyer_id=found.id),
        vip="1" if was else "0",
        reason=why or "",
    )
    return _back(found)


@blueprint.post("/buyers/<id:buyer_id>/consents")
@screen("buyers.consent")
def note_consent(desk: Desk, buyer_id: int) -> ResponseReturnValue:
    """Record what the buyer said about a channel."""
    found = find(desk, buyer_id)
    decision = Decision(
        channel=forms.text("channel"),
        status=forms.text("status"),
        source=forms.text("source") or "seller",
        decided_at=desk.now,
        proof=forms.optional("proof"),
        actor=desk.actor.name,
    )
    try:
        if decision.status == "granted" and not decision.proof:
            reason = _(
                "Say how you know, such as the letter or the call in which the buyer agreed."
            )
            raise Rejected(_("A consent needs a proof."), {"proof": reason})
        counted = record_consent(desk.session, desk.store, found, decision, desk.now)
    except Rejected as fault:
        return buyer_page(desk, found, fault, "consents")
    said(_("The consent is saved.") if counted else _("Known already; nothing changed."))
    return _back(found, "consents")


@blueprint.post("/buyers/<id:buyer_id>/merge")
@screen("buyers.merge")
def merge_buyers(desk: Desk, buyer_id: int) -> ResponseReturnValue:
    """Make two buyers one; it can be undone."""
    found = find(desk, buyer_id)
    other = forms.whole_arg("other") or 0
    kept = merge(desk.session, desk.store, (found.id, other), desk.actor.name, desk.now)
    said(_("The two buyers are merged."), url_for("panel.unmerge_buyers", buyer_id=kept.id))
    return _back(kept)


@blueprint.post("/buyers/<id:buyer_id>/unmerge")
@screen("buyers.merge")
def unmerge_buyers(desk: Desk, buyer_id: int) -> ResponseReturnValue:
    """Part the two that were merged last."""
    found = find(desk, buyer_id)
    unmerge(desk.session, desk.store, found.id, desk.actor.name, desk.now)
    said(_("The merge is undone."))
    return _back(found)


def _back(found: Buyer, part: str | None = None) -> ResponseReturnValue:
    return redirect(url_for("panel.buyer", buyer_id=found.id, part=part), 303)
