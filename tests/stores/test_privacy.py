"""Privacy requests that platforms pass on: kept once, due in a month, answered once."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from crm import ingest
from crm.errors import Conflict, NotFound
from crm.events import PrivacyAsked
from crm.stores.privacy import ERASED, list_requests, settle_request
from tests.factories import NOW, make_store, version


def asked(kind: str = "access", **changes: object) -> PrivacyAsked:
    """Make a request for what is kept about Ada."""
    told = {"external_id": "77", "email": "ada@example.test", "order_external_ids": ("1", "2")}
    return PrivacyAsked(version(), kind, "9", **(told | changes))  # type: ignore[arg-type]


def test_a_request_is_kept_once_and_due_in_thirty_days(session: Session) -> None:
    store = make_store(session)
    outcomes = [ingest.apply(session, store, asked(), live=True, now=NOW) for _ in range(2)]
    assert outcomes == ["applied", "older"]
    (kept,) = list_requests(session, [store.id])
    assert (kept.kind, kept.email, kept.orders) == ("access", "ada@example.test", ["1", "2"])
    assert kept.due_at == NOW + timedelta(days=30)


def test_an_erasure_is_answered_on_arrival_and_keeps_no_address(session: Session) -> None:
    store = make_store(session)
    ingest.apply(session, store, asked("erasure"), live=True, now=NOW)
    assert list_requests(session, [store.id]) == []
    (kept,) = list_requests(session, [store.id], open_only=False)
    assert (kept.done_by, kept.email, kept.phone) == (ERASED, None, None)


def test_an_answer_is_noted_once_and_ends_what_we_kept_to_give_it(session: Session) -> None:
    store = make_store(session)
    ingest.apply(session, store, asked(phone="+4930123"), live=True, now=NOW)
    (kept,) = list_requests(session, None)
    settle_request(session, None, kept.id, "Ines", NOW)
    assert (kept.done_by, kept.done_at, kept.email, kept.phone) == ("Ines", NOW, None, None)
    with pytest.raises(Conflict):
        settle_request(session, None, kept.id, "Ines", NOW)


def test_a_request_of_another_store_cannot_be_answered(session: Session) -> None:
    mine, other = make_store(session), make_store(session)
    ingest.apply(session, mine, asked(), live=True, now=NOW)
    (kept,) = list_requests(session, [mine.id])
    assert list_requests(session, [other.id]) == []
    with pytest.raises(NotFound):
        settle_request(session, [other.id], kept.id, "Ines", NOW)
