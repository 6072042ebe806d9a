"""The main job end to end: orders become buyers, buyers get the right message once."""

from typing import Any

from tests.fakes.woocommerce import Shop
from tests.flows.conftest import Connected, Front

ADA = {
    "id": "77",
    "email": "Ada@Example.test",
    "first_name": "Ada",
    "last_name": "Brew",
    "locale": "en",
    "birthday": "1990-11-21",
    "accepts_marketing": True,
}


def order(**changes: Any) -> dict[str, Any]:
    return {
        "id": "1001",
        "number": "#1001",
        "status": "open",
        "payment_status": "paid",
        "fulfillment_status": "unfulfilled",
        "placed_at": "2026-11-20T09:00:00Z",
        "paid_at": "2026-11-20T09:05:00Z",
        "updated_at": "2026-11-20T09:05:00Z",
        "currency": "EUR",
        "total": "59.90",
        "discount_total": "0.00",
        "refunded_total": "0.00",
        "coupon_codes": [],
        "test": False,
        "customer": ADA,
        "shipping_address": {"city": "Berlin", "postcode": "10115", "country": "DE"},
        "items": [
            {
                "product_id": "P1",
                "title": "Green tea",
                "quantity": 2,
                "unit_price": "29.95",
                "total": "59.90",
            }
        ],
    } | changes


def woo_order(**changes: Any) -> dict[str, Any]:
    return {
        "id": 501,
        "number": "501",
        "status": "processing",
        "currency": "EUR",
        "date_created_gmt": "2026-11-20T09:00:00",
        "date_modified_gmt": "2026-11-20T09:05:00",
        "date_paid_gmt": "2026-11-20T09:05:00",
        "date_completed_gmt": None,
        "total": "40.00",
        "discount_total": "0.00",
        "customer_id": 9,
        "billing": {
            "first_name": "Mei",
            "last_name": "Lin",
            "email": "mei@example.test",
            "phone": "",
            "city": "Berlin",
            "country": "DE",
        },
        "line_items": [
            {
                "id": 1,
                "product_id": 11,
                "name": "Oolong",
                "quantity": 1,
                "total": "40.00",
                "price": 40,
            }
        ],
        "coupon_lines": [],
        "refunds": [],
        "meta_data": [{"id": 1, "key": "birthday", "value": "1988-11-21"}],
    } | changes


def test_a_webhook_becomes_a_buyer_with_figures_class_and_timeline(
    front: Front, neutral: Connected
) -> None:
    assert neutral.sends("order.paid", order()) == 200
    front.tick()
    ada = front.buyer("ada@example.test")
    assert ada["stats"]["orders"] == 1
    assert ada["stats"]["spent"] == {"amount": "59.90", "currency": "EUR"}
    assert ada["city"] == "Berlin"
    assert ada["tier"]["class"]
    assert ada["tier"]["reason"]
    assert ada["consents"]["email"]["status"] == "granted"
    kinds = {entry["kind"] for entry in front.items(f"/buyers/{ada['id']}/timeline")}
    assert "order" in kinds


def test_the_same_webhook_twice_is_once_and_an_older_one_changes_nothing(
    front: Front, neutral: Connected
) -> None:
    refunded = order(
        payment_status="refunded", refunded_total="59.90", updated_at="2026-11-21T08:00:00Z"
    )
    assert neutral.sends("order.refunded", refunded, name="msg_a") == 200
    assert neutral.sends("order.refunded", refunded, name="msg_a") == 200
    assert neutral.sends("order.paid", order(), name="msg_late") == 200
    front.tick()
    stats = front.buyer("ada@example.test")["stats"]
    assert stats["orders"] == 1
    assert stats["spent"]["amount"] == "0.00"
    assert stats["refunded"]["amount"] == "59.90"


def test_a_promotion_reaches_the_agreed_buyer_once_and_says_why_not_the_other(
    front: Front, neutral: Connected
) -> None:
    neutral.sends("order.paid", order())
    silent = ADA | {"id": "78", "email": "ben@example.test", "accepts_marketing": None}
    neutral.sends("order.paid", order(id="1002", number="#1002", customer=silent))
    front.tick()
    campaign = front.campaign(neutral, "promotion")
    front.tick()
    front.tick()
    (mail,) = front.smtp.messages
    assert mail.recipients == ("ada@example.test",)
    assert mail.mail["Subject"] == "Hello Ada"
    assert mail.mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    (message,) = front.items("/messages", campaign=campaign)
    assert message["state"] == "accepted"
    assert mail.mail["X-CRM-Message"] == message["id"]
    reasons = {
        each["reason"]: each["outcome"] for each in front.items(f"/campaigns/{campaign}/decisions")
    }
    assert reasons == {None: "send", "no_consent": "skipped"}
    report = front.api("GET", f"/campaigns/{campaign}/report")
    assert report["audience"] == 2
    assert report["decisions"] == {"send": 1, "skipped": 1}


def test_one_click_unsubscribes_at_once_and_looking_does_not(
    front: Front, neutral: Connected
) -> None:
    neutral.sends("order.paid", order())
    front.tick()
    front.campaign(neutral, "promotion")
    front.tick()
    (mail,) = front.smtp.messages
    page = front.link(mail, "/u/")
    assert front.client.get(page).status_code == 200
    assert front.buyer("ada@example.test")["consents"]["email"]["status"] == "granted"
    answer = front.client.post(page, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert front.buyer("ada@example.test")["consents"]["email"]["status"] == "withdrawn"
    second = front.campaign(neutral, "promotion", name="again")
    front.tick()
    assert front.decision(second) == ("skipped", "no_consent")
    neutral.sends("order.paid", order(id="1003", updated_at="2026-11-21T10:00:00Z"))
    front.tick()
    assert front.buyer("ada@example.test")["consents"]["email"]["status"] == "withdrawn"


def test_a_birthday_code_is_made_in_the_shop_mailed_and_matched_when_an_order_carries_it(
    front: Front, woo: Connected, shop: Shop
) -> None:
    woo.sends_woo("order.created", woo_order())
    front.tick()
    mei = front.buyer("mei@example.test")
    front.api(
        "POST",
        f"/buyers/{mei['id']}/consents",
        {"channel": "email", "status": "granted", "source": "phone call", "proof": "note 7"},
    )
    campaign = front.campaign(
        woo,
        "birthday",
        offer={"percent": 15, "valid_days": 14, "single_use": True},
        message={
            "subject": "Happy birthday",
            "body": "Your code: {{ offer.code }}, {{ offer.percent }} %",
            "format": "text",
        },
    )
    front.tick()
    front.tick()
    (mail,) = front.smtp.messages
    (coupon,) = front.items("/coupons", campaign=campaign)
    assert coupon["state"] == "live"
    body = mail.mail.get_body(("plain",))
    assert body is not None
    assert coupon["code"] in body.get_content()
    (kept,) = shop.coupons.values()
    assert kept["code"] == coupon["code"].lower()
    assert kept["usage_limit"] == 1
    assert kept["date_expires_gmt"] == "2026-12-05T22:59:59"
    used = woo_order(
        id=502,
        number="502",
        date_modified_gmt="2026-11-21T10:30:00",
        coupon_lines=[{"id": 3, "code": kept["code"], "discount": "6.00"}],
        discount_total="6.00",
        total="34.00",
    )
    woo.sends_woo("order.created", used)
    front.tick()
    (redeemed,) = front.items("/coupons", campaign=campaign)
    assert redeemed["state"] == "redeemed"
    assert redeemed["cost"]["amount"] == "6.00"
    woo.sends_woo("order.created", used | {"id": 503, "number": "503"})
    front.tick()
    (twice,) = front.items("/coupons", campaign=campaign)
    assert twice["alarm"] == "redeemed_twice"


def test_a_low_survey_score_opens_a_case_and_mutes_promotions_until_it_is_closed(
    front: Front, neutral: Connected
) -> None:
    delivered = order(
        fulfillment_status="delivered",
        fulfilled_at="2026-11-12T09:00:00Z",
        delivered_at="2026-11-14T09:00:00Z",
    )
    neutral.sends("order.delivered", delivered)
    front.tick()
    front.campaign(
        neutral,
        "survey",
        schedule={"days_after": {"delivered": 7}},
        message={"subject": "How was it?", "body": "{{ survey.url }}", "format": "text"},
    )
    front.tick()
    (mail,) = front.smtp.messages
    page = front.link(mail, "/s/")
    assert front.client.get(page).status_code == 200
    assert front.items("/cases") == []
    answered = front.client.post(page, data={"score": "1", "improve": "The box was open."})
    assert answered.status_code in (200, 303)
    assert front.client.post(page, data={"score": "5"}).status_code in (200, 303)
    ada = front.buyer("ada@example.test")
    assert ada["stats"]["last_score"] == 1
    assert ada["stats"]["open_cases"] == 1
    (case,) = front.items("/cases")
    muted = front.campaign(neutral, "promotion")
    front.tick()
    assert front.decision(muted) == ("skipped", "open_case")
    refused = front.client.patch(
        f"/api/v1/cases/{case['id']}",
        json={"state": "closed"},
        headers={"Authorization": f"Bearer {front.key}"},
    )
    assert refused.status_code == 422
    front.api("PATCH", f"/cases/{case['id']}", {"state": "closed", "verdict": "satisfied"})
    heard = front.campaign(neutral, "promotion", name="after")
    front.tick()
    assert front.decision(heard) == ("send", None)


def test_quiet_hours_defer_to_the_buyers_morning(front: Front, neutral: Connected) -> None:
    neutral.sends("order.paid", order())
    front.tick()
    front.at("2026-11-21T22:00:00Z")
    campaign = front.campaign(neutral, "promotion")
    front.tick()
    assert front.decision(campaign) == ("deferred", "quiet_hours")
    assert front.smtp.messages == []
    front.at("2026-11-22T08:00:00Z")
    front.tick()
    assert front.decision(campaign) == ("send", None)
    assert len(front.smtp.messages) == 1


def test_the_third_promotion_in_a_week_waits(front: Front, neutral: Connected) -> None:
    neutral.sends("order.paid", order())
    front.tick()
    campaigns = [front.campaign(neutral, "promotion", name=f"number {n}") for n in range(3)]
    front.tick()
    assert len(front.smtp.messages) == 2
    (waiting,) = front.items(f"/campaigns/{campaigns[2]}/decisions")
    assert (waiting["outcome"], waiting["reason"]) == ("deferred", "frequency_cap")
    assert waiting["not_before"] == "2026-11-28T11:00:00Z"


def test_a_buyer_who_leaves_between_decision_and_sending_gets_nothing(
    front: Front, neutral: Connected
) -> None:
    from crm import clock
    from crm.campaigns import run

    neutral.sends("order.paid", order())
    front.tick()
    campaign = front.campaign(neutral, "promotion")
    run.run_due(clock.now())
    ada = front.buyer("ada@example.test")
    front.api(
        "POST",
        f"/buyers/{ada['id']}/consents",
        {"channel": "email", "status": "withdrawn", "source": "phone call"},
    )
    front.tick()
    assert front.smtp.messages == []
    assert front.decision(campaign) == ("skipped", "no_consent")
