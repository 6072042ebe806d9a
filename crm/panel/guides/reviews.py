"""The guides of the review apps that stand beside a storefront."""

from collections.abc import Mapping

from crm.i18n import mark
from crm.panel.guides.rows import Entry, Guide

REVIEW_APPS: Mapping[str, Guide] = {
    "judgeme": Guide(
        pitch=mark("Reviews as they are written, and those of the past."),
        maker="them",
        secret_entry=Entry(
            mark("Signing secret"),
            mark("The secret of the app that the token belongs to, where there is one."),
        ),
        signs_with="key",
        access=mark("In Judge.me: Settings, Integrations, View API tokens: the private one."),
        api={"key": Entry(mark("Private API token"))},
        needed=("shop_domain",),
        by_hand=(
            mark("Judge.me has no page for webhooks: they are set up through its interface."),
        ),
        beside=True,
    ),
    "stamped": Guide(
        pitch=mark("Reviews as they are written."),
        maker="us",
        secret_entry=Entry(
            mark("Webhook secret"),
            mark("Left empty, one is made. Stamped sends it along with every webhook."),
        ),
        by_hand=(
            mark("Open Settings → Webhooks in Stamped and add one with the address shown here."),
            mark("Enter the secret, and choose the events of reviews."),
        ),
        beside=True,
    ),
    "yotpo": Guide(
        pitch=mark("Reviews as they are written, and those of the past."),
        maker="us",
        secret_entry=Entry(
            mark("Password of the address"),
            mark("Left empty, one is made. Yotpo signs nothing, so it stands in the address."),
        ),
        access=mark("In Yotpo: Settings, Store: the app key and the secret key."),
        api={"key": Entry(mark("App key")), "secret": Entry(mark("Secret key"))},
        by_hand=(
            mark(
                "Yotpo has no page for webhooks: let one be made for the events of reviews, with "
                "the address just as it stands here."
            ),
        ),
        topics="review_create, review_updated",
        beside=True,
        user_in_address="yotpo",
    ),
}
