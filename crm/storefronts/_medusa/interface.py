"""Asks the Admin API of a Medusa server with a secret key."""

from typing import Any

from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.storefronts import ApiAccess
from crm.storefronts._http import Answer, Ask, call


def read(api: ApiAccess, path: str, **params: str) -> dict[str, Any] | None:
    """Read something; None where it is not there. Raises Rejected or Unavailable."""
    answer = call(Ask("GET", _place(api, path), (api.key, ""), params))
    return None if _is_missing(answer) else _checked(answer)


def send(api: ApiAccess, path: str, payload: dict[str, Any]) -> Answer:
    """Make something, with one try; a refusal with 400 is the caller's to read."""
    answer = call(Ask("POST", _place(api, path), (api.key, ""), payload=payload))
    if answer.status != 400:
        _checked(answer)
    return answer


def delete(api: ApiAccess, path: str) -> None:
    """Delete something; what is gone is gone. Raises Rejected or Unavailable."""
    answer = call(Ask("DELETE", _place(api, path), (api.key, "")))
    if not _is_missing(answer):
        _checked(answer)


def said(answer: Answer) -> str:
    """Read the server's own reason out of a refusal."""
    body = answer.body if isinstance(answer.body, dict) else {}
    return str(body.get("message") or answer.status)[:200]


def _is_missing(answer: Answer) -> bool:
    body = answer.body if isinstance(answer.body, dict) else {}
    return answer.status == 404 and body.get("type") == "not_found"


def _checked(answer: Answer) -> dict[str, Any]:
    if answer.status in (401, 403):
        raise Rejected(_("The storefront refuses our key (%(said)s).", said=answer.status))
    if answer.status == 404:
        raise Rejected(_("There is no Medusa interface at the store's address."))
    if answer.status >= 400:
        raise Rejected(_("The storefront refuses (%(said)s).", said=said(answer)))
    if not isinstance(answer.body, dict):
        raise Rejected(_("The storefront's answer is not what its interface gives."))
    return answer.body


def _place(api: ApiAccess, path: str) -> str:
    """Find the interface under the server's own address, or take it as given."""
    home = api.url.rstrip("/")
    home = home if home.endswith("/admin") else f"{home}/admin"
    return f"{home}/{path}"
