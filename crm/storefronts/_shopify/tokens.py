"""Gets the token that Shopify's interface wants: a lasting one, or one for a day at a time.

Apps made since 2026 have no lasting token; they trade client id and secret for one of 24 hours.
Tokens of both kinds are told from client ids by how they begin.
"""

import hashlib
from collections.abc import Mapping
from threading import Lock
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.storefronts import ApiAccess
from crm.storefronts._http import Ask, call

_LASTING = ("shpat_", "shpca_", "shppa_")
_ADMIN = "admin.shopify.com"
_USUAL_SECONDS, _EARLY_SECONDS = 3600, 300
# By shop and client, for this process alone: the token and until when on the steady clock.
_kept: dict[str, tuple[str, float]] = {}
_lock = Lock()


def access_token(api: ApiAccess, *, fresh: bool = False) -> str:
    """Give a token, which the key may be itself; `fresh`: the one before was refused."""
    if is_lasting(api):
        return api.key
    name = hashlib.sha256("\n".join((shop(api), api.key, api.secret)).encode()).hexdigest()
    with _lock:
        token, until = _kept.get(name, ("", 0.0))
    if fresh or monotonic() >= until:
        token, seconds = _traded(api)
        with _lock:
            _kept[name] = (token, monotonic() + seconds - _EARLY_SECONDS)
    return token


def is_lasting(api: ApiAccess) -> bool:
    """Tell whether the key is a token that lasts."""
    return api.key.startswith(_LASTING)


def shop(api: ApiAccess) -> str:
    """Give the address of the shop's interface, also where a page of its admin was given."""
    parts = urlsplit(api.url)
    names = parts.path.strip("/").split("/")
    if parts.hostname == _ADMIN and len(names) > 1 and names[0] == "store":
        return f"https://{names[1]}.myshopify.com"
    return f"{parts.scheme}://{parts.netloc}"


def _traded(api: ApiAccess) -> tuple[str, int]:
    if not api.secret:
        raise Rejected(_("A client id needs its client secret as the interface's secret."))
    payload = {
        "client_id": api.key,
        "client_secret": api.secret,
        "grant_type": "client_credentials",
    }
    answer = call(Ask("POST", f"{shop(api)}/admin/oauth/access_token", payload=payload, reads=True))
    body: Mapping[str, Any] = answer.body if isinstance(answer.body, dict) else {}
    token, seconds = body.get("access_token"), body.get("expires_in")
    if answer.status != 200 or not isinstance(token, str):
        raise Rejected(
            _(
                "Shopify gives us no access token (%(fault)s): check client id and secret, and "
                "that the app is installed in this shop and belongs to the same organization.",
                fault=str(body.get("error") or answer.status)[:100],
            )
        )
    return token, seconds if isinstance(seconds, int) else _USUAL_SECONDS
