"""Asks a GraphQL interface: its errors, which come with status 200, become our two failures."""

import re
from collections.abc import Mapping
from typing import Any

from crm.errors import Rejected, Unavailable
from crm.i18n import gettext as _
from crm.storefronts._http import Answer, Ask, call

_LATER = {"THROTTLED", "TOO_MANY_REQUESTS", "INTERNAL_SERVER_ERROR", "TIMEOUT"}
_CLOSED = {"ACCESS_DENIED", "FORBIDDEN", "UNAUTHENTICATED", "UNAUTHORIZED", "PERMISSION_DENIED"}
# An error may quote what was asked with it.
_ADDRESS = re.compile(r"[^\s\"'<>]+@[^\s\"'<>]+")


class Closed(Rejected):
    """The interface refuses our key or what it may; whoever signed in may do so again."""


def query(
    url: str, headers: Mapping[str, str], text: str, variables: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Ask for something; tried again while the interface is away. Raises Rejected, Unavailable."""
    return _send(_ask(url, headers, text, variables, reads=True))


def mutate(
    url: str, headers: Mapping[str, str], text: str, variables: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Change something, with one try; `userErrors` in the answer are the caller's to read."""
    return _send(_ask(url, headers, text, variables, reads=False))


def _ask(
    url: str,
    headers: Mapping[str, str],
    text: str,
    variables: Mapping[str, Any] | None,
    *,
    reads: bool,
) -> Ask:
    payload = {"query": text, "variables": dict(variables or {})}
    return Ask("POST", url, payload=payload, headers=dict(headers), reads=reads)


def _send(ask: Ask) -> dict[str, Any]:
    answer = call(ask)
    body = answer.body if isinstance(answer.body, dict) else {}
    _check(answer, body)
    data = body.get("data")
    if not isinstance(data, dict):
        raise Rejected(_("The storefront's answer is not one of a GraphQL interface."))
    return data


def _check(answer: Answer, body: Mapping[str, Any]) -> None:
    faults = _faults(body.get("errors"))
    codes = {_code(fault) for fault in faults}
    if codes & _LATER:
        raise Unavailable(_("The storefront asks us to come back later."), _wait(body))
    if answer.status in (401, 403) or codes & _CLOSED:
        raise Closed(_("The storefront refuses our key (%(said)s).", said=_said(answer, faults)))
    if faults or answer.status >= 400:
        raise Rejected(_("The storefront refuses (%(said)s).", said=_said(answer, faults)))


def _faults(errors: Any) -> list[Mapping[str, Any]]:
    """List the errors; some interfaces write a single text."""
    listed = errors if isinstance(errors, list) else [errors] if errors else []
    return [fault if isinstance(fault, dict) else {"message": fault} for fault in listed]


def _extensions(said: Mapping[str, Any]) -> Mapping[str, Any]:
    found = said.get("extensions")
    return found if isinstance(found, dict) else {}


def _code(fault: Mapping[str, Any]) -> str:
    extensions = _extensions(fault)
    inner = extensions.get("exception")
    named = extensions.get("code") or (inner.get("code") if isinstance(inner, dict) else None)
    return str(named or "")


def _said(answer: Answer, faults: list[Mapping[str, Any]]) -> str:
    messages = [str(fault.get("message") or "")[:200] for fault in faults[:3]]
    text = "; ".join(message for message in messages if message) or str(answer.status)
    return _ADDRESS.sub("…", text)


def _wait(body: Mapping[str, Any]) -> float | None:
    """Reckon when a query by cost will be let through: the bucket fills at a known rate."""
    cost = _extensions(body).get("cost")
    state = cost.get("throttleStatus") if isinstance(cost, dict) else None
    if not isinstance(cost, dict) or not isinstance(state, dict):
        return None
    try:
        lacking = float(cost["requestedQueryCost"]) - float(state["currentlyAvailable"])
        return min(max(lacking / float(state["restoreRate"]), 1.0), 60.0)
    except (KeyError, TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
