"""How a store is written; its credentials never are."""

from typing import NotRequired, TypedDict

from crm.api.shapes.values import instant
from crm.stores.connect import webhook_url
from crm.stores.models import Store


class StoreShape(TypedDict):
    """A connected storefront; `secret` only in the answer that made it."""

    slug: str
    name: str
    platform: str
    currency: str
    timezone: str
    locale: str
    country: str | None
    url: str | None
    api_url: str | None
    webhook_url: str
    created_at: str
    secret: NotRequired[str]


def store_json(store: Store) -> StoreShape:
    """Write a store."""
    return StoreShape(
        slug=store.slug,
        name=store.name,
        platform=store.platform,
        currency=store.currency,
        timezone=store.timezone,
        locale=store.locale,
        country=store.country,
        url=store.url,
        api_url=store.api_url,
        webhook_url=webhook_url(store),
        created_at=instant(store.created_at),
    )
