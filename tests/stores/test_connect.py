"""Connecting a store: what a seller says is checked by field, what is secret is sealed."""

import base64
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.errors import Rejected
from crm.storefronts import woocommerce
from crm.stores import access, connect, secrets
from crm.stores.connect import NewStore
from crm.stores.models import Store, StoreSecret
from crm.stores.queries import find_store, get_store, get_store_by_id, list_stores
from crm.stores.slugs import slug_of
from crm.stores.zones import zone
from tests.factories import NOW

NEW = NewStore("Tea House", "standard", "EUR", "Europe/Berlin", locale="de", country="DE")


def test_a_store_is_connected_with_a_secret_of_its_own(session: Session) -> None:
    store, secret = connect.connect_store(session, NEW, NOW)
    assert (store.slug, store.platform, store.currency) == ("tea-house", "standard", "EUR")
    assert secret.startswith("whsec_")
    assert secrets.live_secrets(session, store, NOW) == (secret,)
    assert connect.webhook_url(store).endswith("/webhooks/tea-house")
    assert str(zone(store)) == "Europe/Berlin"


def test_nothing_secret_stands_in_the_database_in_the_open(session: Session) -> None:
    given = {"secret": "planted-secret", "api_key": "planted-key", "api_secret": "planted-word"}
    new = replace(NEW, platform="woocommerce", api_url="https://tea.example.test", **given)
    store, _secret = connect.connect_store(session, new, NOW)
    session.flush()
    rows = session.execute(
        select(func.row_to_json(Store.__table__.table_valued())).select_from(Store)
    ).all()
    rows += session.execute(
        select(func.row_to_json(StoreSecret.__table__.table_valued())).select_from(StoreSecret)
    ).all()
    assert len(rows) == 2
    assert not [word for word in given.values() if word in str(rows)]
    assert access.api_access(store) == access.ApiAccess(
        "https://tea.example.test", "planted-key", "planted-word", "EUR", woocommerce.OPTIONS
    )
    assert "planted" not in repr(access.api_access(store)) + repr(new)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Tea House", "tea-house"),
        ("  Müller & Söhne  ", "muller-sohne"),
        ("老王茶铺", "lao-wang-cha-pu"),
        ("茶 House 2", "cha-house-2"),
        ("Чайный дом", "chaynyy-dom"),
        ("Straße", "strasse"),
        ("Joe's Tea", "joes-tea"),
        ("TEA", "tea"),
        ("!!!", "store"),
        ("x" * 90, "x" * 40),
    ],
)
def test_a_slug_can_be_read_aloud(name: str, slug: str) -> None:
    assert slug_of(name) == slug


def test_stores_of_one_name_get_slugs_of_their_own(session: Session) -> None:
    slugs = [connect.connect_store(session, NEW, NOW)[0].slug for _ in range(3)]
    assert slugs == ["tea-house", "tea-house-2", "tea-house-3"]


def test_codes_are_kept_as_standards_write_them(session: Session) -> None:
    new = replace(NEW, currency=" cny ", country="cn", locale="zh_Hans", timezone="Asia/Shanghai")
    store, _secret = connect.connect_store(session, new, NOW)
    assert (store.currency, store.country, store.locale) == ("CNY", "CN", "zh-Hans")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("name", "x" * 101),
        ("name", "a\u202eb"),
        ("platform", "shopifi"),
        ("currency", "EURO"),
        ("currency", "€"),
        ("timezone", "Berlin"),
        ("timezone", "CEST"),
        ("timezone", ""),
        ("timezone", "../../etc/passwd"),
        ("locale", "klingon!"),
        ("locale", ""),
        ("country", "Germany"),
        ("country", "EU"),
        ("country", "XX"),
        ("api_url", "ftp://tea.example.test"),
        ("api_url", "https://user:pass@tea.example.test"),
        ("api_url", "https://"),
        ("api_url", "https://tea.example.test:99999999"),
        ("url", "tea.example.test"),
        ("secret", "whsec_***"),
        ("options", {"birthday": "x"}),
    ],
)
def test_a_wrong_field_is_named(session: Session, field: str, value: Any) -> None:
    with pytest.raises(Rejected) as refusal:
        connect.connect_store(session, replace(NEW, **{field: value}), NOW)
    assert set(refusal.value.errors) == {field}
    assert find_store(session, "tea-house") is None


def test_every_wrong_field_is_named_at_once(session: Session) -> None:
    new = replace(NEW, currency="?", timezone="?", country="?")
    with pytest.raises(Rejected) as refusal:
        connect.connect_store(session, new, NOW)
    assert set(refusal.value.errors) == {"currency", "timezone", "country"}


def test_a_near_miss_is_answered_with_the_zone_that_was_meant(session: Session) -> None:
    with pytest.raises(Rejected) as refusal:
        connect.connect_store(session, replace(NEW, timezone="Europe/Berln"), NOW)
    assert "Europe/Berlin" in refusal.value.errors["timezone"]


def test_a_platform_s_own_options_are_kept(session: Session) -> None:
    new = replace(NEW, platform="woocommerce", options={"birthday_keys": "geburtstag"})
    store, _secret = connect.connect_store(session, new, NOW)
    assert store.options == {"birthday_keys": "geburtstag"}


def test_two_secrets_live_while_one_is_turned_into_the_other(session: Session) -> None:
    store, first = connect.connect_store(session, NEW, NOW)
    second = secrets.rotate_secret(session, store, NOW)
    assert secrets.live_secrets(session, store, NOW + timedelta(hours=23)) == (second, first)
    assert secrets.live_secrets(session, store, NOW + timedelta(hours=24)) == (second,)
    third = secrets.rotate_secret(session, store, NOW + timedelta(hours=1), "whsec_MTIzNDU2Nzg=")
    assert secrets.live_secrets(session, store, NOW + timedelta(hours=2)) == (third, second)


def test_a_secret_whose_time_is_over_is_deleted(session: Session) -> None:
    store, _first = connect.connect_store(session, NEW, NOW)
    secrets.rotate_secret(session, store, NOW)
    assert secrets.forget_ended_secrets(session, NOW + timedelta(hours=23)) == 0
    assert secrets.forget_ended_secrets(session, NOW + timedelta(hours=24)) == 1
    assert session.scalar(select(func.count()).select_from(StoreSecret)) == 1


def test_a_store_can_be_changed_but_not_turned_into_another(session: Session) -> None:
    store, _secret = connect.connect_store(session, NEW, NOW)
    connect.change_store(session, store, {"name": "Tea & Co", "country": None}, NOW)
    assert (store.name, store.country, store.slug) == ("Tea & Co", None, "tea-house")
    for changes in ({"currency": "USD"}, {"platform": "woocommerce"}, {"slug": "x"}, {"id": "5"}):
        with pytest.raises(Rejected) as refusal:
            connect.change_store(session, store, changes, NOW)
        assert set(refusal.value.errors) == set(changes)


def test_a_name_or_zone_cannot_be_taken_away(session: Session) -> None:
    store, _secret = connect.connect_store(session, NEW, NOW)
    for field in ("name", "timezone", "locale"):
        with pytest.raises(Rejected):
            connect.change_store(session, store, {field: None}, NOW)


def test_access_that_was_never_given_is_refused(session: Session) -> None:
    store, _secret = connect.connect_store(session, NEW, NOW)
    with pytest.raises(Rejected):
        access.api_access(store)


def test_stores_are_found_by_slug_by_id_and_within_reach(session: Session) -> None:
    first, _ = connect.connect_store(session, NEW, NOW)
    second, _ = connect.connect_store(session, replace(NEW, name="Another"), NOW)
    assert get_store(session, "tea-house").id == first.id
    assert get_store_by_id(session, second.id).slug == "another"
    assert [one.slug for one in list_stores(session, None)] == ["another", "tea-house"]
    assert [one.slug for one in list_stores(session, [first.id])] == ["tea-house"]
    assert list_stores(session, []) == []
    for missing in (lambda: get_store(session, "nobody"), lambda: get_store_by_id(session, 999)):
        with pytest.raises(Rejected):
            missing()


def test_a_public_key_is_taken_only_whole(session: Session) -> None:
    key = "whpk_" + base64.b64encode(bytes(range(32))).decode()
    store, _secret = connect.connect_store(session, replace(NEW, public_key=f" {key} "), NOW)
    assert store.public_key == key
    for wrong in ("whpk_", "whpk_MTIz", "not base64 at all", key[:-3]):
        with pytest.raises(Rejected) as no:
            connect.connect_store(session, replace(NEW, public_key=wrong), NOW)
        assert set(no.value.errors) == {"public_key"}
