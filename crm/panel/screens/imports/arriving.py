"""Bringing a file: the upload, the files brought before, and throwing one away."""

from pathlib import PurePath

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.imports.files import runs, uploads
from crm.imports.files.fields import KIND_WORDS, KINDS
from crm.imports.files.models import RUNNING, WAITING
from crm.imports.files.queries import get_file, list_files
from crm.panel import forms
from crm.panel.desk import Desk, screen
from crm.panel.frame import blueprint, page, said

_MOST_SHOWN = 30


@blueprint.before_app_request
def allow_uploads() -> None:
    """Let those who signed in send more at this one address; only a length decides, not yet who."""
    if request.endpoint == "panel.bring_file" and current_user.is_authenticated:
        request.max_content_length = uploads.MOST_BYTES + (1 << 20)


@blueprint.get("/imports")
@screen("imports.write")
def imports(desk: Desk) -> ResponseReturnValue:
    """Offer to bring a file, and list those brought before."""
    rows = list_files(desk.session, desk.store.id, forms.before(), _MOST_SHOWN + 1)
    return page(
        "imports.html",
        files=forms.page_of(rows, _MOST_SHOWN),
        kinds=[(kind, _(KIND_WORDS[kind])) for kind in KINDS],
        most_mb=uploads.MOST_BYTES >> 20,
    )


@blueprint.post("/imports")
@screen("imports.write")
def bring_file(desk: Desk) -> ResponseReturnValue:
    """Keep an uploaded file and find out how it is written; nothing is taken in yet."""
    kind, upload = forms.choice_arg("kind", KINDS), request.files.get("file")
    if kind is None or upload is None or not upload.filename:
        raise Rejected(_("Choose a file and what it holds."))
    path = uploads.keep(upload.stream)
    name = PurePath(upload.filename.replace("\\", "/")).name[:120]
    brought = runs.Brought(kind, path, name, desk.actor.name)
    try:
        run = runs.open_file(desk.session, desk.store.id, brought, desk.now)
    except Rejected:
        path.unlink()
        raise
    return redirect(url_for("panel.show_file", file_id=run.id), 303)


@blueprint.post("/imports/<id:file_id>/discard")
@screen("imports.write")
def discard_file(desk: Desk, file_id: int) -> ResponseReturnValue:
    """Throw an uploaded file away; what was taken of it stays."""
    run = get_file(desk.session, desk.store.id, file_id)
    if run.state in (WAITING, RUNNING):
        raise Rejected(_("The file is being read at this moment; stop it first."))
    uploads.discard(desk.session, run)
    said(_("The file was thrown away. What was taken of it stays."))
    return redirect(url_for("panel.imports"), 303)
