"""Reads a wish to change a case into checked values of its row."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from crm.buyers.models import Order
from crm.cases.causes import RESPONSIBILITIES, cause_keys
from crm.cases.models import Case
from crm.cases.states import STATES, TYPES, VERDICTS, next_states
from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.money import to_minor

_LISTS: dict[str, tuple[str, ...]] = {
    "type": TYPES,
    "state": STATES,
    "verdict": VERDICTS,
    "responsibility": RESPONSIBILITIES,
    "cause": tuple(cause_keys()),
}
_MAY_BE_EMPTY = ("cause", "responsibility", "assignee", "verdict", "order_id", "reason")
_TEXTS = {"title": 200, "text": 20_000, "assignee": 200, "reason": 2000}
_KNOWN = {*_LISTS, *_TEXTS, "cost", "order_id"}


def check_changes(session: Session, case: Case, changes: dict[str, Any]) -> dict[str, Any]:
    """Give what differs, by column. Raises Rejected with the errors by field."""
    errors: dict[str, str] = {}
    new: dict[str, Any] = {}
    for key, value in changes.items():
        try:
            new[_column(key)] = _read(session, case, key, value)
        except Rejected as no:
            errors[key] = no.reason
    if not errors:
        errors |= _check_course(case, new)
    if errors:
        raise Rejected(_("The case cannot be changed."), errors)
    return {key: value for key, value in new.items() if getattr(case, key) != value}


def told(value: Any) -> Any:
    """Write a value so that the history of a case can keep it."""
    return value.isoformat() if isinstance(value, datetime) else value


def _column(key: str) -> str:
    return {"cost": "cost_minor", "reason": "close_reason"}.get(key, key)


def _read(session: Session, case: Case, key: str, value: Any) -> Any:
    if key not in _KNOWN:
        raise Rejected(_("cannot be changed"))
    if value is None and key in _MAY_BE_EMPTY:
        return None
    if key == "cost":
        return _cost(case, value)
    if key == "order_id":
        if session.get(Order, (case.store_id, value)) is None:
            raise Rejected(_("is not an order of this store"))
        return value
    return _choice(key, value) if key in _LISTS else _text(key, value)


def _cost(case: Case, value: Any) -> int:
    amount = to_minor(value, case.currency)
    if amount < 0:
        raise Rejected(_("must not be negative"))
    return amount


def _choice(key: str, value: Any) -> Any:
    if value not in _LISTS[key]:
        raise Rejected(_("must be one of %(list)s", list=", ".join(_LISTS[key])))
    return value


def _text(key: str, value: Any) -> str:
    if not isinstance(value, str) or len(value) > _TEXTS[key]:
        raise Rejected(_("must be a text of at most %(most)s characters", most=_TEXTS[key]))
    if key == "title" and not value.strip():
        raise Rejected(_("must not be empty"))
    return value.strip()


def _check_course(case: Case, new: dict[str, Any]) -> dict[str, str]:
    before, after = case.state, new.get("state", case.state)
    if after not in (before, *next_states(before)):
        return {
            "state": _("a case cannot go from %(before)s to %(after)s", before=before, after=after)
        }
    if after != "closed":
        return {"verdict": _("belongs to closing a case")} if new.get("verdict") else {}
    given = {"verdict": case.verdict, "close_reason": case.close_reason, **new}
    if not given["verdict"] and not given["close_reason"]:
        return {"verdict": _("closing needs the buyer's verdict or a reason")}
    return {}
