"""A connected store of each platform, and posts it signed."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from crm import config, db
from crm.stores.connect import NewStore, connect_store
from crm.webhooks import doors, patience, spool
from tests.factories import NOW
from tests.fakes.senders import Post, standard_post, woo_post


@dataclass(frozen=True)
class Sender:
    """A storefront that posts to us."""

    store_id: int
    slug: str
    secret: str
    platform: str

    @property
    def path(self) -> str:
        """Where its webhooks go."""
        return f"/webhooks/{self.slug}"

    def post(self, body: Any, topic: str = "order.updated", **options: Any) -> Post:
        """Sign a body."""
        if self.platform == "woocommerce":
            return woo_post(self.secret, topic, body)
        return standard_post(self.secret, body, **options)


def connected(platform: str) -> Sender:
    """Connect a store."""
    new = NewStore("Tea House", platform, "EUR", "Europe/Berlin", country="DE")
    with db.session() as session:
        store, secret = connect_store(session, new, NOW)
    return Sender(store.id, store.slug, secret, platform)


@pytest.fixture(autouse=True)
def _clean(database: None) -> Iterator[None]:
    doors.forget()
    patience.forget()
    # The spool is emptied when a test says so.
    config.use(replace(config.settings(), sweep_seconds=3600))
    shutil.rmtree(config.settings().data_dir / "doors", ignore_errors=True)
    yield
    for place in [*spool.waiting(), *spool.broken()]:
        place.unlink()


@pytest.fixture
def shop() -> Sender:
    """A shop that speaks the neutral webhook."""
    return connected("standard")


@pytest.fixture
def woo() -> Sender:
    """A WooCommerce shop."""
    return connected("woocommerce")
