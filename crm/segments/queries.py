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
from crm.segments.nesting import read, read_for, used_in
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


def list_users(session: Session, segment: Segment) -> Sequence[Segment]:
    """List the saved segments whose rules use a segment themselves, by id."""
    every = select(Segment).where(Segment.store_id == segment.store_id).order_by(Segment.id)
    return [one for one in session.scalars(every) if segment.id in used_in(one.rule)]


def save_segment(session: Session, store: Store, name: str, rule: object, now: datetime) -> Segment:
    """Keep a rule under a name. Raises Rejected with errors by field, Conflict for a name taken."""
    _hold(session, store.id)
    read(session, store, rule, at="rule")
    assert isinstance(rule, dict)
    segment = Segment(
        store_id=store.id, name=_checked_name(name), rule=rule, created_at=now, updated_at=now
    )
    with _unique_name(session, segment.name):
        session.add(segment)
        session.flush()
    return segment


def change_segment(
    session: Session, segment: Segment, changes: Mapping[str, Any], now: datetime
) -> None:
    """Change the name, the rule or both. Raises as `save_segment` does."""
    _hold(session, segment.store_id)
    name = _checked_name(changes.get("name", segment.name))
    rule = changes.get("rule", segment.rule)
    read_for(session, segment, rule, at="rule")
    with _unique_name(session, name):
        segment.name, segment.rule, segment.updated_at = name, rule, now
        session.flush()
        _check_users(session, segment)


def delete_segment(session: Session, segment: Segment) -> None:
    """Forget a saved segment. Raises Conflict while another segment uses it."""
    _hold(session, segment.store_id)
    for user in list_users(session, segment):
        raise Conflict(_("The segment “%(name)s” uses this segment.", name=user.name))
    session.delete(segment)
    session.flush()


def _hold(session: Session, store_id: int) -> None:
    """Let one writer at a time into a store's segments: two could close a circle together."""
    every = select(Segment).where(Segment.store_id == store_id).order_by(Segment.id)
    session.scalars(every.with_for_update().execution_options(populate_existing=True)).all()


def _check_users(session: Session, segment: Segment) -> None:
    """Check that whatever uses the segment, straight or through others, stays within the limits."""
    waiting, seen = [segment], {segment.id}
    while waiting:
        for user in list_users(session, waiting.pop()):
            if user.id not in seen:
                seen.add(user.id)
                waiting.append(user)
                _check_user(session, user)


def _check_user(session: Session, user: Segment) -> None:
    try:
        read_for(session, user, user.rule, at="rule")
    except Rejected as fault:
        told = next(iter(fault.errors.values()))
        words = _("would spoil the segment “%(name)s”: it %(fault)s", name=user.name, fault=told)
        raise Rejected(_("The segment cannot be changed so."), {"rule": words}) from None


def _checked_name(name: object) -> str:
    cleaned = name.strip() if isinstance(name, str) else ""
    if not cleaned or len(cleaned) > _MOST_NAME or not cleaned.isprintable():
        fault = _("must be a text of 1 to %(most)s characters", most=_MOST_NAME)
        raise Rejected(_("A segment needs a name."), {"name": fault})
    return cleaned


@contextmanager
def _unique_name(session: Session, name: str) -> Iterator[None]:
    try:
        with session.begin_nested():
            yield
    except IntegrityError as clash:
        reason = _("There is already a segment named “%(name)s”.", name=name)
        raise Conflict(reason, {"name": _("is taken")}) from clash
