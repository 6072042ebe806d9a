"""What a template may say about one buyer, in her own language."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from crm.buyers.models import OrderItem
from crm.coupons.models import Coupon
from crm.messages import context
from crm.messages.letters import envelope
from crm.messages.links import read_click, read_preferences, read_survey
from crm.messages.render import Rendered
from tests.factories import NOW, make_order, make_store
from tests.messages.making import make_message, make_shop

LETTER = Rendered("Tea", "<p>Tea</p>", "Tea")


def token(url: str) -> str:
    return url.rsplit("/", 1)[1]


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [
        ("Ada", "Brew", "Ada Brew"),
        ("小明", "王", "王小明"),
        ("小明", "Brew", "小明 Brew"),
        (None, "Brew", "Brew"),
        ("Ada", None, "Ada"),
        (None, None, ""),
    ],
)
def test_a_name_is_put_together_as_its_script_wants(
    session: Session, first: str | None, last: str | None, name: str
) -> None:
    buyer = make_shop(session).buyer(session, first_name=first, last_name=last)
    assert context.full_name(buyer) == name


def test_money_and_dates_read_as_in_the_buyers_language(session: Session) -> None:
    shop = make_shop(session)
    buyer = shop.buyer(session, locale="de")
    coupon = Coupon(
        store_id=shop.store.id,
        code="TEE-1",
        campaign_id=1,
        occurrence="x",
        buyer_id=buyer.id,
        amount_minor=1250,
        currency="EUR",
        expires_at=NOW + timedelta(days=14),
        expires_on=date(2026, 12, 5),
        issued_at=NOW,
    )
    session.add(coupon)
    session.flush()
    order = make_order(
        session, shop.store, buyer, total_minor=123456, tracking={"url": "javascript:x"}
    )
    item = OrderItem(
        store_id=shop.store.id,
        order_id=order.id,
        title="Long Jing",
        quantity=2,
        unit_price_minor=2500,
        total_minor=5000,
    )
    session.add(item)
    message = make_message(session, buyer, order_id=order.id, coupon_id=coupon.id)
    values = context.build(session, shop.store, message).variables
    assert (values["offer"]["code"], values["offer"]["percent"]) == ("TEE-1", None)
    assert values["offer"]["amount"] == "12,50\xa0€"
    assert str(values["offer"]["expires_on"]) == "5. Dezember 2026"
    assert values["order"]["total"] == "1.234,56\xa0€"
    assert values["order"]["items"][0]["title"] == "Long Jing"
    assert values["order"]["tracking_url"] == ""


def test_what_does_not_concern_a_message_is_empty(session: Session) -> None:
    shop = make_shop(session)
    values = context.build(
        session, shop.store, make_message(session, shop.buyer(session))
    ).variables
    assert (values["offer"], values["order"], values["survey"]) == ({}, {}, {})


def test_links_carry_ids_and_no_address(session: Session) -> None:
    shop = make_shop(session)
    buyer = shop.buyer(session, email="ada.brew@example.test")
    message = make_message(session, buyer, kind="survey")
    made = context.build(session, shop.store, message)
    survey, page = made.variables["survey"]["url"], made.variables["links"]["unsubscribe"]
    click = made.wrap("https://tea.example.test/new")
    for url in (survey, page, click):
        assert "ada" not in url.lower()
    places = [
        read_survey(token(survey)),
        read_preferences(token(page)),
        read_click(token(click)).place,
    ]
    assert {(one.store_id, one.message_id, one.buyer_id) for one in places} == {
        (shop.store.id, message.id, buyer.id)
    }
    assert made.wrap(page) == page, "our own pages are not wrapped"


def test_the_message_id_is_the_same_at_every_try_and_bound_to_the_message(session: Session) -> None:
    shop = make_shop(session)
    first, second = (make_message(session, shop.buyer(session)) for _ in range(2))
    ids = [
        envelope.address(shop.store, message, LETTER, "a@b.test", now).message_id
        for message, now in ((first, NOW), (first, NOW + timedelta(hours=1)), (second, NOW))
    ]
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize(
    ("url", "sender"),
    [
        ("https://www.tea.example.test/de", "no-reply@tea.example.test"),
        (None, "no-reply@regulars.invalid"),
    ],
)
def test_a_shop_without_a_sender_still_has_one(
    session: Session, url: str | None, sender: str
) -> None:
    store = make_store(session, url=url)
    shop = make_shop(session)
    message = make_message(session, shop.buyer(session))
    sealed = envelope.address(store, message, LETTER, "a@b.test", NOW)
    assert (sealed.sender, sealed.sender_name) == (sender, "Tea House")
