"""Signs in to a Vendure server and asks its Admin API."""

from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.storefronts import ApiAccess
from crm.storefronts._graphql import Closed, mutate, query
from crm.storefronts._http import Ask, call

# A key goes in a header of this name, which then stands in the place of the user's name.
KEY_HEADER = "vendure-api-key"
_TOKEN_HEADER = "vendure-auth-token"  # noqa: S105 - the name of a header
_MOST_TOKENS = 500
_LOGIN = """mutation($user: String!, $password: String!) {
  login(username: $user, password: $password) { __typename ... on ErrorResult { errorCode } }
}"""

_Send = Callable[[str, Mapping[str, str], str, Mapping[str, Any] | None], dict[str, Any]]
_tokens: dict[tuple[str, str, str], str] = {}
_lock = Lock()


def ask(api: ApiAccess, text: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Read something. Raises Rejected or Unavailable."""
    return _signed_in(api, query, text, variables)


def change(api: ApiAccess, text: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Change something, with one try. Raises Rejected or Unavailable."""
    return _signed_in(api, mutate, text, variables)


def number(api: ApiAccess, option: str, low: int, high: int) -> int:
    """Read an option that is a whole number. Raises Rejected."""
    text = api.options.get(option, "").strip()
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else -1
    if not low <= number <= high:
        raise Rejected(_("The option %(name)s must be a whole number.", name=option))
    return number


def _signed_in(
    api: ApiAccess, send: _Send, text: str, variables: Mapping[str, Any] | None
) -> dict[str, Any]:
    if api.key.lower() == KEY_HEADER:
        return send(_place(api), {KEY_HEADER: api.secret, **_channel(api)}, text, variables)
    kept = _tokens.get(_name(api))
    try:
        return send(_place(api), _bearer(api, kept or _sign_in(api)), text, variables)
    except Closed:
        # A session ends after a year or when the server forgets it; a wrong right stays wrong.
        if kept is None:
            raise
        return send(_place(api), _bearer(api, _sign_in(api)), text, variables)


def _sign_in(api: ApiAccess) -> str:
    payload = {"query": _LOGIN, "variables": {"user": api.key, "password": api.secret}}
    answer = call(Ask("POST", _place(api), payload=payload, reads=True))
    said = _login_said(answer.body)
    if said != "CurrentUser":
        raise Rejected(
            _("The storefront does not let our user sign in (%(said)s).", said=said[:100])
        )
    token = answer.headers.get(_TOKEN_HEADER, "")
    if not token:
        raise Rejected(
            _("The server gives no token: its authOptions.tokenMethod must name 'bearer'.")
        )
    with _lock:
        if len(_tokens) >= _MOST_TOKENS:
            _tokens.clear()
        _tokens[_name(api)] = token
    return token


def _login_said(body: Any) -> str:
    """Read what came of signing in: `CurrentUser`, or the name of the refusal."""
    found = body.get("data") if isinstance(body, dict) else None
    said = found.get("login") if isinstance(found, dict) else None
    if not isinstance(said, dict):
        raise Rejected(_("There is no Vendure interface at the store's address."))
    return str(said.get("errorCode") or said.get("__typename"))


def _bearer(api: ApiAccess, token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", **_channel(api)}


def _channel(api: ApiAccess) -> dict[str, str]:
    token = api.options.get("channel_token", "")
    return {"vendure-token": token} if token else {}


def _place(api: ApiAccess) -> str:
    """Find the interface under the server's own address, or take it as given."""
    home = api.url.rstrip("/")
    return home if home.endswith("admin-api") else f"{home}/admin-api"


def _name(api: ApiAccess) -> tuple[str, str, str]:
    return (_place(api), api.key, api.secret)
