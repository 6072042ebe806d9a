"""Asks Saleor's interface; its refusals of a change come with status 200 in `errors`."""

from collections.abc import Mapping, Sequence
from typing import Any

from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.storefronts import ApiAccess, _graphql


def ask(api: ApiAccess, text: str, **variables: Any) -> dict[str, Any]:
    """Ask for something. Raises Rejected or Unavailable."""
    return _graphql.query(_place(api), _headers(api), text, variables)


def change(api: ApiAccess, text: str, **variables: Any) -> dict[str, Any]:
    """Change one thing; gives what its mutation answers, with `errors` as a list.

    Raises Rejected or Unavailable.
    """
    answered = _graphql.mutate(_place(api), _headers(api), text, variables)
    result = next(iter(answered.values()), None)
    found = result if isinstance(result, dict) else {}
    return {**found, "errors": [one for one in _rows(found.get("errors")) if isinstance(one, dict)]}


def check(errors: Sequence[Mapping[str, Any]]) -> None:
    """Refuse when a change was refused, in Saleor's words."""
    if errors:
        said = "; ".join(str(error.get("message") or error.get("code"))[:200] for error in errors)
        raise Rejected(_("The storefront refuses (%(said)s).", said=said[:500]))


def codes(errors: Sequence[Mapping[str, Any]]) -> set[str]:
    """Name the kinds of refusal."""
    return {str(error.get("code")) for error in errors}


def nodes(connection: Any) -> list[Any]:
    """List what a connection holds."""
    edges = connection.get("edges") if isinstance(connection, dict) else None
    return [edge.get("node") for edge in _rows(edges) if isinstance(edge, dict)]


def _rows(listed: Any) -> list[Any]:
    return listed if isinstance(listed, list) else []


def _place(api: ApiAccess) -> str:
    """Find the interface under its own address or the shop's; it ends in a slash."""
    home = api.url.rstrip("/")
    return f"{home}/" if home.endswith("/graphql") else f"{home}/graphql/"


def _headers(api: ApiAccess) -> dict[str, str]:
    return {"Authorization": f"Bearer {api.key}"}
