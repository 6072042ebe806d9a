"""Reads the files that were brought for a store."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.errors import NotFound
from crm.i18n import gettext as _
from crm.imports.files.models import FileImport


def list_files(
    session: Session, store_id: int, before: int | None, limit: int
) -> Sequence[FileImport]:
    """List a store's files, newest first."""
    wanted = select(FileImport).where(FileImport.store_id == store_id)
    if before is not None:
        wanted = wanted.where(FileImport.id < before)
    return session.scalars(wanted.order_by(FileImport.id.desc()).limit(limit)).all()


def get_file(session: Session, store_id: int, file_id: int) -> FileImport:
    """Find one file of a store. Raises NotFound."""
    found = session.get(FileImport, (store_id, file_id))
    if found is None:
        raise NotFound(_("There is no such file here."))
    return found
