"""Two connected shops, a program with the owner's key, and a mail server: nothing else is known."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from crm import clock, db
from crm.access.keys import make_key
from tests.fakes.senders import Post, standard_post, woo_post
from tests.fakes.smtp import MailServer, Received
from tests.fakes.woocommerce import KEY, SECRET, Shop

NOON = "2026-11-21T11:00:00Z"


@dataclass
class Front:
    """Every door a stranger has: webhooks, REST with a key, links in mails, the clock."""

    client: FlaskClient
    key: str
    tick: Callable[[], int]
    at: Callable[[str], None]
    smtp: MailServer

    def api(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Call the API successfully."""
        answer = self.client.open(
            f"/api/v1{path}",
            method=method,
            json=body,
            query_string=query,
            headers={"Authorization": f"Bearer {self.key}"},
        )
        assert 200 <= answer.status_code < 300, answer.get_data(as_text=True)
        return answer.get_json() if answer.data else None

    def items(self, path: str, **query: Any) -> list[Any]:
        """List a collection."""
        found: list[Any] = self.api("GET", path, **query)["items"]
        return found

    def connect(self, name: str, **options: Any) -> "Connected":
        """Connect a store over the API."""
        asked = {"name": name, "currency": "EUR", "timezone": "Europe/Berlin", "locale": "en"}
        made = self.api("POST", "/stores", asked | options)
        return Connected(self, made["slug"], made["secret"])

    def post(self, slug: str, signed: Post) -> int:
        """Post a webhook; gives the status."""
        headers, content = signed
        return self.client.post(f"/webhooks/{slug}", data=content, headers=headers).status_code

    def campaign(self, store: "Connected", kind: str, **changes: Any) -> str:
        """Make and start a campaign; gives its id."""
        message = {"subject": "Hello {{ buyer.first_name }}", "body": "x", "format": "text"}
        asked = {"store": store.slug, "name": kind, "kind": kind, "message": message}
        made = self.api("POST", "/campaigns", asked | changes)
        self.api("POST", f"/campaigns/{made['id']}/start")
        return str(made["id"])

    def decision(self, campaign: str) -> tuple[str, str | None]:
        """Give outcome and reason of a campaign's only decision."""
        (only,) = self.items(f"/campaigns/{campaign}/decisions")
        assert only["sentence"]
        return only["outcome"], only["reason"]

    def buyer(self, email: str) -> Any:
        """Give the one buyer with an address."""
        (only,) = self.items("/buyers", email=email)
        return self.api("GET", f"/buyers/{only['id']}")

    def link(self, mail: Received, path: str) -> str:
        """Find one of our links in a mail's text part."""
        part = mail.mail.get_body(("plain",))
        assert part is not None
        (found,) = set(re.findall(rf"https?://[^/\s]+({path}[\w.~-]+)", part.get_content()))
        return str(found)


@dataclass
class Connected:
    """A store and the secret it signs with."""

    front: Front
    slug: str
    secret: str

    def sends(self, kind: str, content: Any, **signing: Any) -> int:
        """Post a neutral webhook; gives the status."""
        body = {"type": kind, "timestamp": _now(), "data": content}
        return self.front.post(self.slug, standard_post(self.secret, body, **signing))

    def sends_woo(self, topic: str, content: Any) -> int:
        """Post a WooCommerce webhook; gives the status."""
        return self.front.post(
            self.slug, woo_post(self.secret, topic, json.dumps(content).encode())
        )


@pytest.fixture
def front(
    client: FlaskClient, tick: Callable[[], int], at: Callable[[str], None], smtp: MailServer
) -> Front:
    """The product, empty, at noon."""
    at(NOON)
    with db.session() as session:
        _key, plain = make_key(session, "flow", "owner", None, clock.now())
    return Front(client, plain, tick, at, smtp)


@pytest.fixture
def shop() -> Iterator[Shop]:
    """A WooCommerce shop that makes coupons."""
    with Shop() as running:
        yield running


@pytest.fixture
def woo(front: Front, shop: Shop) -> Connected:
    """The WooCommerce store of that shop."""
    api = {"url": shop.url, "key": KEY, "secret": SECRET}
    return front.connect("Tea House", platform="woocommerce", api=api)


@pytest.fixture
def neutral(front: Front) -> Connected:
    """A store that speaks the neutral format."""
    return front.connect("Teehaus", platform="standard")


def _now() -> str:
    return datetime.now(UTC).isoformat()
