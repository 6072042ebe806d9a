"""Calls BigCommerce's interface and says in plain words why it refuses."""

import re
from typing import Any

from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.storefronts import ApiAccess
from crm.storefronts._http import Answer, Ask, call

_VERSION = re.compile(r"/v[23]/?$")
_MOST_PAGES = 50
MOST_ROWS = 250


def get(api: ApiAccess, place: str, **params: str) -> Answer:
    """Read something; 404 is still to be checked by the caller."""
    return checked(ask(api, "GET", place, params=params), 404)


def must_get(api: ApiAccess, place: str, **params: str) -> Answer:
    """Read what is there as long as the interface is: 404 is no empty list."""
    return checked(ask(api, "GET", place, params=params))


def ask(
    api: ApiAccess,
    method: str,
    place: str,
    payload: dict[str, Any] | None = None,
    params: dict[str, str] | None = None,
) -> Answer:
    """Call a place such as `v3/hooks`; a refusal is still to be checked."""
    home = _VERSION.sub("", api.url.rstrip("/"))
    return call(
        Ask(
            method=method,
            url=f"{home}/{place}",
            params=params or {},
            payload=payload,
            headers={"X-Auth-Token": api.key},
            by_row=True,
        )
    )


def checked(answer: Answer, *but: int) -> Answer:
    """Pass an answer that is good, or of a status that is awaited. Raises Rejected."""
    if answer.status in (200, 201, 204, *but):
        return answer
    if answer.status in (401, 403):
        raise Rejected(
            _(
                "BigCommerce refuses our access token (%(status)s): its API account needs the "
                "scopes Orders, Customers, Marketing and Information & settings.",
                status=answer.status,
            )
        )
    if answer.status == 404:
        raise Rejected(_("There is no BigCommerce interface at the store's address."))
    raise Rejected(
        _(
            "BigCommerce refuses (%(status)s %(title)s).",
            status=answer.status,
            title=title_of(answer)[:300],
        )
    )


def title_of(answer: Answer) -> str:
    """Read the words of an error; version 2 writes a list, version 3 an object."""
    body = answer.body
    first = body[0] if isinstance(body, list) and body else body
    if not isinstance(first, dict):
        return ""
    errors = first.get("errors")
    listed = errors if isinstance(errors, list) else []
    more = [one.get("title") for one in listed if isinstance(one, dict)]
    said = [first.get("title"), first.get("message"), *more]
    return " ".join(text for text in said if isinstance(text, str))


def rows_of(answer: Answer) -> list[Any]:
    """Read a list; where there is nothing, BigCommerce answers 204 or 404 without one."""
    if answer.status in (204, 404) or answer.body is None:
        return []
    found = answer.body.get("data") if isinstance(answer.body, dict) else answer.body
    if not isinstance(found, list):
        raise Rejected(_("The storefront's answer is not a list."))
    return found


def all_rows(api: ApiAccess, place: str, **params: str) -> list[Any]:
    """Read every page of a list of version 3."""
    rows: list[Any] = []
    for page in range(1, _MOST_PAGES + 1):
        answer = get(api, place, limit=str(MOST_ROWS), page=str(page), **params)
        found = rows_of(answer)
        rows += found
        if not found or page >= pages_of(answer):
            break
    return rows


def pages_of(answer: Answer) -> int:
    """Read how many pages a list of version 3 has; 1 where it is not said."""
    return _count(answer, "total_pages") or 1


def total_of(answer: Answer) -> int | None:
    """Read how many things a list of version 3 has on all its pages."""
    return _count(answer, "total")


def one_of(answer: Answer) -> dict[str, Any]:
    """Read one thing of version 3. Raises Rejected when the answer is something else."""
    found = answer.body.get("data") if isinstance(answer.body, dict) else None
    if not isinstance(found, dict):
        raise Rejected(_("The storefront's answer is not what was asked for."))
    return found


def digits(external_id: str) -> str:
    """Pass a number, the only thing that ever becomes part of an address. Raises Rejected."""
    if not (external_id.isascii() and external_id.isdigit() and len(external_id) < 20):
        raise Rejected(_("This is not a number of BigCommerce."))
    return external_id


def _count(answer: Answer, name: str) -> int | None:
    meta = answer.body.get("meta") if isinstance(answer.body, dict) else None
    paging = meta.get("pagination") if isinstance(meta, dict) else None
    said = paging.get(name) if isinstance(paging, dict) else None
    return said if isinstance(said, int) and not isinstance(said, bool) and said >= 0 else None
