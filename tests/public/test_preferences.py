"""The page behind every unsubscribe link: looking changes nothing, pressing a button does."""

import re
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from crm import db
from crm.buyers.models import Buyer, ConsentEvent
from crm.messages.links import Place, unsubscribe_url
from crm.messages.models import Message
from crm.signing import sign_token
from crm.stores.models import Store
from tests.factories import NOW
from tests.messages.making import make_message, make_shop, read

pytestmark = pytest.mark.usefixtures("database")


def queue(**buyer: object) -> Message:
    with db.session() as session:
        return make_message(session, make_shop(session).buyer(session, **buyer))


def path_of(message: Message) -> str:
    return urlsplit(unsubscribe_url(message)).path


def status(message: Message) -> tuple[str, str, bool]:
    """The newest consent event, and how the fold stands."""
    from crm.buyers.consent import consent_states

    with db.session() as session:
        event = session.scalars(select(ConsentEvent).order_by(ConsentEvent.id.desc())).first()
        assert event is not None
        now = consent_states(session, message.store_id, [message.buyer_id])
        folded = now[message.buyer_id]["email"]
        return folded.status, event.source, folded.own_act


def everything() -> dict[str, object]:
    """How many rows there are of what a look could change."""
    with db.session() as session:
        return {
            "consents": session.scalar(select(func.count()).select_from(ConsentEvent)),
            "messages": session.execute(
                select(Message.state, func.count()).group_by(Message.state)
            ).all(),
            "birthdays": session.scalar(select(func.count(Buyer.birth_day))),
        }


def test_looking_at_the_page_changes_nothing(client: FlaskClient) -> None:
    message = queue()
    before = everything()
    path = path_of(message)
    for ask in (client.get, client.head, client.options):
        assert ask(path, query_string={"action": "unsubscribe"}).status_code == 200
    assert everything() == before


def test_the_page_shows_why_the_mail_came_and_hides_the_address(client: FlaskClient) -> None:
    message = queue(email="ada.brew@example.test", city="Bremen")
    page = client.get(path_of(message)).get_data(as_text=True)
    assert "New tea" in page
    assert "Bremen" in page
    assert "a…@example.test" in page
    assert "ada.brew" not in page


def test_the_button_unsubscribes_and_the_page_says_so(client: FlaskClient) -> None:
    message = queue()
    answer = client.post(path_of(message), data={"action": "unsubscribe"})
    assert answer.status_code == 200
    assert "You get no more news" in answer.get_data(as_text=True)
    assert status(message) == ("withdrawn", "unsubscribe link", True)


def test_a_mail_program_unsubscribes_with_one_post_and_nothing_else(client: FlaskClient) -> None:
    message = queue()
    answer = client.post(path_of(message), data={"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, answer.data) == (200, b"")
    assert "Set-Cookie" not in answer.headers
    assert "Location" not in answer.headers
    assert status(message)[0] == "withdrawn"


def test_one_click_works_as_multipart_too(client: FlaskClient) -> None:
    message = queue()
    form = {"List-Unsubscribe": "One-Click"}
    client.post(path_of(message), data=form, content_type="multipart/form-data")
    assert status(message)[0] == "withdrawn"


def test_a_change_of_mind_is_kept_with_its_proof(client: FlaskClient) -> None:
    message = queue()
    client.post(path_of(message), data={"action": "unsubscribe"})
    page = client.post(path_of(message), data={"action": "resubscribe"})
    assert "You get our news again" in page.get_data(as_text=True)
    assert status(message) == ("granted", "preferences page", True)
    with db.session() as session:
        newest = session.scalars(select(ConsentEvent).order_by(ConsentEvent.id.desc())).first()
    assert newest is not None
    assert str(message.id) in (newest.proof or "")


def test_the_proof_is_written_in_the_language_of_the_store(client: FlaskClient) -> None:
    message = queue()
    with db.session() as session:
        session.get_one(Store, message.store_id).locale = "de"
    client.post(path_of(message), data={"action": "unsubscribe"})
    with db.session() as session:
        newest = session.scalars(select(ConsentEvent).order_by(ConsentEvent.id.desc())).first()
    assert newest is not None
    assert (
        newest.proof == f"Schaltfläche auf der Seite gedrückt, die Nachricht {message.id} verlinkt"
    )


def test_a_birthday_needs_no_year_and_knows_leap_days(client: FlaskClient) -> None:
    message = queue()
    form = {"action": "birthday", "day": "29", "month": "2"}
    assert client.post(path_of(message), data=form).status_code == 200
    with db.session() as session:
        buyer = session.get_one(Buyer, (message.store_id, message.buyer_id))
        assert (buyer.birth_year, buyer.birth_month, buyer.birth_day) == (None, 2, 29)
        assert buyer.sources["birthday"]["source"] == "buyer"


@pytest.mark.parametrize("form", [{"day": "31", "month": "2"}, {"day": "x", "month": "1"}, {}])
def test_a_day_that_does_not_exist_is_refused(client: FlaskClient, form: dict[str, str]) -> None:
    message = queue()
    answer = client.post(path_of(message), data={"action": "birthday", **form})
    assert answer.status_code == 422
    assert "not a day of the year" in answer.get_data(as_text=True)
    assert everything()["birthdays"] == 0


def test_an_unknown_button_changes_nothing(client: FlaskClient) -> None:
    message = queue()
    before = everything()
    assert client.post(path_of(message), data={"action": "delete"}).status_code == 422
    assert everything() == before


def test_every_invalid_link_gives_the_same_page(client: FlaskClient) -> None:
    message = queue()
    good = path_of(message).removeprefix("/u/")
    place = Place(message.store_id, message.id, message.buyer_id)
    foreign = sign_token("survey", place.store_id, place.message_id, place.buyer_id)
    cut, turned = good[:-1], good[:-2] + good[-2:][::-1]
    stranger = sign_token("preferences", message.store_id, message.id, 999_999)
    answers = {
        (client.get(f"/u/{token}").status_code, client.get(f"/u/{token}").data)
        for token in (cut, turned, foreign, stranger, "x", "ü", "a" * 5000)
    }
    assert len(answers) == 1
    code, body = answers.pop()
    assert code == 404
    assert b"not valid" in body
    assert client.post(f"/u/{cut}", data={"List-Unsubscribe": "One-Click"}).status_code == 404


def test_an_erased_buyer_has_no_page_any_more(client: FlaskClient) -> None:
    message = queue()
    with db.session() as session:
        session.get_one(Buyer, (message.store_id, message.buyer_id)).erased_at = NOW
    assert client.get(path_of(message)).status_code == 404


def test_the_link_of_a_merged_buyer_speaks_for_the_survivor(client: FlaskClient) -> None:
    message = queue()
    with db.session() as session:
        shop_buyer = session.get_one(Buyer, (message.store_id, message.buyer_id))
        survivor = Buyer(
            store_id=message.store_id,
            email="one@example.test",
            attributes={},
            sources={},
            joined_at=NOW,
            created_at=NOW,
            updated_at=NOW,
        )
        session.add(survivor)
        session.flush()
        shop_buyer.merged_into = survivor.id
        survivor_id = survivor.id
    client.post(path_of(message), data={"List-Unsubscribe": "One-Click"})
    with db.session() as session:
        newest = session.scalars(select(ConsentEvent).order_by(ConsentEvent.id.desc())).first()
    assert newest is not None
    assert newest.buyer_id == survivor_id


def test_the_page_speaks_the_buyers_language(client: FlaskClient) -> None:
    message = queue(locale="zh-CN")
    page = client.get(path_of(message), headers={"Accept-Language": "de"}).get_data(as_text=True)
    assert '<html lang="zh-Hans">' in page


def test_the_page_needs_no_script_no_cookie_and_tells_nobody(client: FlaskClient) -> None:
    answer = client.get(path_of(queue()))
    page = answer.get_data(as_text=True)
    assert "<script" not in page
    assert not re.search(r"""(src|href)=["']https?://""", page)
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_using_a_link_ends_the_doubt_whether_the_mail_arrived(client: FlaskClient) -> None:
    message = queue()
    with db.session() as session:
        session.get_one(Message, (message.store_id, message.id)).state = "uncertain"
    client.get(path_of(message))
    assert read(message).state == "uncertain"
    client.post(path_of(message), data={"List-Unsubscribe": "One-Click"})
    assert read(message).state == "delivered"
