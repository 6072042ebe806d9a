"""Privacy requests that a platform passes on: kept with their due date until somebody answered."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm.errors import Conflict, NotFound
from crm.events import PrivacyAsked
from crm.i18n import gettext as _
from crm.stores.models import PrivacyRequest, Store

# One month (GDPR Art. 12(3)); Shopify gives 30 days for its three topics.
_DAYS = timedelta(days=30)
ERASED = "erased on arrival"


def record_request(session: Session, store: Store, event: PrivacyAsked, now: datetime) -> bool:
    """Record a request, twice is once; tells whether it is new.

    An erasure is answered by the event that comes with it, so it is done at once and keeps no
    address.
    """
    is_erasure = event.kind == "erasure"
    asked = insert(PrivacyRequest).values(
        store_id=store.id,
        kind=event.kind,
        request_id=event.request_id,
        external_id=event.external_id,
        email=None if is_erasure else event.email,
        phone=None if is_erasure else event.phone,
        orders=list(event.order_external_ids),
        requested_at=event.version.at,
        due_at=event.version.at + _DAYS,
        done_at=now if is_erasure else None,
        done_by=ERASED if is_erasure else None,
    )
    kept = session.execute(asked.on_conflict_do_nothing().returning(PrivacyRequest.id))
    return kept.first() is not None


def list_requests(
    session: Session, store_ids: Sequence[int] | None, *, open_only: bool = True
) -> Sequence[PrivacyRequest]:
    """List requests, the most urgent first."""
    wanted = select(PrivacyRequest).order_by(PrivacyRequest.due_at, PrivacyRequest.id)
    if store_ids is not None:
        wanted = wanted.where(PrivacyRequest.store_id.in_(store_ids))
    if open_only:
        wanted = wanted.where(PrivacyRequest.done_at.is_(None))
    return session.scalars(wanted).all()


def count_open(session: Session, store_ids: Sequence[int]) -> int:
    """Count the requests that wait for an answer."""
    waiting = select(func.count()).where(
        PrivacyRequest.store_id.in_(store_ids), PrivacyRequest.done_at.is_(None)
    )
    return session.scalar(waiting) or 0


def settle_request(
    session: Session, store_ids: Sequence[int] | None, request_id: int, actor: str, now: datetime
) -> PrivacyRequest:
    """Record that a request was answered. Raises NotFound, Conflict when it was before."""
    wanted = select(PrivacyRequest).where(PrivacyRequest.id == request_id).with_for_update()
    if store_ids is not None:
        wanted = wanted.where(PrivacyRequest.store_id.in_(store_ids))
    found = session.scalar(wanted)
    if found is None:
        raise NotFound(_("There is no such privacy request."))
    if found.done_at is not None:
        raise Conflict(_("This request was answered already."))
    found.done_at, found.done_by = now, actor
    found.email = found.phone = None
    return found
