"""Lists reviews through Yotpo's interface (api.yotpo.com, version 1)."""

from typing import Any
from urllib.parse import quote

from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.storefronts import ApiAccess, Asked, Home, Page
from crm.storefronts._http import Ask, call
from crm.storefronts._reviews.pages import listed, page_number, pictures
from crm.storefronts._reviews.yotpo import read_review

_HOME = "https://api.yotpo.com"
_COUNT = 100


def read_page(api: ApiAccess, _home: Home, asked: Asked) -> Page:
    """Read a page of reviews; their order is not documented, so every page is read."""
    number = page_number(asked)
    params = {"utoken": _token(api), "count": str(_COUNT), "page": str(number)}
    if asked.since is not None:
        # By the day; whatever comes that is older is passed over here.
        params["since_updated_at"] = f"{asked.since:%Y-%m-%d}"
    url = f"{_home_of(api)}/v1/apps/{quote(api.key, safe='')}/reviews"
    answer = call(Ask("GET", url, params=params))
    if answer.status != 200:
        raise Rejected(_("Yotpo refuses to list reviews (%(status)s).", status=answer.status))
    found = _reviews(answer.body)
    is_last = len(found) < _COUNT
    return Page(pictures(found, read_review, asked.since), None if is_last else str(number + 1))


def _token(api: ApiAccess) -> str:
    """Get a token for an hour's work; it lasts longer, but there is nowhere safe to keep it."""
    asked = {
        "client_id": api.key,
        "client_secret": api.secret,
        "grant_type": "client_credentials",
    }
    answer = call(Ask("POST", f"{_home_of(api)}/oauth/token", payload=asked, reads=True))
    token = answer.body.get("access_token") if isinstance(answer.body, dict) else None
    if answer.status != 200 or not isinstance(token, str) or not token:
        raise Rejected(
            _("Yotpo refuses our app key and secret (%(status)s).", status=answer.status)
        )
    return token


def _reviews(body: Any) -> list[Any]:
    """Find the reviews, which stand bare or inside `response`."""
    wrapped = isinstance(body, dict) and "response" in body
    return listed(body, "response", "reviews") if wrapped else listed(body, "reviews")


def _home_of(api: ApiAccess) -> str:
    return (api.url or _HOME).rstrip("/")
