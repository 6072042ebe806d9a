"""Looking after buyers: finding them, and everything a seller does on a buyer's page."""

from collections.abc import Callable

import pytest

from crm import db
from crm.buyers.consent import consent_states
from crm.buyers.models import Buyer
from crm.buyers.queries import get_buyer, notes_of, tags_of
from crm.buyers.tags import set_tags
from crm.segments.queries import save_segment
from crm.stores.models import Store
from tests.factories import NOW, make_buyer, make_order, make_store
from tests.panel.conftest import Reader


@pytest.fixture
def ada(store: Store) -> Buyer:
    """A buyer of the shop."""
    with db.session() as session:
        return make_buyer(session, session.merge(store), email="ada@example.test", city="Berlin")


def fresh(ada: Buyer) -> Buyer:
    with db.session() as session:
        return get_buyer(session, [ada.store_id], ada.id)


def found(reader: Reader, **filters: str) -> str:
    return reader.post("/buyers", 200, **filters).text


def test_a_buyer_is_found_by_a_part_of_her_name_or_address(
    owner: Reader, store: Store, ada: Buyer
) -> None:
    with db.session() as session:
        make_buyer(session, session.merge(store), first_name="王", last_name="小明", email=None)
    assert f"/buyers/{ada.id}" in found(owner, q="ada b")
    assert f"/buyers/{ada.id}" in found(owner, q="ADA@exam")
    assert f"/buyers/{ada.id}" not in found(owner, q="小明")
    assert "小明" in found(owner, q="小明")
    assert "Nobody fits" in found(owner, q="nobody of this name")


def test_a_search_while_typing_gives_the_list_alone(owner: Reader, ada: Buyer) -> None:
    form = {"csrf_token": owner.token(), "q": "ada"}
    answer = owner.client.post("/buyers", data=form, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert f"/buyers/{ada.id}" in answer.text.split('id="found"')[1]


def test_what_is_searched_for_never_stands_in_an_address(owner: Reader, ada: Buyer) -> None:
    assert "Nobody fits" not in owner.get("/buyers?q=nobody+at+all").words
    assert 'method="post"' in owner.client.get("/buyers").text.split('id="filters"')[1][:60]


def test_the_filters_narrow_together(owner: Reader, store: Store, ada: Buyer) -> None:
    with db.session() as session:
        home = session.merge(store)
        bea = make_buyer(session, home, first_name="Bea", vip=True, tier="A", country="AT")
        set_tags(session, bea, ["oolong"], "owner", NOW)
        rule = {"condition": "vip", "is": True}
        segment = save_segment(session, home, "VIPs", rule, NOW)
    every: tuple[dict[str, str], ...] = (
        {"tier": "A"},
        {"vip": "1"},
        {"tag": "oolong"},
        {"country": "AT"},
        {"segment": str(segment.id)},
        {"tier": "A", "vip": "1", "q": "bea"},
    )
    for filters in every:
        shown = found(owner, **filters)
        assert f"/buyers/{bea.id}" in shown, filters
        assert f"/buyers/{ada.id}" not in shown, filters
    assert "Nobody fits" in found(owner, tier="A", q="ada")


def test_a_long_list_goes_on_where_it_ended(owner: Reader, store: Store) -> None:
    with db.session() as session:
        home = session.merge(store)
        made = [make_buyer(session, home).id for _ in range(45)]
    first = owner.client.get("/buyers").text
    shown = [one for one in made if f"/buyers/{one}&#34;" in first or f'/buyers/{one}"' in first]
    assert shown == made[5:]
    rest = found(owner, before=str(shown[0]))
    assert [one for one in made if f'/buyers/{one}"' in rest] == made[:5]


def test_a_note_is_kept_with_its_author(owner: Reader, ada: Buyer) -> None:
    owner.post(f"/buyers/{ada.id}/notes", text="Likes <b>white</b> tea", pinned="1")
    page = owner.client.get(f"/buyers/{ada.id}").text
    assert "Likes &lt;b&gt;white&lt;/b&gt; tea" in page
    with db.session() as session:
        (note,) = notes_of(session, ada.store_id, ada.id)
    assert (note.pinned, note.author) == (True, "owner@tea.example")


def test_an_empty_note_is_refused_at_its_field(owner: Reader, ada: Buyer) -> None:
    answer = owner.post(f"/buyers/{ada.id}/notes", 422, text="  ")
    assert "A note has 1 to 10,000 characters." in answer.text


def test_tags_come_and_go_and_can_be_taken_back(owner: Reader, ada: Buyer) -> None:
    def tags() -> list[str]:
        with db.session() as session:
            return tags_of(session, ada.store_id, [ada.id]).get(ada.id, [])

    place = f"/buyers/{ada.id}/tags"
    owner.post(place, add="oolong，gift buyer")
    assert tags() == ["gift buyer", "oolong"]
    page = owner.get(f"/buyers/{ada.id}")
    assert "Undo" in page.words
    owner.post(place, remove="oolong")
    assert tags() == ["gift buyer"]
    owner.post(place, way="all", tags="gift buyer,oolong")
    assert tags() == ["gift buyer", "oolong"]
    assert "at most 60 characters" in owner.post(place, 422, add="x" * 61).text


def test_the_vip_star_is_pinned_with_its_reason_and_taken_back(owner: Reader, ada: Buyer) -> None:
    place = f"/buyers/{ada.id}/vip"
    owner.post(place, vip="1", reason="Brings friends")
    assert (fresh(ada).vip, fresh(ada).vip_reason) == (True, "Brings friends")
    page = owner.get(f"/buyers/{ada.id}")
    assert "VIP: Brings friends" in page.words
    owner.post(place, vip="0")
    assert fresh(ada).vip is False


def test_a_consent_needs_its_proof_and_a_withdrawal_does_not(owner: Reader, ada: Buyer) -> None:
    place = f"/buyers/{ada.id}/consents"

    def status() -> str | None:
        with db.session() as session:
            states = consent_states(session, ada.store_id, [ada.id]).get(ada.id, {})
            return states["email"].status if "email" in states else None

    asked = {"channel": "email", "status": "granted", "source": "phone"}
    refused = owner.post(place, 422, **asked)
    assert "Say how you know" in refused.text
    assert status() is None
    owner.post(place, **asked, proof="Her call of 3 May")
    assert status() == "granted"
    owner.post(place, channel="email", status="withdrawn", source="phone")
    assert status() == "withdrawn"
    history = owner.get(f"/buyers/{ada.id}?part=consents")
    assert "Her call of 3 May" in history.words


def test_particulars_are_changed_and_a_fault_names_its_field(owner: Reader, ada: Buyer) -> None:
    place = f"/buyers/{ada.id}/edit"
    form = {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.test"}
    owner.post(place, **form, birthday="--02-29", city="Wien", country="at")
    kept = fresh(ada)
    assert (kept.last_name, kept.city, kept.country) == ("Lovelace", "Wien", "AT")
    assert (kept.birth_month, kept.birth_day, kept.birth_year) == (2, 29, None)
    answer = owner.post(place, 422, **form, birthday="29.2.", country="Germany")
    assert 'id="error-birthday"' in answer.text
    assert 'id="error-country"' in answer.text
    assert 'value="29.2."' in answer.text
    assert fresh(ada).birth_month == 2


def test_an_address_of_somebody_else_is_refused_with_the_way_out(
    owner: Reader, store: Store, ada: Buyer
) -> None:
    with db.session() as session:
        bea = make_buyer(session, session.merge(store), email="bea@example.test")
    answer = owner.post(f"/buyers/{ada.id}/edit", 422, email="bea@example.test")
    assert f"This address is that of buyer {bea.id}; merge the two." in answer.text
    assert fresh(ada).email == "ada@example.test"


def test_two_buyers_become_one_and_two_again(owner: Reader, store: Store, ada: Buyer) -> None:
    with db.session() as session:
        bea = make_buyer(session, session.merge(store), email="bea@example.test")
    owner.post(f"/buyers/{ada.id}/merge", other=str(bea.id))
    led = owner.client.get(f"/buyers/{bea.id}")
    assert led.headers["Location"] == f"/buyers/{ada.id}"
    owner.post(f"/buyers/{ada.id}/unmerge")
    assert owner.client.get(f"/buyers/{bea.id}").status_code == 200
    owner.post(f"/buyers/{ada.id}/merge", other=str(ada.id))
    assert "cannot be merged into the same buyer" in owner.notices()


def test_a_refusal_reaches_a_reader_with_htmx_as_a_notice(owner: Reader, ada: Buyer) -> None:
    form = {"csrf_token": owner.token(), "other": str(ada.id)}
    answer = owner.client.post(f"/buyers/{ada.id}/merge", data=form, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert answer.headers["HX-Retarget"] == "#notices"
    assert "cannot be merged into the same buyer" in answer.text


def test_orders_are_shown_with_what_was_given_back(owner: Reader, store: Store, ada: Buyer) -> None:
    with db.session() as session:
        make_order(session, session.merge(store), ada, number="#77", refunded_minor=1000)
    page = owner.get(f"/buyers/{ada.id}?part=orders")
    assert "#77" in page.words
    assert "€59.90" in page.words
    assert "−€10.00" in page.words


def test_a_long_history_goes_on_page_by_page(owner: Reader, store: Store, ada: Buyer) -> None:
    with db.session() as session:
        home = session.merge(store)
        for number in range(90):
            make_order(session, home, ada, number=f"#{number:03}")
    path, seen = f"/buyers/{ada.id}", 0
    for _ in range(3):
        page = owner.get(path)
        seen += page.words.count("Order #")
        onward = [link for link in page.links if "cursor=" in link]
        path = onward[0] if onward else ""
    assert (seen, path) == (90, "")
    owner.get(f"/buyers/{ada.id}?cursor=nonsense")
    owner.get(f"/buyers/{ada.id}?cursor=20261399T000000.000000Z~order~1")


def test_a_viewer_reads_but_changes_nothing(sign_in: Callable[..., Reader], ada: Buyer) -> None:
    viewer = sign_in("viewer")
    page = viewer.get(f"/buyers/{ada.id}")
    assert not [action for action in page.actions if action.startswith(f"/buyers/{ada.id}")]
    for act in ("notes", "tags", "vip", "consents", "merge", "edit"):
        answer = viewer.post(f"/buyers/{ada.id}/{act}", 403, text="x", add="x", vip="1")
        assert "Your role (Viewer) does not allow this." in answer.text


def test_a_foreign_store_is_behind_a_wall(sign_in: Callable[..., Reader], ada: Buyer) -> None:
    with db.session() as session:
        other = make_store(session, slug="other-house", name="Other House")
    seller = sign_in("seller", [other.id])
    assert "Tea House" not in seller.get("/stores").words
    for path in (f"/buyers/{ada.id}", "/stores/tea-house", "/stores/tea-house/settings"):
        assert "Not here" in seller.get(path, 404).words
    assert seller.post(f"/buyers/{ada.id}/notes", 404, text="x")
    seller.post("/reader/store", store="tea-house")
    assert f"/buyers/{ada.id}" not in found(seller)


def test_the_store_is_switched_and_stays_switched(owner: Reader, ada: Buyer) -> None:
    with db.session() as session:
        make_store(session, slug="other-house", name="Other House")
    owner.post("/reader/store", store="other-house")
    assert f"/buyers/{ada.id}" not in owner.client.get("/buyers").text
    owner.post("/reader/store", store="tea-house")
    assert f"/buyers/{ada.id}" in owner.client.get("/buyers").text
