"""Asks Shopify's Admin GraphQL interface, which says no with HTTP 200 as often as not.

It answers in part where fields are hidden, counts what a question costs, and forgets cursors.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NoReturn

from crm.errors import Rejected, Unavailable
from crm.i18n import gettext as _
from crm.storefronts import ApiAccess
from crm.storefronts._http import Answer, Ask, call, http_date
from crm.storefronts._shopify import tokens
from crm.storefronts._shopify.queries import Query

_VERSION = re.compile(r"20[0-9]{2}-(?:01|04|07|10)|unstable")
_NEWEST = "2026-10"
_ADDRESS = re.compile(r"[^\s\"'<>]+@[^\s\"'<>]+")
_MOST_WAIT = 60
_USUAL_WAIT = 5
_LATER = {"INTERNAL_SERVER_ERROR", "TIMEOUT", "SERVICE_UNAVAILABLE"}


class TooCostly(Rejected):
    """A question for more than Shopify answers at once; ask for less."""


class StaleCursor(Rejected):
    """A place in a list that Shopify does not know any more."""


@dataclass(frozen=True, slots=True)
class Told:
    """An answer; `hidden`: parts of it are null because the app may not see them."""

    found: Mapping[str, Any]
    hidden: bool
    said_at: datetime | None


def ask(api: ApiAccess, query: Query, /, **variables: Any) -> Told:
    """Ask one question. Raises Rejected, Unavailable, TooCostly or StaleCursor."""
    payload = {"query": query.text, "operationName": query.name, "variables": variables}
    for fresh in (False, True):
        headers = {"X-Shopify-Access-Token": tokens.access_token(api, fresh=fresh)}
        answer = call(Ask("POST", _place(api), payload=payload, headers=headers, reads=query.reads))
        if answer.status != 401 or tokens.is_lasting(api):
            break
    if answer.status != 200:
        _refuse_status(answer.status)
    return _told(answer)


def refuse_user_errors(errors: Any, words: str) -> None:
    """Raise the errors of a mutation, which come with HTTP 200, as Rejected; none pass."""
    if isinstance(errors, list) and errors:
        said = "; ".join(_message(error) for error in errors[:5])
        raise Rejected(_("%(words)s Shopify says: %(said)s", words=words, said=said))


def _place(api: ApiAccess) -> str:
    version = api.options.get("api_version") or _NEWEST
    if not _VERSION.fullmatch(version):
        raise Rejected(_("The option api_version must look like 2026-10."))
    return f"{tokens.shop(api)}/admin/api/{version}/graphql.json"


def _refuse_status(status: int) -> NoReturn:
    if status == 401:
        raise Rejected(
            _(
                "Shopify refuses our access token: is the app that it belongs to still installed "
                "in this shop?"
            )
        )
    if status == 403:
        raise Rejected(_("Shopify refuses us (403): the app lacks an access scope."))
    if status == 404:
        raise Rejected(
            _("There is no Shopify shop at this address: it looks like https://SHOP.myshopify.com.")
        )
    if status in (402, 423):
        raise Rejected(_("Shopify has closed or frozen the shop (%(status)s).", status=status))
    if status == 430:
        raise Unavailable(_("Shopify holds our calls back (430)."), _MOST_WAIT)
    raise Rejected(_("Shopify refuses the question (%(status)s).", status=status))


def _told(answer: Answer) -> Told:
    body = answer.body
    if not isinstance(body, dict):
        raise Rejected(_("Shopify's answer is not what its interface answers."))
    found, errors = body.get("data"), body.get("errors")
    hidden = bool(errors) and _all_hidden(errors) and _is_there(found)
    if errors and not hidden:
        _refuse(errors, body)
    if not isinstance(found, dict):
        raise Rejected(_("Shopify's answer is not what its interface answers."))
    return Told(found, hidden, http_date(answer.headers.get("date")))


def _all_hidden(errors: Any) -> bool:
    return isinstance(errors, list) and {_code(error) for error in errors} == {"ACCESS_DENIED"}


def _is_there(found: Any) -> bool:
    """Tell hidden fields from a refusal, which leaves the thing itself null as if it were gone."""
    return isinstance(found, dict) and all(value is not None for value in found.values())


def _refuse(errors: Any, body: Mapping[str, Any]) -> NoReturn:
    listed = errors if isinstance(errors, list) else [{"message": errors}]
    codes = {_code(error) for error in listed}
    said = "; ".join(_message(error) for error in listed[:3])
    if "THROTTLED" in codes:
        raise Unavailable(_("Shopify asks us to slow down."), _wait(body))
    if codes & _LATER:
        raise Unavailable(_("Shopify had a fault of its own."), _USUAL_WAIT)
    if "MAX_COST_EXCEEDED" in codes:
        raise TooCostly(_("Shopify finds the question too large: %(said)s", said=said))
    if "cursor" in said.lower():
        raise StaleCursor(_("Shopify has forgotten a place in a list."))
    if "ACCESS_DENIED" in codes:
        raise Rejected(
            _("The app may not do this in Shopify; give it the scope: %(said)s", said=said)
        )
    raise Rejected(_("Shopify refuses the question: %(said)s", said=said))


def _wait(body: Mapping[str, Any]) -> float:
    """Reckon the seconds until the bucket of points has refilled for what was asked."""
    cost = (body.get("extensions") or {}).get("cost") or {}
    status = cost.get("throttleStatus") or {}
    wanted = _figure(cost.get("requestedQueryCost"))
    left, rate = _figure(status.get("currentlyAvailable")), _figure(status.get("restoreRate"))
    if wanted is None or left is None or not rate or rate < 0:
        return _USUAL_WAIT
    return max(1, min(math.ceil((wanted - left) / rate), _MOST_WAIT))


def _figure(value: Any) -> Decimal | None:
    return Decimal(value) if isinstance(value, int | Decimal) else None


def _code(error: Any) -> str:
    extensions = error.get("extensions") if isinstance(error, dict) else None
    return str(extensions.get("code", "")) if isinstance(extensions, dict) else ""


def _message(error: Any) -> str:
    """Read what is said; a fault may quote what was asked with it."""
    said = error.get("message") if isinstance(error, dict) else error
    return _ADDRESS.sub("…", str(said))[:300]
