from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import ingest
from crm.buyers import completeness, notes, profile, queries, tags, vip, zones
from crm.buyers.models import Buyer, FlagChange, Identity
from crm.errors import Conflict, NotFound, Rejected
from crm.stores.models import Store
from tests.factories import NOW, buyer_event, make_buyer, make_order, make_store, version


@pytest.fixture
def ada(session: Session) -> Buyer:
    return make_buyer(session, make_store(session), email="ada@example.test", external_id="77")


def test_a_seller_may_set_every_field_that_is_not_computed(session: Session, ada: Buyer) -> None:
    given = {
        "email": "Ada@New.test",
        "phone": "0151 23456789",
        "name": "Ada Lovelace Brew",
        "birthday": "1990-02-29",
        "birthday_calendar": "lunar",
        "city": "Kiel",
        "region": "SH",
        "postcode": "24103",
        "country": "de",
        "locale": "de",
        "timezone": "Europe/Vienna",
        "occupation": "Engineer",
        "attributes": {"shoe_size": 39, "likes": "oolong"},
    }
    profile.change_profile(session, ada, given, "Mia", NOW)
    assert (ada.email, ada.phone) == ("ada@new.test", "+4915123456789")
    assert (ada.first_name, ada.last_name) == ("Ada Lovelace", "Brew")
    assert (profile.birthday_text(ada), ada.birth_calendar) == ("1990-02-29", "lunar")
    assert (ada.country, ada.timezone, ada.timezone_source) == ("DE", "Europe/Vienna", "seller")
    assert ada.attributes == {"shoe_size": 39, "likes": "oolong"}
    names = {row.value for row in session.scalars(select(Identity))}
    assert names == {"77", "ada@new.test", "+4915123456789"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "nobody"),
        ("phone", "call me"),
        ("birthday", "1990-02-30"),
        ("birthday", "29.02.1990"),
        ("birthday", "0042-01-01"),
        ("birthday_calendar", "mayan"),
        ("country", "Germany"),
        ("locale", "klingon!"),
        ("timezone", "Mars/Olympus"),
        ("city", 12),
        ("city", "a\x00b"),
        ("first_name", "x" * 301),
        ("attributes", ["a"]),
        ("attributes", {"deep": {"er": 1}}),
        ("spent", "12.00"),
        ("id", "5"),
    ],
)
def test_a_wrong_value_is_refused_by_its_field(
    session: Session, ada: Buyer, field: str, value: object
) -> None:
    with pytest.raises(Rejected) as refused:
        profile.change_profile(session, ada, {field: value, "city ": "x"}, "Mia", NOW)
    assert field in refused.value.errors
    assert ada.city is None


def test_a_birthday_may_lack_its_year(session: Session, ada: Buyer) -> None:
    profile.change_profile(session, ada, {"birthday": "--02-29"}, "Mia", NOW)
    assert (ada.birth_year, profile.birthday_text(ada)) == (None, "--02-29")
    profile.change_profile(session, ada, {"birthday": None}, "Mia", NOW)
    assert profile.birthday_text(ada) is None


def test_what_was_set_by_hand_outlives_the_storefront(session: Session, ada: Buyer) -> None:
    store = store_of(session, ada)
    profile.change_profile(session, ada, {"city": "Kiel", "first_name": None}, "Mia", NOW)
    newer = buyer_event(version=version(NOW + timedelta(days=3)), postcode="10115")
    ingest.apply(session, store, newer, live=True, now=NOW)
    assert (ada.city, ada.first_name, ada.postcode) == ("Kiel", None, "10115")


def test_an_address_of_somebody_else_is_refused_by_name(session: Session, ada: Buyer) -> None:
    bo = make_buyer(session, store_of(session, ada), email="bo@example.test")
    with pytest.raises(Conflict, match=str(bo.id)):
        profile.change_profile(session, ada, {"email": "BO@example.test"}, "Mia", NOW)


def test_a_phone_may_be_shared_within_a_family(session: Session, ada: Buyer) -> None:
    store = store_of(session, ada)
    bo = make_buyer(session, store, phone="+4915123456789")
    profile.change_profile(session, ada, {"phone": "+4915123456789"}, "Mia", NOW)
    assert ada.phone == bo.phone
    owner = session.scalars(select(Identity.buyer_id).where(Identity.kind == "phone")).one()
    assert owner == bo.id


def store_of(session: Session, buyer: Buyer) -> Store:
    return session.get_one(Store, buyer.store_id)


@pytest.mark.parametrize(
    ("country", "region", "zone"),
    [
        ("DE", None, "Europe/Berlin"),
        ("AT", None, "Europe/Vienna"),
        ("US", "CA", "America/Los_Angeles"),
        ("US", "US-HI", "Pacific/Honolulu"),
        ("US", None, "America/New_York"),
        ("AU", "wa", "Australia/Perth"),
        ("CN", "Xinjiang", "Asia/Shanghai"),
        ("ES", "GC", "Atlantic/Canary"),
        ("XX", None, None),
        (None, None, None),
    ],
)
def test_a_zone_is_guessed_from_the_address(
    country: str | None, region: str | None, zone: str | None
) -> None:
    assert zones.guess_zone(country, region) == zone


def test_every_zone_of_the_tables_exists() -> None:
    named = [
        *zones.MAIN.values(),
        *(z for states in zones.BY_REGION.values() for z in states.values()),
    ]
    assert [zone for zone in named if not zones.is_zone(zone)] == []


def test_a_zone_comes_from_the_address_the_phone_or_the_store(session: Session) -> None:
    store = make_store(session)
    buyer = make_buyer(session, store)
    assert zones.buyer_zone(buyer, store)[1] == "store"
    profile.change_profile(session, buyer, {"phone": "+81 3 1234 5678"}, "Mia", NOW)
    assert (str(zones.buyer_zone(buyer, store)[0]), buyer.timezone_source) == (
        "Asia/Tokyo",
        "phone",
    )
    profile.change_profile(session, buyer, {"country": "PT"}, "Mia", NOW)
    assert (buyer.timezone, buyer.timezone_source) == ("Europe/Lisbon", "address")
    profile.change_profile(session, buyer, {"timezone": "Asia/Tokyo"}, "buyer", NOW)
    assert (buyer.timezone, buyer.timezone_source) == ("Asia/Tokyo", "buyer")
    profile.change_profile(session, buyer, {"timezone": None}, "buyer", NOW)
    assert (buyer.timezone, buyer.timezone_source) == ("Europe/Lisbon", "address")


def test_a_stores_country_is_its_option_its_zone_or_its_locale(session: Session) -> None:
    assert zones.store_country(make_store(session, country="AT")) == "AT"
    assert zones.store_country(make_store(session, country=None)) == "DE"
    floating = make_store(session, country=None, timezone="UTC", locale="pt-BR")
    assert zones.store_country(floating) == "BR"


def test_tags_are_cleaned_counted_and_remembered(session: Session, ada: Buyer) -> None:
    assert tags.set_tags(session, ada, ["  green   tea ", "VIP", ""], "Mia", NOW) == [
        "VIP",
        "green tea",
    ]
    tags.set_tags(session, ada, ["VIP"], "Mia", NOW)
    tags.set_tags(session, ada, ["VIP"], "Mia", NOW)
    told = [change.detail for change in session.scalars(select(FlagChange))]
    assert told == [
        {"added": ["VIP", "green tea"], "removed": []},
        {"added": [], "removed": ["green tea"]},
    ]
    with pytest.raises(Rejected):
        tags.set_tags(session, ada, ["x" * 61], "Mia", NOW)


def test_a_vip_pin_is_remembered_with_its_reason(session: Session, ada: Buyer) -> None:
    vip.set_vip(session, ada, vip.Pin(True, "founder's aunt"), "Mia", NOW)
    vip.set_vip(session, ada, vip.Pin(True, "founder's aunt"), "Mia", NOW)
    assert (ada.vip, ada.vip_reason, ada.vip_at) == (True, "founder's aunt", NOW)
    vip.set_vip(session, ada, vip.Pin(False), "Mia", NOW)
    assert (ada.vip, ada.vip_reason, ada.vip_at) == (False, None, None)
    assert len(session.scalars(select(FlagChange)).all()) == 2


def test_pinned_notes_stay_on_top_and_empty_ones_are_refused(session: Session, ada: Buyer) -> None:
    for text, pinned in (("first", True), ("second", False)):
        notes.add_note(session, ada, notes.NewNote(text, pinned), "Mia", NOW)
    found = queries.notes_of(session, ada.store_id, ada.id)
    assert [note.text for note in found] == ["first", "second"]
    with pytest.raises(Rejected):
        notes.add_note(session, ada, notes.NewNote("  "), "Mia", NOW)


def test_completeness_is_the_share_of_filled_fields(session: Session, ada: Buyer) -> None:
    assert completeness.rate(ada) == 30
    assert "birthday" in completeness.missing(ada)
    buyers, counts = completeness.field_counts(session, ada.store_id)
    assert (buyers, counts["email"], counts["birthday"]) == (1, 1, 0)


def test_a_search_finds_by_every_name_and_keeps_to_its_stores(session: Session, ada: Buyer) -> None:
    store = store_of(session, ada)
    bo = make_buyer(
        session, store, email="bo@example.test", phone="+4915123456789", last_name="50%_Off"
    )
    elsewhere = make_buyer(session, make_store(session), email="ada@example.test")
    vip.set_vip(session, bo, vip.Pin(True), "Mia", NOW)
    tags.set_tags(session, bo, ["tea"], "Mia", NOW)
    make_order(session, store, bo)

    def found(**wanted: object) -> list[int]:
        rows = queries.search(session, [store.id], queries.Wanted(**wanted), None, 10)  # type: ignore[arg-type]
        return [buyer.id for buyer in rows]

    assert found() == [bo.id, ada.id]
    assert found(email="ADA@example.test") == [ada.id]
    assert found(phone="+49 151 23456789") == [bo.id]
    assert found(external_id="77") == [ada.id]
    assert found(q="brew") == [ada.id]
    assert found(q="50%_o") == [bo.id]
    assert found(q="%") == [bo.id]
    assert found(vip=True) == found(tag="tea") == [bo.id]
    assert found(tier="A") == []
    everywhere = queries.search(session, None, queries.Wanted(email="ada@example.test"), None, 10)
    assert [buyer.id for buyer in everywhere] == [elsewhere.id, ada.id]
    page = queries.search(session, [store.id], queries.Wanted(), bo.id, 10)
    assert [buyer.id for buyer in page] == [ada.id]
    with pytest.raises(NotFound):
        queries.get_buyer(session, [store.id], elsewhere.id)
    assert queries.get_buyer(session, None, elsewhere.id) is elsewhere
