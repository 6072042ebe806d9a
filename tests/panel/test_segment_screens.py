"""Building segments: the live count, faults where they lie, keeping and forgetting."""

import json
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest

from crm import db
from crm.segments.nightly import jobs
from crm.segments.queries import list_segments
from crm.stores.models import Store
from tests.factories import make_buyer
from tests.panel.conftest import Reader

BERLIN = json.dumps({"condition": "city", "is": "Berlin"})


@pytest.fixture
def town(store: Store) -> Store:
    """Three buyers, two of them in Berlin."""
    with db.session() as session:
        home = session.merge(store)
        for city in ("Berlin", "Berlin", "Wien"):
            make_buyer(session, home, city=city)
    return store


def names(store: Store) -> list[str]:
    with db.session() as session:
        return [one.name for one in list_segments(session, [store.id])]


def test_the_count_and_the_sentence_follow_the_rule(owner: Reader, town: Store) -> None:
    answer = owner.post("/segments/preview", 200, rule=BERLIN)
    assert '<span class="big-count">2</span>' in answer.text
    assert "Berlin" in answer.text
    everybody = json.dumps({"any": [json.loads(BERLIN), {"not": json.loads(BERLIN)}]})
    parts = owner.post("/segments/preview", 200, rule=everybody)
    assert '<span class="big-count">3</span>' in parts.text
    assert "Each condition by itself" in parts.text


def test_an_unfinished_rule_says_where_it_is_unfinished(owner: Reader, town: Store) -> None:
    rule = {"all": [json.loads(BERLIN), {"condition": "order_count", "at_least": ""}]}
    answer = owner.post("/segments/preview", 200, rule=json.dumps(rule))
    assert "Not complete yet" in answer.text
    faults = unescape(answer.text.split("data-faults='")[1].split("'")[0])
    assert "all.1.at_least" in json.loads(faults)
    assert "Not complete yet" in owner.post("/segments/preview", 200, rule="{").text


def test_a_segment_is_kept_changed_and_forgotten(owner: Reader, town: Store) -> None:
    made = owner.post("/segments/new", name="Berliners", rule=BERLIN).headers["Location"]
    page = owner.get(made)
    assert "Berliners" in page.words
    assert "2buyers right now" in page.words.replace("\n", "")
    assert owner.get(f"{made}/count").words.split() == ["2", "buyers"]
    owner.post(f"{made}/edit", name="People of Berlin", rule=BERLIN)
    assert names(town) == ["People of Berlin"]
    owner.post(f"{made}/delete")
    assert names(town) == []


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"name": "", "rule": BERLIN}, "must be a text of 1 to 120 characters"),
        ({"name": "Berliners", "rule": '{"condition": "moon"}'}, "This rule cannot be used"),
        ({"name": "Berliners", "rule": "{"}, "This rule cannot be used"),
    ],
)
def test_a_fault_keeps_what_was_typed(
    owner: Reader, town: Store, form: dict[str, str], words: str
) -> None:
    answer = owner.post("/segments/new", 422, **form)
    assert words in answer.text
    assert names(town) == []
    if form["name"]:
        assert f'value="{form["name"]}"' in answer.text


def test_a_name_can_be_given_once(owner: Reader, town: Store) -> None:
    owner.post("/segments/new", name="Berliners", rule=BERLIN)
    answer = owner.post("/segments/new", 422, name="Berliners", rule=BERLIN)
    assert "There is already a segment named" in answer.text


def test_the_builder_knows_every_condition_with_its_params(owner: Reader, town: Store) -> None:
    page = owner.client.get("/segments/new").text
    words: dict[str, Any] = json.loads(unescape(page.split("data-builder='")[1].split("'")[0]))
    known = {one["key"]: one for one in words["conditions"]}
    assert {"order_count", "last_order", "tier", "birthday", "consent"} <= set(known)
    assert [param["name"] for param in known["order_count"]["params"]][:2] == [
        "at_least",
        "at_most",
    ]
    assert '{"all": [{' in unescape(page.split('id="rule"')[1][:200])


def test_a_seller_reads_segments_but_does_not_build_them(
    sign_in: Callable[..., Reader], town: Store
) -> None:
    seller = sign_in("seller")
    assert "New segment" not in seller.get("/segments").words
    seller.get("/segments/new", 403)
    seller.post("/segments/new", 403, name="Berliners", rule=BERLIN)


def test_a_seller_asks_whether_somebody_is_in_and_why_not(owner: Reader, town: Store) -> None:
    with db.session() as session:
        made = make_buyer(session, session.merge(town), email="ida@shop.example", city="Ulm")
    place = owner.post("/segments/new", name="Berliners", rule=BERLIN).headers["Location"]
    for who in ("ida@shop.example", str(made.id)):
        told = owner.post(place, 200, who=who).text
        assert "Not in, because of: Buyers who live in Berlin: false (Ulm)" in told
    assert "There is no such buyer here." in owner.post(place, 200, who="nobody@tea.example").text


def test_the_page_of_a_segment_tells_its_days_and_who_uses_it(
    owner: Reader, town: Store, at: Callable[[str], None]
) -> None:
    place = owner.post("/segments/new", name="Berliners", rule=BERLIN).headers["Location"]
    jobs.count_segments()
    at("2026-11-22T09:00:00Z")
    jobs.count_segments()
    rule = json.dumps({"not": {"segment": place.rpartition("/")[2]}})
    owner.post("/segments/new", name="Elsewhere", rule=rule)
    page = owner.get(place)
    assert "Buyers in here, day by day" in page.words
    assert "From 2 to 2 buyers" in owner.client.get(place).text
    assert "Used by" in page.words
    assert "Elsewhere" in page.words
    assert "Berliners" in names(town)
    owner.post(f"{place}/delete")
    assert "Berliners" in names(town)


def test_the_builder_offers_the_other_segments(owner: Reader, town: Store) -> None:
    place = owner.post("/segments/new", name="Berliners", rule=BERLIN).headers["Location"]
    for path, expected in (("/segments/new", ["Berliners"]), (f"{place}/edit", [])):
        page = owner.client.get(path).text
        told = json.loads(unescape(page.split("data-builder='")[1].split("'")[0]))
        assert [one["label"] for one in told["segments"]] == expected


def test_a_rule_with_a_segment_is_counted_while_it_is_built(owner: Reader, town: Store) -> None:
    place = owner.post("/segments/new", name="Berliners", rule=BERLIN).headers["Location"]
    inner = {"segment": place.rpartition("/")[2]}
    answer = owner.post("/segments/preview", 200, rule=json.dumps({"not": inner}))
    assert '<span class="big-count">1</span>' in answer.text
    assert "Buyers who are in the segment “Berliners”" in unescape(answer.text)
    audience = {"audience": "rule", "rule": json.dumps({"all": [inner]})}
    assert "2" in owner.post("/campaigns/reach", 200, **audience).text
