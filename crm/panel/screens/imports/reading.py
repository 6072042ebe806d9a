"""One file: how it is written, its columns and first rows, checking it, taking it in."""

from pathlib import Path
from typing import Any

from flask import Response, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue

from crm.errors import NotFound
from crm.i18n import gettext as _
from crm.imports.files import encodings, models, running, runs
from crm.imports.files.fields import FIELDS, KIND_WORDS, missing
from crm.imports.files.models import FileImport
from crm.imports.files.queries import get_file
from crm.imports.files.refusals import path_beside
from crm.panel import forms
from crm.panel.desk import Desk, screen
from crm.panel.frame import blueprint, page, said

_READ = "crm.imports.files.jobs.read_files"
_SHOWN_ROWS = 5


@blueprint.get("/imports/<id:file_id>")
@screen("imports.write")
def show_file(desk: Desk, file_id: int) -> ResponseReturnValue:
    """Show a file: its columns while it waits for a word, its progress once it is read."""
    run = get_file(desk.session, desk.store.id, file_id)
    if not request.headers.get("HX-Request"):
        return page("import.html", **_shown(run))
    if run.state not in (models.WAITING, models.RUNNING):
        return Response(headers={"HX-Refresh": "true"})  # read to its end: the page has more to say
    return page("_import_progress.html", **_shown(run))


@blueprint.post("/imports/<id:file_id>/columns")
@screen("imports.write")
def match_columns(desk: Desk, file_id: int) -> ResponseReturnValue:
    """Match the columns by hand, or read the file in another encoding."""
    run = get_file(desk.session, desk.store.id, file_id)
    _rewrite(desk, run)
    return redirect(url_for("panel.show_file", file_id=run.id), 303)


@blueprint.post("/imports/<id:file_id>/start")
@screen("imports.write")
def start_file(desk: Desk, file_id: int) -> ResponseReturnValue:
    """Let a file be read: `check` only tells what would come of it."""
    run = get_file(desk.session, desk.store.id, file_id)
    if "encoding" in request.form:
        _rewrite(desk, run)
    runs.start(run, check=forms.on("check"), now=desk.now)
    desk.ring(_READ)
    return redirect(url_for("panel.show_file", file_id=run.id), 303)


@blueprint.post("/imports/<id:file_id>/stop")
@screen("imports.write")
def stop_file(desk: Desk, file_id: int) -> ResponseReturnValue:
    """Stop a file where it is; it can be gone on with."""
    run = get_file(desk.session, desk.store.id, file_id)
    runs.stop(run, desk.now)
    said(_("Stopped. What was taken stays; it can be gone on with."))
    return redirect(url_for("panel.show_file", file_id=run.id), 303)


@blueprint.get("/imports/<id:file_id>/refused")
@screen("imports.write")
def refused_rows(desk: Desk, file_id: int) -> ResponseReturnValue:
    """Give the refused rows as a file, to be mended and brought again."""
    run = get_file(desk.session, desk.store.id, file_id)
    path = path_beside(Path(run.path))
    if not run.refused or run.is_check or not path.exists():
        raise NotFound(_("There is no such file here."))
    name = f"{Path(run.name).stem}.refused.csv"
    answer: Response = send_file(path, "text/csv", as_attachment=True, download_name=name)
    return answer


def _rewrite(desk: Desk, run: FileImport) -> None:
    """Take over the encoding and the columns that the form gives, where they differ."""
    encoding = forms.text("encoding")
    chosen = {name: forms.text(f"column-{place}") for place, name in enumerate(run.heading)}
    is_other = encoding and encoding != run.encoding
    if is_other or chosen != {name: run.columns.get(name, "") for name in run.heading}:
        runs.rewrite(desk.session, run, encoding or run.encoding, {} if is_other else chosen)


def _shown(run: FileImport) -> dict[str, Any]:
    path = Path(run.path)
    is_there = path.exists()
    rows = running.preview(path, runs.layout_of(run), _SHOWN_ROWS) if is_there else []
    return {
        "file": run,
        "is_there": is_there,
        "rows": rows,
        "kind": _(KIND_WORDS[run.kind]),
        "fields": [(name, name) for name in FIELDS[run.kind]],
        "encodings": _encodings(run.encoding),
        "gaps": missing(run.kind, run.columns.values()),
        "under_way": run.state in (models.WAITING, models.RUNNING),
        "has_refused": run.refused and not run.is_check and path_beside(path).exists(),
    }


def _encodings(present: str) -> list[tuple[str, str]]:
    known = {encodings.chosen(name).encoding: name for name in encodings.CHOICES}
    return [(present, known.get(present, present))] + [
        (name, name) for code, name in known.items() if code != present
    ]
