"""A tea shop on WooCommerce beside the one that tests start with, its interface on a socket."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient

from crm import db
from crm.stores.connect import NewStore, connect_store
from tests.factories import NOW
from tests.fakes.woocommerce import KEY, SECRET, Shop


@dataclass(frozen=True)
class WooStore:
    """A connected store and the shop behind it."""

    id: int
    slug: str
    shop: Shop


@pytest.fixture
def woo(client: FlaskClient) -> Iterator[WooStore]:
    """The store `woo-house`, connected at NOW with access to its interface."""
    del client
    with Shop() as shop:
        new = NewStore(
            "Woo House",
            "woocommerce",
            "EUR",
            "Europe/Berlin",
            secret="hook-secret",
            api_url=shop.url,
            api_key=KEY,
            api_secret=SECRET,
        )
        with db.session() as session:
            store, _secret = connect_store(session, new, NOW)
        yield WooStore(store.id, store.slug, shop)
