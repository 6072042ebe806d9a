"""Lists reviews and registers webhooks through Judge.me's interface (judge.me/api/v1)."""

from typing import Any

from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.storefronts import ApiAccess, Asked, Home, Page, RegisteredHook
from crm.storefronts._http import Answer, Ask, call
from crm.storefronts._reviews.judge import read_review
from crm.storefronts._reviews.pages import listed, page_number, pictures

_HOME = "https://judge.me/api/v1"
_PER_PAGE = 100


def read_page(api: ApiAccess, _home: Home, asked: Asked) -> Page:
    """Read a page of reviews, the newest first, up to one on which nothing changed since.

    New ones push the others on to later pages, so that nothing is left out.
    """
    number = page_number(asked)
    params = {"per_page": str(_PER_PAGE), "page": str(number)}
    found = listed(_checked(_ask(api, "GET", "reviews", params)).body, "reviews")
    news = pictures(found, read_review, asked.since)
    is_last = len(found) < _PER_PAGE or not news
    return Page(news, None if is_last else str(number + 1))


def list_hooks(api: ApiAccess, address: str) -> tuple[RegisteredHook, ...]:
    """List our webhooks; Judge.me numbers them and tells no state."""
    body = _checked(_ask(api, "GET", "webhooks", {})).body
    found = body.get("webhooks") if isinstance(body, dict) else None
    hooks = [one for one in found or [] if isinstance(one, dict) and one.get("url") == address]
    return tuple(
        RegisteredHook(str(one.get("id") or one.get("key")), str(one.get("key")), address, True)
        for one in hooks
    )


def arm_hooks(api: ApiAccess, address: str, wanted: tuple[str, ...]) -> tuple[RegisteredHook, ...]:
    """Register what is missing; one that is there already is there."""
    present = {hook.topic for hook in list_hooks(api, address)}
    for topic in wanted:
        if topic not in present:
            webhook = {"webhook": {"key": topic, "url": address}}
            answer = _ask(api, "POST", "webhooks", {}, webhook)
            if "duplicated" not in _error(answer).lower():
                _checked(answer)
    return list_hooks(api, address)


def _ask(
    api: ApiAccess,
    method: str,
    place: str,
    params: dict[str, str],
    payload: dict[str, Any] | None = None,
) -> Answer:
    """Call with the token in its header; where that is not taken, as the older way has it."""
    whose = {"shop_domain": _shop(api), **params}
    url = f"{(api.url or _HOME).rstrip('/')}/{place}"
    headers = {"X-Api-Token": api.key}
    answer = call(Ask(method, url, params=whose, payload=payload, headers=headers))
    if answer.status != 401:
        return answer
    return call(Ask(method, url, params={"api_token": api.key, **whose}, payload=payload))


def _shop(api: ApiAccess) -> str:
    domain = api.options.get("shop_domain", "").strip()
    if not domain:
        raise Rejected(
            _("Judge.me needs the shop's own domain: set the option shop_domain."),
            {"options.shop_domain": _("is missing")},
        )
    return domain


def _checked(answer: Answer) -> Answer:
    if answer.status in (200, 201):
        return answer
    if answer.status in (401, 403):
        raise Rejected(_("Judge.me refuses our token for this shop (%(s)s).", s=answer.status))
    raise Rejected(
        _(
            "Judge.me refuses (%(status)s %(error)s).",
            status=answer.status,
            error=_error(answer)[:200],
        )
    )


def _error(answer: Answer) -> str:
    error = answer.body.get("error") if isinstance(answer.body, dict) else None
    return " ".join(str(one) for one in error) if isinstance(error, list) else str(error or "")
