"""An app beside the storefront posts to its own address, and means the same buyers."""

from flask.testing import FlaskClient
from sqlalchemy import select

from crm import clock, db
from crm.buyers.models import Buyer, Review
from crm.stores.apps import NewApp, connect_app, disconnect_app
from crm.stores.queries import get_store
from crm.webhooks import doors, process
from crm.webhooks.models import Webhook
from tests.factories import NOW
from tests.fakes.senders import payload, woo_post
from tests.webhooks.conftest import Sender

REVIEW = payload("woocommerce/review-posted")


def connected(shop: Sender) -> str:
    """Connect an app that signs as WooCommerce does; gives its secret."""
    with db.session() as session:
        store = get_store(session, shop.slug)
        return connect_app(session, store, NewApp("woocommerce"), NOW)[1]


def post(client: FlaskClient, path: str, secret: str) -> int:
    headers, content = woo_post(secret, "action.regulars_review", REVIEW)
    return client.post(path, data=content, headers=headers).status_code


def test_what_an_app_posts_lands_on_the_storefront_s_buyer(
    client: FlaskClient, shop: Sender
) -> None:
    secret = connected(shop)
    order = payload("standard/order-paid")
    order["data"]["customer"] = {"id": "5", "email": REVIEW["arg"]["reviewer_email"].upper()}
    headers, content = shop.post(order)
    assert client.post(shop.path, data=content, headers=headers).status_code == 200
    assert post(client, f"{shop.path}/woocommerce", secret) == 200
    assert post(client, f"{shop.path}/woocommerce", secret) == 200
    process.drain(clock.now())
    with db.session() as session:
        kept = session.execute(select(Webhook.platform, Webhook.state).order_by(Webhook.id)).all()
        assert kept == [("standard", "done"), ("woocommerce", "done")]
        (buyer,) = session.scalars(select(Buyer))
        (review,) = session.scalars(select(Review))
        assert review.buyer_id == buyer.id
        assert review.external_id == "woocommerce:20"


def test_two_apps_may_number_their_reviews_alike(client: FlaskClient, shop: Sender) -> None:
    secret = connected(shop)
    review = payload("standard/review-created")
    review["data"]["id"] = "20"
    headers, content = shop.post(review)
    assert client.post(shop.path, data=content, headers=headers).status_code == 200
    assert post(client, f"{shop.path}/woocommerce", secret) == 200
    process.drain(clock.now())
    with db.session() as session:
        found = session.scalars(select(Review.external_id).order_by(Review.external_id)).all()
    assert found == ["20", "woocommerce:20"]


def test_an_app_s_secret_opens_no_other_door(client: FlaskClient, shop: Sender) -> None:
    secret = connected(shop)
    assert post(client, shop.path, secret) == 401
    assert post(client, f"{shop.path}/woocommerce", shop.secret) == 401
    assert post(client, f"{shop.path}/standard", secret) == 404
    assert post(client, f"{shop.path}/shopify", secret) == 404


def test_an_app_that_was_taken_away_is_unknown(client: FlaskClient, shop: Sender) -> None:
    secret = connected(shop)
    assert post(client, f"{shop.path}/woocommerce", secret) == 200
    with db.session() as session:
        disconnect_app(session, get_store(session, shop.slug), "woocommerce")
    doors.forget()
    assert post(client, f"{shop.path}/woocommerce", secret) == 404


def test_what_a_taken_away_app_had_posted_can_be_read_no_more(
    client: FlaskClient, shop: Sender
) -> None:
    secret = connected(shop)
    assert post(client, f"{shop.path}/woocommerce", secret) == 200
    with db.session() as session:
        disconnect_app(session, get_store(session, shop.slug), "woocommerce")
    process.drain(clock.now())
    with db.session() as session:
        state, error = session.execute(select(Webhook.state, Webhook.error)).one()
    assert state == "failed"
    assert "not connected" in error
