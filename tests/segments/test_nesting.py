"""Segments that use saved ones: limits, circles, and what may be forgotten."""

import threading
from typing import Any

import pytest
from sqlalchemy.orm import Session

from crm import db
from crm.errors import Conflict, Rejected
from crm.segments import members, queries
from crm.segments.describe import sentence
from crm.segments.models import Segment
from crm.segments.nesting import read, recall
from crm.stores.models import Store
from tests.factories import NOW, make_buyer, make_store

VIP: dict[str, Any] = {"condition": "vip"}
BERLIN: dict[str, Any] = {"condition": "city", "is": "Berlin"}


def use(segment: Segment) -> dict[str, Any]:
    return {"segment": str(segment.id)}


def nest(rule: dict[str, Any], levels: int) -> dict[str, Any]:
    return rule if levels == 0 else {"not": nest(rule, levels - 1)}


def faults(session: Session, store: Store, rule: object) -> dict[str, str]:
    with pytest.raises(Rejected) as refused:
        read(session, store, rule, at="rule")
    return refused.value.errors


def test_a_used_segment_is_asked_as_it_is_at_the_moment(session: Session) -> None:
    store = make_store(session)
    vip = make_buyer(session, store, vip=True, city="Berlin")
    make_buyer(session, store, vip=True)
    make_buyer(session, store, city="Berlin")
    inner = queries.save_segment(session, store, "Best friends", VIP, NOW)
    outer = queries.save_segment(session, store, "Here", {"all": [use(inner), BERLIN]}, NOW)
    rule = recall(session, store, outer.rule)
    assert [one.id for one in members.sample(session, store, rule, 5, NOW)] == [vip.id]
    said = "Buyers who are in the segment “Best friends” and who live in Berlin"
    assert sentence(rule) == said
    queries.change_segment(session, inner, {"rule": {"not": VIP}}, NOW)
    assert members.count(session, store, recall(session, store, outer.rule), NOW) == 1
    assert queries.list_users(session, inner) == [outer]


def test_a_segment_that_is_not_there_is_refused_with_its_place(session: Session) -> None:
    store, other = make_store(session), make_store(session)
    theirs = queries.save_segment(session, other, "Theirs", VIP, NOW)
    assert set(faults(session, store, {"any": [VIP, use(theirs)]})) == {"rule.any.1"}
    for wrong in ("", "x", "0", "-1", 1.5, True, None, [], "9" * 19):
        told = faults(session, store, {"not": {"segment": wrong}})
        assert set(told) == {"rule.not.segment"}
    assert set(faults(session, store, {"segment": "1", "why": "so"})) == {"rule.why"}


def test_a_circle_is_refused_with_the_names_on_the_way(session: Session) -> None:
    store = make_store(session)
    first = queries.save_segment(session, store, "First", VIP, NOW)
    second = queries.save_segment(session, store, "Second", {"not": use(first)}, NOW)
    third = queries.save_segment(session, store, "Third", {"all": [VIP, use(second)]}, NOW)
    for segment, place in ((first, "rule.any.1"), (third, "rule.any.1")):
        with pytest.raises(Rejected) as refused:
            rule = {"any": [VIP, use(segment)]}
            queries.change_segment(session, first, {"rule": rule}, NOW)
        assert set(refused.value.errors) == {place}
    assert "First → Third → Second → First" in refused.value.errors[place]
    assert first.rule == VIP


def test_what_a_used_segment_holds_counts_into_the_limits(session: Session) -> None:
    store = make_store(session)
    many = queries.save_segment(session, store, "Many", {"any": [VIP] * 40}, NOW)
    deep = queries.save_segment(session, store, "Deep", nest(VIP, 5), NOW)
    read(session, store, {"all": [use(many), *[VIP] * 7]}, at="rule")
    told = faults(session, store, {"all": [use(many), *[VIP] * 8]})
    assert set(told) == {"rule.all.8"}
    read(session, store, nest(use(deep), 1), at="rule")
    assert set(faults(session, store, nest(use(deep), 2))) == {"rule.not.not"}


def test_a_change_that_would_spoil_a_user_is_refused(session: Session) -> None:
    store = make_store(session)
    inner = queries.save_segment(session, store, "Inner", VIP, NOW)
    middle = queries.save_segment(session, store, "Middle", {"any": [use(inner)]}, NOW)
    queries.save_segment(session, store, "Outer", {"all": [use(middle), *[VIP] * 20]}, NOW)
    with pytest.raises(Rejected, match="cannot be changed") as refused:
        queries.change_segment(session, inner, {"rule": {"any": [VIP] * 30}}, NOW)
    assert "Outer" in refused.value.errors["rule"]
    session.expire_all()
    assert inner.rule == VIP


def test_a_used_segment_cannot_be_forgotten(session: Session) -> None:
    store = make_store(session)
    inner = queries.save_segment(session, store, "Inner", VIP, NOW)
    outer = queries.save_segment(session, store, "Outer", use(inner), NOW)
    with pytest.raises(Conflict, match="Outer"):
        queries.delete_segment(session, inner)
    queries.delete_segment(session, outer)
    queries.delete_segment(session, inner)
    assert queries.list_segments(session, [store.id]) == []


def test_two_changes_at_once_close_no_circle(database: None) -> None:
    with db.session() as session:
        store = make_store(session)
        ids = [queries.save_segment(session, store, name, VIP, NOW).id for name in ("A", "B")]
        store_id = store.id
    outcomes: list[bool] = []

    def change(mine: int, other: int) -> None:
        try:
            with db.session() as session:
                segment = session.get_one(Segment, (store_id, mine))
                rule = {"segment": str(other)}
                queries.change_segment(session, segment, {"rule": rule}, NOW)
            outcomes.append(True)
        except Rejected:
            outcomes.append(False)

    threads = [threading.Thread(target=change, args=pair) for pair in (ids, ids[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(outcomes) == [False, True]
