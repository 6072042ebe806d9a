"""The sending side of every storefront platform: a module of its name, found like the platform.

A module defines
    CASES: dict[str, str]             stem of each payload in tests/payloads/<platform>/ → its topic
    post(secret, topic, body) -> Post headers and bytes, signed by other code than ours if possible
and, where the platform differs from what stands here,
    secrets(secret) -> Secrets        what a test verifies with: the one secret
    SIGNATURE: str                    the header that carries the signature: found by its name
    SIGNS_BODY: bool                  whether the signature covers the body: True
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from crm import db
from crm.storefronts import Home, Hook, Secrets, get_storefront
from crm.stores.secrets import add
from tests.factories import NOW, make_store
from tests.fakes.senders import PAYLOADS, Post

RECEIVED = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
_SIGNATURE = re.compile(r"signature|hmac|hash|authorization|secret|token")


@dataclass(frozen=True)
class Front:
    """How a platform posts."""

    platform: str
    cases: Mapping[str, str]
    post: Callable[[str, str, bytes | Any], Post]
    secrets: Callable[[str], Secrets]
    signs_body: bool
    said_signature: str | None

    def hook(self, secret: str, topic: str, body: bytes | Any) -> Hook:
        """Sign a body and look at it as the door does."""
        headers, content = self.post(secret, topic, body)
        return Hook(content, {name.lower(): value for name, value in headers.items()}, RECEIVED)

    def case(self, secret: str, stem: str) -> Hook:
        """Sign one of the payloads under its topic."""
        return self.hook(secret, self.cases[stem], self.body(stem))

    def body(self, stem: str) -> bytes:
        """Read one of the payloads."""
        (place,) = (PAYLOADS / self.platform).glob(f"{stem}.*")
        return place.read_bytes()

    def signature(self, hook: Hook) -> str:
        """Name the header that carries the signature."""
        if self.said_signature:
            return self.said_signature
        (name,) = [name for name in hook.headers if _SIGNATURE.search(name)]
        return name


def get_front(platform: str) -> Front:
    """Load a platform's sending side."""
    name = f"{__name__}.{platform}"
    assert find_spec(name), f"{platform} has no tests/fakes/fronts/{platform}.py"
    module = import_module(name)
    return Front(
        platform,
        module.CASES,
        module.post,
        getattr(module, "secrets", lambda secret: Secrets((secret,))),
        getattr(module, "SIGNS_BODY", True),
        getattr(module, "SIGNATURE", None),
    )


def stems(platform: str) -> set[str]:
    """List the payloads of a platform."""
    return {place.stem for place in (PAYLOADS / platform).iterdir()}


def connect(front: Front) -> "Shop":
    """Connect a store of a platform."""
    secret = get_storefront(front.platform).new_secret()
    given = front.secrets(secret)
    with db.session() as session:
        store = make_store(
            session,
            platform=front.platform,
            public_key=given.public_key,
            jwks_url=given.jwks_url,
            options={},
        )
        for live in given.live:
            add(session, store.id, front.platform, live, NOW)
    return Shop(front, store.id, store.slug, secret)


@dataclass(frozen=True)
class Shop:
    """A connected store of a platform, and the secret it signs with."""

    front: Front
    store_id: int
    slug: str
    secret: str


def home(platform: str) -> Home:
    """Give a tea shop in Berlin with the platform's own options."""
    return Home("EUR", "Europe/Berlin", "DE", "de", dict(get_storefront(platform).OPTIONS))
