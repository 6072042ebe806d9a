"""The consents of two buyers who are one: the stricter wins, so a merge never raises consent."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from crm.buyers.consent import consent_states
from crm.buyers.facts.versions import instant
from crm.buyers.models import Consent

_FOLDED = ("status", "basis", "source", "decided_at", "own_act")


def unite(session: Session, store_id: int, survivor: int, other: int) -> dict[str, Any]:
    """Give a survivor the stricter of two buyers' consents; tells what to restore."""
    states = consent_states(session, store_id, (survivor, other))
    ours, theirs = states.get(survivor, {}), states.get(other, {})
    change: dict[str, Any] = {}
    for channel, theirs_now in theirs.items():
        mine = ours.get(channel)
        before = None if mine is None else _written(mine)
        if mine is None:
            mine = Consent(store_id=store_id, buyer_id=survivor, channel=channel)
            session.add(mine)
            _set(mine, _written(theirs_now))
        else:
            _set(mine, _stricter(_written(mine), _written(theirs_now)))
        change[channel] = {"before": before, "after": _written(mine)}
    session.flush()
    return change


def part(session: Session, store_id: int, pair: tuple[int, int], change: Mapping[str, Any]) -> None:
    """Undo `unite`, but let whatever was withdrawn since count for both buyers."""
    survivor, other = pair
    states = consent_states(session, store_id, pair)
    for channel, kept in change.items():
        mine = states.get(survivor, {}).get(channel)
        if mine is None:
            continue
        if _written(mine) != kept["after"]:
            if mine.status == "withdrawn":
                _set(states[other][channel], _written(mine))
        elif kept["before"] is None:
            session.delete(mine)
        else:
            _set(mine, kept["before"])
    session.flush()


def _written(row: Consent) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in _FOLDED}
    return {**values, "decided_at": instant(row.decided_at)}


def _set(row: Consent, values: Mapping[str, Any]) -> None:
    for name in _FOLDED:
        value = values[name]
        setattr(row, name, datetime.fromisoformat(value) if name == "decided_at" else value)


def _stricter(mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    """Pick withdrawn over granted; of two alike the firmer, then the later (implied: earlier)."""
    if mine["status"] != theirs["status"]:
        no, yes = (mine, theirs) if mine["status"] == "withdrawn" else (theirs, mine)
        # Only a decision later than both may grant again; an implied grant counts for nothing.
        firm = [no, yes] if yes["own_act"] else [no]
        return {**no, "decided_at": max(kept["decided_at"] for kept in firm)}
    if mine["own_act"] != theirs["own_act"]:
        return dict(mine if mine["own_act"] else theirs)
    pick = max if mine["own_act"] else min
    return dict(pick(mine, theirs, key=lambda kept: str(kept["decided_at"])))
