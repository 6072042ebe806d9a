from datetime import timedelta

from sqlalchemy.orm import Session

from crm import ingest, timeline
from crm.buyers import notes, tags, vip
from crm.buyers.models import Buyer
from crm.cases.models import Case
from crm.i18n import speaking
from crm.messages.models import Click, Message
from crm.stores.models import Store
from crm.surveys.models import Response, Survey
from tests.factories import (
    NOW,
    consent_event,
    make_store,
    order_event,
    review_event,
)

ONE_CLASS = {"tiers": {"thresholds": {"A": {"spent_at_least": "1.00"}}}}


def busy_buyer(session: Session) -> tuple[Store, Buyer]:
    """Make a buyer with one thing of every kind, a minute apart where we may choose."""
    store = make_store(session, settings=ONE_CLASS)
    for event in (
        order_event(refunded_minor=990),
        review_event(),
        consent_event(decided_at=NOW + timedelta(minutes=1)),
    ):
        ingest.apply(session, store, event, live=False, now=NOW)
    buyer = session.query(Buyer).one()
    notes.add_note(session, buyer, notes.NewNote("Likes oolong"), "Mia", NOW)
    tags.set_tags(session, buyer, ["wholesale"], "Mia", NOW)
    vip.set_vip(session, buyer, vip.Pin(True, "Our oldest guest"), "Mia", NOW)
    mine = {"store_id": store.id, "buyer_id": buyer.id}
    message = Message(
        **mine,
        occurrence="2026",
        kind="birthday",
        channel="email",
        message_class="marketing",
        recipient="hash",
        content={},
        state="accepted",
        not_before=NOW,
        expires_at=NOW,
        created_at=NOW + timedelta(minutes=5),
        subject="Many happy returns",
    )
    survey = Survey(store_id=store.id, campaign_id=1, name="After delivery", created_at=NOW)
    case = Case(
        **mine,
        type="complaint",
        title="Torn packet",
        state="closed",
        currency="EUR",
        verdict="satisfied",
        opened_by="Mia",
        opened_at=NOW + timedelta(minutes=7),
        due_at=NOW,
        closed_at=NOW + timedelta(minutes=9),
        updated_at=NOW,
    )
    session.add_all([message, survey, case])
    session.flush()
    session.add_all(
        [
            Click(
                **mine,
                message_id=message.id,
                url="https://tea.example.test/oolong",
                clicked_at=NOW + timedelta(minutes=6),
            ),
            Response(
                **mine,
                survey_id=survey.id,
                message_id=message.id,
                score=4,
                answered_at=NOW + timedelta(minutes=8),
            ),
        ]
    )
    session.flush()
    return store, buyer


def test_a_timeline_shows_every_kind_of_thing_newest_first(session: Session) -> None:
    store, buyer = busy_buyer(session)
    entries = timeline.page(session, store.id, buyer.id, None, 50)
    kinds = [entry.kind for entry in entries]
    assert set(kinds) == {source.kind for source in timeline.SOURCES}
    assert kinds[:5] == ["case_closed", "survey", "case", "click", "message"]
    moments = [entry.at for entry in entries]
    assert moments == sorted(moments, reverse=True)


def test_pages_of_a_timeline_miss_and_repeat_nothing(session: Session) -> None:
    store, buyer = busy_buyer(session)
    whole = timeline.page(session, store.id, buyer.id, None, 50)
    paged, before = [], None
    while found := timeline.page(session, store.id, buyer.id, before, 2):
        paged += found
        before = found[-1].cursor
    assert paged == whole


def test_a_timeline_is_a_buyers_own(session: Session) -> None:
    store, _ = busy_buyer(session)
    stranger = make_store(session)
    ingest.apply(session, stranger, order_event(), live=False, now=NOW)
    theirs = session.query(Buyer).filter_by(store_id=stranger.id).one()
    kinds = {entry.kind for entry in timeline.page(session, stranger.id, theirs.id, None, 50)}
    assert kinds == {"order", "tier"}
    assert timeline.page(session, store.id, theirs.id, None, 50) == []


def test_every_entry_can_be_said_in_words(session: Session) -> None:
    store, buyer = busy_buyer(session)
    with speaking("en"):
        said = {
            entry.kind: timeline.words(entry, store)
            for entry in timeline.page(session, store.id, buyer.id, None, 50)
            if entry.kind != "change"
        }
    assert said == {
        "order": "Order #1001 over €59.90",
        "refund": "Refund of €9.90 for order #1001",
        "review": "Review with 5 stars: Lovely",
        "message": "Message “Many happy returns”: sent",
        "click": "Followed the link https://tea.example.test/oolong",
        "survey": "Answered a survey: 4 of 5",
        "case": "Case opened: Torn packet",
        "case_closed": "Case closed: Torn packet (the buyer is satisfied)",
        "note": "Note by Mia: Likes oolong",
        "tier": "Class A (keep at any cost). Spent €50.00, last order on Nov 21, 2026.",
        "consent": "Withdrew consent to email (storefront)",
    }


def test_flags_and_merges_are_said_in_words(session: Session) -> None:
    store, buyer = busy_buyer(session)
    tags.set_tags(session, buyer, ["retail"], "Mia", NOW)
    vip.set_vip(session, buyer, vip.Pin(False), "Mia", NOW)
    with speaking("en"):
        said = [
            timeline.words(entry, store)
            for entry in timeline.page(session, store.id, buyer.id, None, 50)
            if entry.kind == "change"
        ]
    assert said == [
        "No longer a VIP",
        "Tags: +retail, −wholesale",
        "Made a VIP: Our oldest guest",
        "Tags: +wholesale",
    ]
