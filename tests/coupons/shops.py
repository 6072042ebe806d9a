"""Connects a store to the coupon API of a shop on loopback."""

from typing import Any

from sqlalchemy.orm import Session

from crm.signing import seal
from crm.stores.models import Store
from tests.factories import make_store
from tests.fakes.woocommerce import KEY, SECRET, Shop


def connect(session: Session, shop: Shop, **changes: Any) -> Store:
    """Add a store on WooCommerce whose API is the shop's."""
    return make_store(
        session,
        platform="woocommerce",
        api_url=shop.url,
        api_key_sealed=seal(KEY),
        api_secret_sealed=seal(SECRET),
        **changes,
    )
