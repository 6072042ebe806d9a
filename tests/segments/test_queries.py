from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from crm.errors import Conflict, NotFound, Rejected
from crm.segments import queries
from tests.factories import NOW, make_store

VIP = {"condition": "vip", "is": True}


def test_a_segment_is_kept_as_it_was_written(session: Session) -> None:
    store = make_store(session)
    saved = queries.save_segment(session, store, " Best friends ", VIP, NOW)
    session.expire_all()
    found = queries.get_segment(session, [store.id], saved.id)
    assert (found.name, found.rule, found.created_at) == ("Best friends", VIP, NOW)
    assert queries.list_segments(session, [store.id]) == [found]


def test_a_segment_of_another_store_cannot_be_seen(session: Session) -> None:
    mine, other = make_store(session), make_store(session)
    saved = queries.save_segment(session, other, "Theirs", VIP, NOW)
    assert queries.find_segment(session, [mine.id], saved.id) is None
    assert queries.find_segment(session, None, saved.id) is saved
    assert queries.list_segments(session, [mine.id]) == []
    with pytest.raises(NotFound):
        queries.get_segment(session, [], saved.id)


def test_segments_are_listed_page_by_page(session: Session) -> None:
    store = make_store(session)
    ids = [queries.save_segment(session, store, f"S{n}", VIP, NOW).id for n in range(3)]
    first = queries.list_segments(session, None, limit=2)
    rest = queries.list_segments(session, None, after_id=first[-1].id)
    assert [one.id for one in [*first, *rest]] == ids


def test_a_name_is_given_once_in_a_store_and_a_clash_leaves_the_transaction_usable(
    session: Session,
) -> None:
    store = make_store(session)
    queries.save_segment(session, store, "Tea", VIP, NOW)
    second = queries.save_segment(session, store, "Coffee", VIP, NOW)
    queries.save_segment(session, make_store(session), "Tea", VIP, NOW)
    with pytest.raises(Conflict) as refused:
        queries.save_segment(session, store, "Tea", VIP, NOW)
    assert "name" in refused.value.errors
    with pytest.raises(Conflict):
        queries.change_segment(session, second, {"name": "Tea"}, NOW)
    assert {one.name for one in queries.list_segments(session, [store.id])} == {"Tea", "Coffee"}


def test_a_change_is_checked_like_a_new_segment(session: Session) -> None:
    store = make_store(session)
    segment = queries.save_segment(session, store, "Tea", VIP, NOW)
    later = NOW + timedelta(hours=1)
    queries.change_segment(session, segment, {"rule": {"not": VIP}}, later)
    assert (segment.name, segment.rule, segment.updated_at) == ("Tea", {"not": VIP}, later)
    for changes, place in (({"rule": {"not": {}}}, "rule.not"), ({"name": ""}, "name")):
        with pytest.raises(Rejected) as refused:
            queries.change_segment(session, segment, changes, later)
        assert set(refused.value.errors) == {place}
    assert segment.rule == {"not": VIP}


def test_a_deleted_segment_is_gone(session: Session) -> None:
    store = make_store(session)
    segment = queries.save_segment(session, store, "Tea", VIP, NOW)
    queries.delete_segment(session, segment)
    assert queries.list_segments(session, [store.id]) == []
