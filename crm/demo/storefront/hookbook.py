"""The webhooks of the sample shop: which were registered, and where they go."""

import threading
from dataclasses import dataclass, field
from typing import Any

from crm.demo.storefront.coupons import Refused


@dataclass(frozen=True, slots=True)
class Door:
    """Where the product takes this shop's webhooks, and how they are signed."""

    url: str
    secret: str


@dataclass
class HookBook:
    """Webhooks by number; every method may be called from any thread."""

    hooks: dict[int, dict[str, Any]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def register(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Add a webhook."""
        with self._lock:
            number = max(self.hooks, default=0) + 1
            known = ("name", "topic", "delivery_url", "secret")
            self.hooks[number] = {"id": number, "status": "active"} | {
                name: str(asked[name]) for name in known
            }
            return _shown(self.hooks[number])

    def list(self) -> list[dict[str, Any]]:
        """List the webhooks; their secrets are never shown."""
        with self._lock:
            return [_shown(hook) for hook in self.hooks.values()]

    def change(self, number: int, asked: dict[str, Any]) -> dict[str, Any]:
        """Change a webhook, or read it when nothing is asked. Raises Refused."""
        with self._lock:
            hook = self._get(number)
            hook |= {name: str(asked[name]) for name in ("secret", "status") if name in asked}
            return _shown(hook)

    def delete(self, number: int) -> dict[str, Any]:
        """Delete a webhook for good. Raises Refused."""
        with self._lock:
            self._get(number)
            return _shown(self.hooks.pop(number))

    def find_door(self) -> Door | None:
        """Find where webhooks go: all of this shop's go to one address."""
        with self._lock:
            on = [hook for hook in self.hooks.values() if hook["status"] == "active"]
            return Door(on[0]["delivery_url"], on[0]["secret"]) if on else None

    def _get(self, number: int) -> dict[str, Any]:
        if number not in self.hooks:
            raise Refused(404, "woocommerce_rest_shop_webhook_invalid_id")
        return self.hooks[number]


def _shown(hook: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in hook.items() if name != "secret"}
