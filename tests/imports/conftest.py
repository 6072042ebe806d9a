"""A WooCommerce shop on a socket, connected with access to its interface."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from crm import db
from crm.stores.connect import NewStore, connect_store
from crm.webhooks import doors
from tests.factories import NOW
from tests.fakes.woocommerce import KEY, SECRET, Shop


@dataclass(frozen=True)
class Connected:
    """A store and the shop behind it."""

    id: int
    slug: str
    shop: Shop


@pytest.fixture
def shop() -> Iterator[Shop]:
    """A shop with nothing in it yet."""
    with Shop() as running:
        yield running


@pytest.fixture
def woo(database: None, shop: Shop) -> Connected:
    """The store of that shop, connected at NOW."""
    doors.forget()
    new = NewStore(
        "Tea House",
        "woocommerce",
        "EUR",
        "Europe/Berlin",
        country="DE",
        secret="hook-secret",
        api_url=shop.url,
        api_key=KEY,
        api_secret=SECRET,
    )
    with db.session() as session:
        store, _secret = connect_store(session, new, NOW)
    return Connected(store.id, store.slug, shop)
