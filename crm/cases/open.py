"""Opens cases: one matter with one buyer, and automatic ones only once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm.buyers.models import Buyer, Order
from crm.cases.causes import RESPONSIBILITIES, cause_keys
from crm.cases.clocks import Standing, due
from crm.cases.models import Case
from crm.cases.states import TYPES
from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.stores.models import Store
from crm.stores.settings import read_settings

FAVOURED_TIERS = ("A",)
_LONGEST_TITLE = 200


@dataclass(frozen=True, slots=True)
class NewCase:
    """What is known when a case is opened; `source` makes an automatic one unique."""

    buyer_id: int
    type: str
    title: str
    text: str = ""
    order_id: int | None = None
    source: str | None = None
    cause: str | None = None
    responsibility: str | None = None


def open_case(session: Session, store: Store, new: NewCase, actor: str, now: datetime) -> Case:
    """Open a case, or give the one its source already has. Raises Rejected with errors by field."""
    _check(session, store, new)
    buyer = lock_buyer(session, store.id, new.buyer_id)
    values = {**_facts(new, actor, now), "due_at": _first_due(store, buyer, new, now)}
    row = insert(Case).values(store_id=store.id, currency=store.currency, cost_minor=0, **values)
    opened = session.scalar(row.on_conflict_do_nothing().returning(Case.id))
    if opened is None:
        return session.scalars(
            select(Case).where(Case.store_id == store.id, Case.source == new.source)
        ).one()
    refresh_open_cases(session, store.id, new.buyer_id)
    return session.get_one(Case, (store.id, opened))


def refresh_open_cases(session: Session, store_id: int, buyer_id: int) -> None:
    """Count a buyer's unclosed cases anew and keep the count on the buyer."""
    buyer = lock_buyer(session, store_id, buyer_id)
    unclosed = select(func.count()).where(
        Case.store_id == store_id, Case.buyer_id == buyer_id, Case.state != "closed"
    )
    buyer.open_cases = session.scalar(unclosed) or 0
    session.flush()


def lock_buyer(session: Session, store_id: int, buyer_id: int) -> Buyer:
    """Lock a buyer's row; always before the rows of her cases, so that no two wait for another."""
    session.flush()
    key = (store_id, buyer_id)
    return session.get_one(Buyer, key, with_for_update=True, populate_existing=True)


def is_favoured(buyer: Buyer) -> bool:
    """Tell whether a buyer's cases run on the fast clock: VIPs and the best value class."""
    return buyer.vip or buyer.tier in FAVOURED_TIERS


def _facts(new: NewCase, actor: str, now: datetime) -> dict[str, Any]:
    return {
        "buyer_id": new.buyer_id,
        "order_id": new.order_id,
        "source": new.source,
        "type": new.type,
        "title": new.title.strip(),
        "text": new.text,
        "cause": new.cause,
        "responsibility": new.responsibility,
        "state": "open",
        "opened_by": actor,
        "opened_at": now,
        "updated_at": now,
    }


def _first_due(store: Store, buyer: Buyer, new: NewCase, now: datetime) -> datetime:
    standing = Standing(new.type, new.cause, "open", is_favoured(buyer), now)
    return due(standing, read_settings(store).cases).next_at


def _check(session: Session, store: Store, new: NewCase) -> None:
    errors = {}
    if new.type not in TYPES:
        errors["type"] = _("must be one of %(list)s", list=", ".join(TYPES))
    if not 1 <= len(new.title.strip()) <= _LONGEST_TITLE:
        errors["title"] = _("must have 1 to %(most)s characters", most=_LONGEST_TITLE)
    if new.cause is not None and new.cause not in cause_keys():
        errors["cause"] = _("must be one of %(list)s", list=", ".join(cause_keys()))
    if new.responsibility is not None and new.responsibility not in RESPONSIBILITIES:
        errors["responsibility"] = _("must be one of %(list)s", list=", ".join(RESPONSIBILITIES))
    if session.get(Buyer, (store.id, new.buyer_id)) is None:
        errors["buyer"] = _("is not a buyer of this store")
    if new.order_id is not None and session.get(Order, (store.id, new.order_id)) is None:
        errors["order"] = _("is not an order of this store")
    if errors:
        raise Rejected(_("The case cannot be opened."), errors)
