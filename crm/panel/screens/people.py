"""Who may come in: people with a password and programs with a key."""

from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from crm.access.keys import list_keys, make_key, revoke_key
from crm.access.roles import ROLES, require_every_store, role_name
from crm.access.users import NewUser, add_user, find_user, list_users, set_password
from crm.errors import NotFound, Rejected
from crm.i18n import gettext as _
from crm.panel import forms
from crm.panel.desk import Desk, screen
from crm.panel.frame import blueprint, page, said


@blueprint.get("/access")
@screen("users.write")
def people(desk: Desk) -> ResponseReturnValue:
    """List who may come in."""
    return _page(desk)


@blueprint.post("/access/people")
@screen("users.write")
def let_in(desk: Desk) -> ResponseReturnValue:
    """Let somebody in."""
    require_every_store(desk.actor)
    new = NewUser(
        email=forms.text("email"),
        role=forms.text("role"),
        password=request.form.get("password", ""),
        store_ids=_stores(desk),
        name=forms.optional("name"),
    )
    try:
        add_user(desk.session, new, desk.now)
    except Rejected as fault:
        return _page(desk, user_fault=fault)
    said(_("%(who)s can sign in now.", who=new.name or new.email))
    return redirect(url_for("panel.people"), 303)


@blueprint.post("/access/people/password")
@screen("users.write")
def give_password(desk: Desk) -> ResponseReturnValue:
    """Give somebody a new password; the old sessions end."""
    require_every_store(desk.actor)
    user = find_user(desk.session, forms.text("email"))
    if user is None:
        raise NotFound(_("Nobody signs in with this address."))
    set_password(desk.session, user, request.form.get("password", ""))
    said(_("The new password is saved."))
    return redirect(url_for("panel.people"), 303)


@blueprint.post("/access/keys")
@screen("users.write")
def add_key(desk: Desk) -> ResponseReturnValue:
    """Make a key for a program; it is shown this once."""
    require_every_store(desk.actor)
    name, role = forms.text("name"), forms.text("role")
    try:
        _key, plain = make_key(desk.session, name, role, _stores(desk), desk.now)
    except Rejected as fault:
        return _page(desk, key_fault=fault)
    return _page(desk, plain=plain)


@blueprint.post("/access/keys/<id:key_id>/revoke")
@screen("users.write")
def end_key(desk: Desk, key_id: int) -> ResponseReturnValue:
    """Turn a key off for good."""
    require_every_store(desk.actor)
    key = revoke_key(desk.session, key_id, desk.now)
    said(_("The key “%(name)s” is revoked.", name=key.name))
    return redirect(url_for("panel.people"), 303)


def _stores(desk: Desk) -> list[int] | None:
    """Read the stores somebody is limited to; all of them ticked, or none, is no limit."""
    known = {str(store.id): store.id for store in desk.stores}
    chosen = [known[one] for one in forms.several("stores") if one in known]
    return chosen if chosen and len(chosen) < len(known) else None


def _page(desk: Desk, **more: Any) -> ResponseReturnValue:
    fault = more.get("user_fault") or more.get("key_fault")
    return page(
        "people.html",
        422 if fault else 200,
        users=list_users(desk.session),
        keys=list_keys(desk.session),
        roles=[(key, role_name(key)) for key in ROLES],
        role_name=role_name,
        store_names={store.id: store.name for store in desk.stores},
        given=request.form,
        **more,
    )
