"""Campaigns from their form to the figures: written, seen, tried, started, stopped, explained."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from crm import db
from crm.buyers.consent import Decision, record_consent
from crm.buyers.models import Buyer
from crm.campaigns import run
from crm.campaigns.models import Campaign
from crm.campaigns.queries import get_campaign, list_campaigns
from crm.messages import dispatch
from crm.segments.queries import save_segment
from crm.stores.models import Store
from tests.factories import NOW, make_buyer
from tests.fakes.smtp import MailServer
from tests.panel.conftest import Reader

FORM: dict[str, Any] = {
    "name": "Harvest",
    "audience": "all",
    "priority": "50",
    "when_capped": "defer",
    "expires_after_hours": "72",
    "holdout_percent": "0",
    "message__subject": "Hello {{ buyer.first_name }}",
    "message__body": '<p style="color: teal">New tea at {{ store.name }}</p>',
    "message__format": "html",
}


@pytest.fixture
def shop(store: Store) -> Store:
    """Two buyers; one of them allows mail."""
    with db.session() as session:
        home = session.merge(store)
        ada = make_buyer(session, home, first_name="Ada", city="Berlin")
        make_buyer(session, home, first_name="Bea", city="Wien")
        allowed = Decision("email", "granted", "storefront", NOW)
        record_consent(session, home, ada, allowed, NOW)
    return store


def write(owner: Reader, kind: str = "promotion", **changes: Any) -> str:
    """Fill in the form of a campaign and give the address of its page."""
    return owner.post(f"/campaigns/new/{kind}", **(FORM | changes)).headers["Location"]


def kept(store: Store, place: str) -> Campaign:
    with db.session() as session:
        return get_campaign(session, [store.id], int(place.rpartition("/")[2]))


def test_a_promotion_is_kept_as_it_was_written(owner: Reader, shop: Store) -> None:
    place = write(
        owner,
        schedule__at="2026-12-01T10:00",
        schedule__rrule="FREQ=MONTHLY",
        offer="1",
        offer__worth="amount",
        offer__amount="5.00",
        offer__valid_days="10",
        offer__minimum="30.00",
        offer__single_use="1",
    )
    found = kept(shop, place)
    assert (found.state, found.kind, found.audience) == ("draft", "promotion", None)
    assert found.schedule["at"].startswith("2026-12-01T10:00:00+01:00")
    assert found.schedule["rrule"] == "FREQ=MONTHLY"
    assert found.offer == {
        "amount": "5.00",
        "valid_days": 10,
        "minimum": "30.00",
        "single_use": True,
    }
    form = owner.client.get(f"{place}/edit").text
    assert 'value="2026-12-01T10:00"' in form


def test_a_birthday_wish_and_a_survey_have_their_own_times(owner: Reader, shop: Store) -> None:
    wish = write(owner, "birthday", schedule__days_before="3", schedule__time="08:30")
    assert kept(shop, wish).schedule == {"days_before": 3, "time": "08:30"}
    survey = write(owner, "survey", schedule__stage="paid", schedule__days="5")
    assert kept(shop, survey).schedule == {"days_after": {"paid": 5}}


def test_the_audience_is_everybody_a_segment_or_a_rule(owner: Reader, shop: Store) -> None:
    rule = {"condition": "city", "is": "Wien"}
    with db.session() as session:
        segment = save_segment(session, session.merge(shop), "Vienna", rule, NOW)
    by_segment = write(owner, audience="segment", segment=str(segment.id))
    assert kept(shop, by_segment).audience == {"segment": str(segment.id)}
    assert "Vienna" in owner.get(by_segment).words
    by_rule = write(owner, audience="rule", rule=json.dumps(rule))
    assert kept(shop, by_rule).audience == rule
    assert "Wien" in owner.get(by_rule).words


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"message__subject": "{{ buyer.firstname }}"}, "message.subject"),
        ({"message__body": "{% if %}"}, "message.body"),
        ({"priority": "many"}, "priority"),
        ({"schedule__at": "soon"}, "schedule.at"),
        ({"offer": "1", "offer__worth": "percent", "offer__percent": "200"}, "offer.percent"),
        ({"audience": "segment", "segment": ""}, "audience.segment"),
        ({"audience": "rule", "rule": '{"condition": "moon"}'}, "audience.condition"),
    ],
)
def test_a_fault_names_its_field_and_keeps_what_was_typed(
    owner: Reader, shop: Store, changes: dict[str, str], place: str
) -> None:
    answer = owner.post("/campaigns/new/promotion", 422, **(FORM | changes))
    assert f'<span class="mono">{place}</span>' in answer.text
    assert 'value="Harvest"' in answer.text
    with db.session() as session:
        assert list_campaigns(session, [shop.id]) == []


def test_the_reach_counts_those_who_allow_mail(owner: Reader, shop: Store) -> None:
    shown = owner.post("/campaigns/reach", 200, audience="all").text
    assert '<span class="strong num">2</span>' in shown
    assert '<span class="strong num">1</span>' in shown
    rule = json.dumps({"condition": "city", "is": "Wien"})
    narrowed = owner.post("/campaigns/reach", 200, audience="rule", rule=rule).text
    assert '<span class="strong num">0</span>' in narrowed
    assert "Choose a segment" in owner.post("/campaigns/reach", 200, audience="segment").text


def test_the_letter_is_shown_with_a_real_buyer_and_may_only_look(
    owner: Reader, shop: Store
) -> None:
    with db.session() as session:
        (ada,) = session.query(Buyer).filter_by(first_name="Ada")
    letter = owner.post("/campaigns/letter", 200, **FORM, reader=str(ada.id))
    assert "New tea at Tea House" in letter.text
    assert "color: teal" in letter.text
    policy = letter.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script-src" not in policy
    assert letter.headers["X-Frame-Options"] == "SAMEORIGIN"
    head = owner.post("/campaigns/letter/head", 200, **FORM, reader=str(ada.id))
    assert "Hello Ada" in head.text


def test_a_template_that_cannot_be_used_says_why_and_where(owner: Reader, shop: Store) -> None:
    broken = FORM | {"message__body": "<p>fine</p>\n{{ buyer.firstname }}"}
    head = owner.post("/campaigns/letter/head", 200, **broken)
    assert "line 2" in head.text
    assert owner.post("/campaigns/letter", 200, **broken).text == ""


def test_a_campaign_runs_pauses_goes_on_and_ends(owner: Reader, shop: Store) -> None:
    place = write(owner)
    assert "A draft: nothing is decided" in owner.get(place).words
    for act, state in (("start", "running"), ("pause", "paused"), ("resume", "running")):
        owner.post(f"{place}/{act}")
        assert kept(shop, place).state == state
    owner.post(f"{place}/pause")
    owner.post(f"{place}/edit", **(FORM | {"name": "Late harvest"}))
    assert kept(shop, place).name == "Late harvest"
    owner.post(f"{place}/cancel")
    assert kept(shop, place).state == "cancelled"
    owner.post(f"{place}/start")
    assert "Only a draft can be started" in owner.notices()


def test_every_buyer_gets_a_decision_with_a_sentence(owner: Reader, shop: Store) -> None:
    place = write(owner)
    owner.post(f"{place}/start")
    run.run_due(NOW)
    page = owner.get(f"{place}/decisions")
    assert "Nothing stood against it." in page.words
    assert "The buyer has not agreed to messages on this channel." in page.words
    skipped = owner.get(f"{place}/decisions?outcome=skipped&reason=no_consent")
    assert "Bea" in skipped.words
    assert "Ada" not in skipped.words
    dispatch.send_due(NOW)
    report = owner.get(place)
    assert "Considered2" in report.words.replace("\n", "").replace(" ", "")


def test_a_test_mail_goes_to_the_address_alone(
    owner: Reader, shop: Store, smtp: MailServer
) -> None:
    place = write(owner)
    owner.post(f"{place}/test", to="me@tea.example")
    (mail,) = smtp.messages
    assert "[Test] Hello Mei" in str(mail)
    assert kept(shop, place).state == "draft"
    assert "The test is on its way." in owner.notices()
    owner.post(f"{place}/test", to="nobody")
    assert "This is not an email address." in owner.notices()


def test_without_a_mail_server_the_test_says_that_it_went_nowhere(
    owner: Reader, shop: Store
) -> None:
    owner.post(f"{write(owner)}/test", to="me@tea.example")
    assert "no mail server is set" in owner.notices()


def test_only_those_who_market_may_write_and_start(
    sign_in: Callable[..., Reader], shop: Store
) -> None:
    place = write(sign_in("marketer"))
    seller = sign_in("seller")
    assert "New campaign" not in seller.get("/campaigns").words
    seller.post("/campaigns/new/promotion", 403, **FORM)
    for act in ("start", "pause", "resume", "cancel", "test", "edit"):
        seller.post(f"{place}/{act}", 403, to="x@tea.example")
    assert kept(shop, place).state == "draft"


def test_one_switch_stops_every_promotion_and_an_owner_lets_them_go(
    owner: Reader, sign_in: Callable[..., Reader], shop: Store
) -> None:
    owner.post(f"{write(owner)}/start")
    run.run_due(NOW)
    marketer = sign_in("marketer")
    marketer.post("/campaigns/hold")
    assert "1 message waits" in marketer.notices()
    dispatch.send_due(NOW)
    assert "Every promotion is on hold." in marketer.get("/").words
    assert "Resume promotions" not in marketer.get("/campaigns").words
    assert "Waiting" in owner.get("/messages").words
    marketer.post("/campaigns/release", 403)
    owner.post("/campaigns/release")
    dispatch.send_due(NOW)
    assert "on hold" not in owner.get("/").words
    assert "No messages here" not in owner.get("/messages?state=accepted").words
