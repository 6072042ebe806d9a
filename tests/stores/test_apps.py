"""Apps beside a storefront: a door, secrets and access of their own."""

import pytest
from sqlalchemy.orm import Session

from crm.errors import Conflict, NotFound, Rejected
from crm.stores.access import api_access, has_api
from crm.stores.apps import NewApp, connect_app, disconnect_app, find_app, list_apps
from crm.stores.connect import webhook_url
from crm.stores.secrets import live_secrets, rotate_secret
from tests.factories import NOW, make_store


def test_an_app_has_a_door_and_secrets_of_its_own(session: Session) -> None:
    store = make_store(session)
    app, secret = connect_app(session, store, NewApp("woocommerce", secret="app-word"), NOW)
    assert secret == "app-word"
    assert live_secrets(session, store, NOW) == ()
    assert live_secrets(session, store, NOW, "woocommerce") == ("app-word",)
    assert webhook_url(store, app.platform).endswith(f"/webhooks/{store.slug}/woocommerce")
    fresh = rotate_secret(session, store, NOW, None, "woocommerce")
    assert live_secrets(session, store, NOW, "woocommerce") == (fresh, "app-word")
    assert live_secrets(session, store, NOW) == ()


def test_an_app_s_access_is_kept_sealed_and_apart(session: Session) -> None:
    store = make_store(session)
    said = NewApp("woocommerce", None, "https://tea.example.test", "app-key", "app-secret")
    app, _secret = connect_app(session, store, said, NOW)
    assert (has_api(store), has_api(store, app)) == (False, True)
    assert api_access(store, app).key == "app-key"
    assert "app-key" not in str(app.api_key_sealed)
    with pytest.raises(Rejected):
        api_access(store)


def test_an_app_is_connected_once_and_never_as_the_storefront_itself(session: Session) -> None:
    store = make_store(session)
    connect_app(session, store, NewApp("woocommerce"), NOW)
    for platform in ("woocommerce", "standard"):
        with pytest.raises(Conflict):
            connect_app(session, store, NewApp(platform), NOW)
    with pytest.raises(Rejected) as no:
        connect_app(session, store, NewApp("nothing"), NOW)
    assert "platform" in no.value.errors


def test_an_app_is_taken_away_with_its_secrets(session: Session) -> None:
    store = make_store(session)
    connect_app(session, store, NewApp("woocommerce"), NOW)
    assert [app.platform for app in list_apps(session, store.id)] == ["woocommerce"]
    disconnect_app(session, store, "woocommerce")
    assert find_app(session, store.id, "woocommerce") is None
    assert live_secrets(session, store, NOW, "woocommerce") == ()
    with pytest.raises(NotFound):
        disconnect_app(session, store, "woocommerce")
