"""Registers webhooks with BigCommerce and switches on those it has given up."""

from typing import Any

from crm.storefronts import ApiAccess, RegisteredHook
from crm.storefronts._bigcommerce.interface import all_rows, ask, checked


def list_all(api: ApiAccess, address: str) -> tuple[RegisteredHook, ...]:
    """List the webhooks of our API account that post to our address."""
    rows = all_rows(api, "v3/hooks", destination=address)
    mine = [one for one in rows if isinstance(one, dict) and one.get("destination") == address]
    return tuple(_hook(one) for one in mine)


def arm(api: ApiAccess, address: str, wanted: tuple[str, ...]) -> tuple[RegisteredHook, ...]:
    """Register what is missing and revive what is off.

    After 48 hours of failures a webhook is off, after 90 quiet days too. A new one takes up to a
    minute to work; what happens until then is read, not heard.
    """
    present = {hook.topic: hook for hook in sorted(list_all(api, address), key=_is_on)}
    for topic in wanted:
        hook = present.get(topic)
        said = {"scope": topic, "destination": address, "is_active": True}
        if hook is None:
            checked(ask(api, "POST", "v3/hooks", said))
        elif not hook.active:
            checked(ask(api, "PUT", f"v3/hooks/{hook.external_id}", said))
    return list_all(api, address)


def _hook(told: dict[str, Any]) -> RegisteredHook:
    return RegisteredHook(
        external_id=str(told.get("id")),
        topic=str(told.get("scope")),
        address=str(told.get("destination")),
        active=told.get("is_active") is True,
    )


def _is_on(hook: RegisteredHook) -> bool:
    return hook.active
