"""The survey page: shows by GET, answers once by POST, in the buyer's language, without script."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from crm import db
from crm.buyers.models import Buyer
from crm.campaigns.models import Campaign
from crm.cases.models import Case
from crm.messages.links import survey_url
from crm.messages.models import Message
from crm.signing import sign_token
from crm.surveys.models import Response
from tests.factories import NOW, make_buyer, make_order, make_store


@dataclass(frozen=True)
class Asked:
    """A survey mail that arrived: its page and its buyer."""

    path: str
    key: tuple[int, int]


def _ask(kind: str = "survey", survey: dict[str, Any] | None = None, **buyer: Any) -> Asked:
    with db.session() as session:
        store = make_store(session)
        asked = make_buyer(session, store, **buyer)
        order = make_order(session, store, asked, number="#1001")
        campaign = Campaign(
            store_id=store.id,
            name="After delivery",
            kind=kind,
            message={},
            survey=survey,
            state="running",
            created_at=NOW,
            updated_at=NOW,
        )
        session.add(campaign)
        session.flush()
        message = Message(
            store_id=store.id,
            campaign_id=campaign.id,
            occurrence="order:1",
            buyer_id=asked.id,
            order_id=order.id,
            kind=kind,
            channel="email",
            message_class="marketing",
            recipient="hash",
            content={},
            not_before=NOW,
            expires_at=NOW + timedelta(days=3),
            created_at=NOW,
        )
        session.add(message)
        session.flush()
        url = survey_url(message)
    return Asked(url[url.index("/s/") :], (store.id, asked.id))


def _buyer(asked: Asked) -> Buyer:
    with db.session() as session:
        return session.get_one(Buyer, asked.key)


def _responses() -> list[Response]:
    with db.session() as session:
        return list(session.scalars(select(Response)))


def test_the_page_is_a_plain_form_with_numbers_from_one_to_five(client: FlaskClient) -> None:
    page = client.get(_ask().path)
    assert page.status_code == 200
    for key in ("score", "expectation", "quality", "service"):
        values = re.findall(rf'<input type="radio" name="{key}" value="(\d)"', page.text)
        assert values == ["1", "2", "3", "4", "5"]
    assert page.text.count(" required") == 5
    assert 'name="best"' in page.text
    assert 'name="improve"' in page.text
    assert "#1001" in page.text
    assert "<script" not in page.text
    assert 'content="width=device-width' in page.text


def test_looking_changes_nothing_however_often(client: FlaskClient) -> None:
    asked = _ask()
    for _ in range(5):
        client.get(f"{asked.path}?score=1")
        client.head(asked.path)
    assert _responses() == []


def test_a_link_may_choose_the_score_beforehand(client: FlaskClient) -> None:
    page = client.get(f"{_ask().path}?score=4")
    assert re.search(r'name="score" value="4" required checked', page.text)
    assert page.text.count(" checked") == 1


def test_an_answer_is_kept_and_thanked_for(client: FlaskClient) -> None:
    asked = _ask()
    form = {"score": "5", "expectation": "4", "quality": "", "best": "茶香", "improve": ""}
    page = client.post(asked.path, data=form)
    assert page.status_code == 200
    assert "Your answer has arrived" in page.text
    (kept,) = _responses()
    assert (kept.score, kept.expectation, kept.quality, kept.best) == (5, 4, None, "茶香")
    assert kept.order_id is not None
    assert kept.answered_at == NOW
    assert _buyer(asked).last_score == 5


def test_a_second_answer_is_thanked_for_and_changes_nothing(client: FlaskClient) -> None:
    asked = _ask()
    client.post(asked.path, data={"score": "5"})
    again = client.post(asked.path, data={"score": "1", "improve": "Everything"})
    assert again.status_code == 200
    assert "Your answer has arrived" in again.text
    assert "Your answer has arrived" in client.get(asked.path).text
    (kept,) = _responses()
    assert (kept.score, kept.improve) == (5, None)
    assert _buyer(asked).open_cases == 0


def test_a_low_score_is_answered_with_an_apology_and_a_case(client: FlaskClient) -> None:
    asked = _ask()
    page = client.post(asked.path, data={"score": "2", "improve": "Too late"})
    assert "We are sorry" in page.text
    with db.session() as session:
        case = session.scalars(select(Case)).one()
    assert case.source == f"survey:{_responses()[0].id}"
    assert "Too late" in case.text
    assert _buyer(asked).open_cases == 1


@pytest.mark.parametrize(
    "form", [{}, {"score": "7"}, {"score": "x"}, {"score": "5", "service": "0"}]
)
def test_an_incomplete_answer_is_shown_again_with_what_was_written(
    client: FlaskClient, form: dict[str, str]
) -> None:
    page = client.post(_ask().path, data={**form, "best": "The <b>smell</b>"})
    assert page.status_code == 422
    assert "Please choose a number from 1 to 5." in page.text
    assert "The &lt;b&gt;smell&lt;/b&gt;" in page.text
    assert _responses() == []


def test_the_page_speaks_the_shops_own_words(client: FlaskClient) -> None:
    asked = _ask(survey={"quality": "Wie schmeckt der Tee?"}, locale="de")
    page = client.get(asked.path, headers={"Accept-Language": "zh"})
    assert '<html lang="de">' in page.text
    assert "Wie schmeckt der Tee?" in page.text


def test_a_forged_cut_or_foreign_link_is_not_found(client: FlaskClient) -> None:
    asked = _ask()
    store_id, buyer_id = asked.key
    foreign = [
        "/s/x",
        asked.path[:-3],
        f"/s/{sign_token('preferences', store_id, 1, buyer_id)}",
        f"/s/{sign_token('survey', store_id, 999, buyer_id)}",
        f"/s/{sign_token('survey', store_id)}",
    ]
    pages = [client.get(path) for path in foreign]
    assert {page.status_code for page in pages} == {404}
    assert len({page.text for page in pages}) == 1
    assert client.post(foreign[0], data={"score": "5"}).status_code == 404
    assert _responses() == []


def test_only_a_survey_mail_opens_a_survey(client: FlaskClient) -> None:
    assert client.get(_ask(kind="promotion").path).status_code == 404


def test_the_page_of_an_erased_person_is_gone(client: FlaskClient) -> None:
    assert client.get(_ask(erased_at=NOW).path).status_code == 404
