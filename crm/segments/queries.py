"""Saved segments: find them, and keep them under a name."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm.errors import Conflict, NotFound, Rejected
from crm.i18n import gettext as _
from crm.segments.models import Segment
from crm.segments.rule import parse
from crm.stores.models import Store

_MOST_NAME = 120


def list_segments(
    session: Session, store_ids: Sequence[int] | None, after_id: int = 0, limit: int = 200
) -> Sequence[Segment]:
    """List segments by id; `store_ids` None means every store."""
    wanted = select(Segment).where(Segment.id > after_id).order_by(Segment.id).limit(limit)
    if store_ids is not None:
        wanted = wanted.where(Segment.store_id.in_(store_ids))
    return session.scalars(wanted).all()


def find_segment(
    session: Session, store_ids: Sequence[int] | None, segment_id: int
) -> Segment | None:
    """Find a segment of one of the stores; `store_ids` None means every store."""
    wanted = select(Segment).where(Segment.id == segment_id)
    if store_ids is not None:
        wanted = wanted.where(Segment.store_id.in_(store_ids))
    return session.scalars(wanted).first()


def get_segment(session: Session, store_ids: Sequence[int] | None, segment_id: int) -> Segment:
    """Find a segment. Raises NotFound."""
    segment = find_segment(session, store_ids, segment_id)
    if segment is None:
        raise NotFound(_("There is no segment %(id)s.", id=segment_id))
    return segment


def save_segment(session: Session, store: Store, name: str, rule: object, now: datetime) -> Segment:
    """Keep a rule under a name. Raises Rejected with errors by field, Conflict for a name taken."""
    document = _checked_rule(rule)
    segment = Segment(
        store_id=store.id, name=_checked_name(name), rule=document, created_at=now, updated_at=now
    )
    with _unique_name(session, segment.name):
        session.add(segment)
        session.flush()
    return segment


def change_segment(
    session: Session, segment: Segment, changes: Mapping[str, Any], now: datetime
) -> None:
    """Change the name, the rule or both. Raises as `save_segment` does."""
    name = _checked_name(changes.get("name", segment.name))
    rule = _checked_rule(changes.get("rule", segment.rule))
    with _unique_name(session, name):
        segment.name, segment.rule, segment.updated_at = name, rule, now
        session.flush()


def delete_segment(session: Session, segment: Segment) -> None:
    """Forget a saved segment."""
    session.delete(segment)
    session.flush()


def _checked_name(name: object) -> str:
    cleaned = name.strip() if isinstance(name, str) else ""
    if not cleaned or len(cleaned) > _MOST_NAME or not cleaned.isprintable():
        fault = _("must be a text of 1 to %(most)s characters", most=_MOST_NAME)
        raise Rejected(_("A segment needs a name."), {"name": fault})
    return cleaned


def _checked_rule(rule: object) -> dict[str, Any]:
    parse(rule, at="rule")
    assert isinstance(rule, dict)
    return rule


@contextmanager
def _unique_name(session: Session, name: str) -> Iterator[None]:
    try:
        with session.begin_nested():
            yield
    except IntegrityError as clash:
        reason = _("There is already a segment named “%(name)s”.", name=name)
        raise Conflict(reason, {"name": _("is taken")}) from clash
