"""Calls WooCommerce's REST interface (version wc/v3) and says in plain words why it refuses."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.storefronts import ApiAccess
from crm.storefronts._http import Answer, Ask, call

_ROOT = "/wc/v3"


@dataclass(frozen=True, slots=True)
class Request:
    """One request: `place` below the interface's root, such as `orders/5`."""

    method: str
    place: str
    params: dict[str, str] = field(default_factory=dict)
    payload: dict[str, Any] | None = None


def get(api: ApiAccess, place: str, **params: str) -> Answer:
    """Read something; a refusal is still to be checked."""
    return ask(api, Request("GET", place, params))


def ask(api: ApiAccess, request: Request) -> Answer:
    """Call the interface; a refusal is still to be checked. Raises Rejected or Unavailable."""
    url, route = _address(api.url, request.place)
    return call(
        Ask(
            method=request.method,
            url=url,
            auth=(api.key, api.secret),
            params=route | request.params,
            payload=request.payload,
            by_row=True,
        )
    )


def check(api: ApiAccess, answer: Answer) -> None:
    """Pass an answer that is good. Raises Rejected with what the seller can do."""
    if answer.status in (200, 201):
        return
    code = code_of(answer)
    if answer.status in (401, 403):
        raise Rejected(_refused(api, code))
    if answer.status == 404 and code in ("rest_no_route", ""):
        raise Rejected(_("There is no WooCommerce interface at the store's address."))
    raise Rejected(
        _("The storefront refuses (%(status)s %(code)s).", status=answer.status, code=code[:100])
    )


def code_of(answer: Answer) -> str:
    """Read the name of an error; empty where there is none."""
    return str(answer.body.get("code", "")) if isinstance(answer.body, dict) else ""


def is_gone(answer: Answer) -> bool:
    """Tell whether the thing asked for is no longer there, rather than the whole interface."""
    return answer.status in (404, 410) and code_of(answer) not in ("rest_no_route", "")


def rows_of(answer: Answer) -> list[Any]:
    """Read a list. Raises Rejected when the answer is something else."""
    if not isinstance(answer.body, list):
        raise Rejected(_("The storefront's answer is not a list."))
    return answer.body


def total_of(answer: Answer) -> int | None:
    """Read how many things a list has on all its pages."""
    said = answer.headers.get("x-wp-total", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 16 else None


def digits(external_id: str) -> str:
    """Pass a number, the only thing that ever becomes part of an address. Raises Rejected."""
    if not external_id.isascii() or not external_id.isdigit():
        raise Rejected(_("This is not a number of WooCommerce."))
    return external_id


def _address(given: str, place: str) -> tuple[str, dict[str, str]]:
    """Find a place under a shop's own address or that of its interface.

    A site without pretty permalinks is given as `https://shop.example/?rest_route=/`.
    """
    parts = urlsplit(given)
    if "rest_route" in parse_qs(parts.query, keep_blank_values=True):
        return given.partition("?")[0], {"rest_route": f"{_ROOT}/{place}"}
    home = given.partition("?")[0].rstrip("/")
    if home.endswith("/wp-json"):
        home += _ROOT
    elif "/wp-json/" not in home:
        home += f"/wp-json{_ROOT}"
    return f"{home}/{place}", {}


def _refused(api: ApiAccess, code: str) -> str:
    if api.url.startswith("http://"):
        return _(
            "The storefront refuses our key over plain http, as WooCommerce always does: "
            "give its https address."
        )
    return _(
        "The storefront refuses our key (%(code)s): it needs the permission to read and write, "
        "and an owner who manages the shop.",
        code=code[:100] or "401",
    )
