"""Registers one webhook for all events with our query, and mends it."""

from collections.abc import Sequence
from typing import Any

from crm.storefronts import ApiAccess, RegisteredHook
from crm.storefronts._saleor import queries
from crm.storefronts._saleor.access import ask, change, check

_NAME = "Regulars"


def find(api: ApiAccess, address: str) -> tuple[RegisteredHook, ...]:
    """List the events that post to our address; of two for one event the active one counts."""
    found: dict[str, RegisteredHook] = {}
    for hook in _ours(api, address):
        for topic in _topics(hook):
            one = RegisteredHook(str(hook["id"]), topic, address, hook.get("isActive") is True)
            if topic not in found or (one.active and not found[topic].active):
                found[topic] = one
    return tuple(found[topic] for topic in sorted(found))


def arm(
    api: ApiAccess, address: str, secret: str, wanted: Sequence[str]
) -> tuple[RegisteredHook, ...]:
    """Make the webhook, or mend the one there is: events, query, and switched on."""
    hooks = _ours(api, address)
    named = [hook for hook in hooks if hook.get("name") == _NAME]
    hook = next(iter(named or hooks), None)
    if hook is None:
        asked = {"name": _NAME, "targetUrl": address, **_state(wanted, secret)}
        check(change(api, queries.CREATE_WEBHOOK, input=asked)["errors"])
    elif secret or not _is_whole(hook, wanted):
        every = [*wanted, *(topic for topic in _topics(hook) if topic not in wanted)]
        asked = _state(every, secret)
        check(change(api, queries.UPDATE_WEBHOOK, id=hook["id"], input=asked)["errors"])
    return find(api, address)


def _ours(api: ApiAccess, address: str) -> list[dict[str, Any]]:
    app = ask(api, queries.WEBHOOKS).get("app")
    listed = app.get("webhooks") if isinstance(app, dict) else None
    hooks = [one for one in listed or [] if isinstance(one, dict) and one.get("id")]
    return [one for one in hooks if _same(str(one.get("targetUrl")), address)]


def _same(url: str, address: str) -> bool:
    return url.rstrip("/") == address.rstrip("/")


def _topics(hook: dict[str, Any]) -> list[str]:
    listed = hook.get("asyncEvents")
    events = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return [str(one.get("eventType")).lower() for one in events]


def _is_whole(hook: dict[str, Any], wanted: Sequence[str]) -> bool:
    is_asking_ours = _packed(hook.get("subscriptionQuery")) == _packed(queries.SUBSCRIPTION)
    return hook.get("isActive") is True and is_asking_ours and set(wanted) <= set(_topics(hook))


def _packed(text: Any) -> list[str]:
    """Compare queries without their line ends."""
    return str(text or "").split()


def _state(topics: Sequence[str], secret: str) -> dict[str, Any]:
    state: dict[str, Any] = {
        "asyncEvents": [topic.upper() for topic in topics],
        "isActive": True,
        "query": queries.SUBSCRIPTION,
    }
    # Without a secret Saleor signs with its own key; later releases know no other way.
    return state | ({"secretKey": secret} if secret else {})
