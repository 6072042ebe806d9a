"""Registers WooCommerce's webhooks and makes those anew that it has switched off.

It counts failures and switches a webhook off at the seventh in a row; switched on again through
the interface it keeps its count, and one more failure would end it. A new one starts at nought.
"""

from typing import Any

from crm.storefronts import ApiAccess, RegisteredHook
from crm.storefronts._woo.interface import Request, ask, check, get, is_gone, rows_of, total_of
from crm.storefronts._woo.paging import id_of
from crm.storefronts.woocommerce import HOOKS

_PAGE = 100
_MOST_PAGES = 20


def list_ours(api: ApiAccess, address: str) -> tuple[RegisteredHook, ...]:
    """List the webhooks that post to our address, those switched off too."""
    found: list[RegisteredHook] = []
    for page in range(1, _MOST_PAGES + 1):
        answer = get(api, "webhooks", status="all", per_page=str(_PAGE), page=str(page))
        check(api, answer)
        rows = rows_of(answer)
        found += [hook for row in rows if (hook := _hook(row)) and _same(hook.address, address)]
        total = total_of(answer)
        if not rows or (len(rows) < _PAGE if total is None else total <= page * _PAGE):
            break
    return tuple(found)


def arm(api: ApiAccess, address: str, secret: str) -> tuple[RegisteredHook, ...]:
    """Register what is missing, make anew what is off, give the others our present secret."""
    ours = list_ours(api, address)
    active = {hook.topic for hook in ours if hook.active}
    for topic in HOOKS:
        if topic not in active:
            _register(api, topic, address, secret)
    for hook in ours:
        if hook.topic in HOOKS:
            _give_secret(api, hook, secret) if hook.active else _delete(api, hook)
    return list_ours(api, address)


def _register(api: ApiAccess, topic: str, address: str, secret: str) -> None:
    payload = {
        "name": f"Regulars: {topic}",
        "topic": topic,
        "delivery_url": address,
        "secret": secret,
        "status": "active",
        "api_version": "wp_api_v3",
    }
    check(api, ask(api, Request("POST", "webhooks", payload=payload)))


def _give_secret(api: ApiAccess, hook: RegisteredHook, secret: str) -> None:
    """Set the secret, which the interface never shows; the count of failures stays."""
    place = f"webhooks/{hook.external_id}"
    check(api, ask(api, Request("PUT", place, payload={"secret": secret})))


def _delete(api: ApiAccess, hook: RegisteredHook) -> None:
    """Delete one for good: webhooks know no trash."""
    answer = ask(api, Request("DELETE", f"webhooks/{hook.external_id}", {"force": "true"}))
    if not is_gone(answer):
        check(api, answer)


def _hook(row: Any) -> RegisteredHook | None:
    number = id_of(row)
    if number is None or not isinstance(row, dict):
        return None
    return RegisteredHook(
        external_id=str(number),
        topic=str(row.get("topic", "")),
        address=str(row.get("delivery_url", "")),
        active=row.get("status") == "active",
    )


def _same(one: str, other: str) -> bool:
    return one.rstrip("/") == other.rstrip("/")
