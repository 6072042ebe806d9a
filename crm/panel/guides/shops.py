"""The guides of the shop platforms, the commonest first."""

from collections.abc import Mapping

from crm.i18n import mark
from crm.panel.guides.rows import Entry, Guide

_OURS = Entry(
    mark("Webhook secret"), mark("Left empty, one is made. It is shown once, on the next page.")
)
_NEUTRAL_TOPICS = (
    "order.created, order.updated, order.paid, order.fulfilled, order.delivered, order.cancelled, "
    "order.refunded, customer.created, customer.updated, customer.deleted, review.created, "
    "review.updated, review.deleted, consent.changed"
)

SHOPS: Mapping[str, Guide] = {
    "woocommerce": Guide(
        pitch=mark("WordPress with WooCommerce. Webhooks, past, reviews and discount codes."),
        maker="us",
        secret_entry=_OURS,
        access=mark(
            "In WooCommerce: Settings, Advanced, REST API: add a key with read and write access, "
            "made for somebody who manages the shop. With it we set up the webhooks, read the past "
            "and make discount codes."
        ),
        api={
            "url": Entry(
                mark("Shop address"),
                mark("With https: WooCommerce refuses keys without it."),
                "https://shop.example",
            ),
            "key": Entry(mark("Consumer key"), "", "ck_…"),
            "secret": Entry(mark("Consumer secret"), "", "cs_…"),
        },
        by_hand=(
            mark(
                "Open WooCommerce → Settings → Advanced → Webhooks and add a webhook for each of "
                "these topics. Do it as an administrator."
            ),
            mark(
                "Set the state to Active, put the address into Delivery URL and the secret into "
                "Secret, and choose the newest API version."
            ),
            mark("Save. WooCommerce knocks once at this address; the next order comes here."),
        ),
        topics=(
            "Order created, Order updated, Order deleted, Order restored, "
            "Customer created, Customer updated, Customer deleted"
        ),
    ),
    "shopify": Guide(
        pitch=mark("An app of your own in your Shopify shop. Webhooks, past and discount codes."),
        maker="them",
        secret_entry=Entry(
            mark("Client secret of the app"),
            mark("Shopify signs webhooks with it. In the app: Settings, Credentials."),
            "shpss_…",
        ),
        signs_with="secret",
        access=mark(
            "In Shopify's Dev Dashboard: make an app of your own with access to orders, customers, "
            "products, fulfillments and discounts, and install it in the shop. Its settings show "
            "both parts. An app made before 2026 has an access token instead of a client ID."
        ),
        api={
            "url": Entry(
                mark("Shop address"),
                mark("The one that ends in myshopify.com."),
                "https://your-shop.myshopify.com",
            ),
            "key": Entry(mark("Client ID, or Admin API access token"), "", "shpat_…"),
            "secret": Entry(
                mark("Client secret of the app"),
                mark("Needed with a client ID; webhooks are signed with it."),
                "shpss_…",
            ),
        },
        by_hand=(
            mark(
                "Open Settings → Notifications → Webhooks in the shop and create one for each of "
                "these topics, as JSON, with the newest version."
            ),
            mark(
                "Webhooks made there are signed with the secret that stands beneath their list: "
                "enter that one here."
            ),
        ),
        topics=(
            "Order creation, Order update, Order deletion, Refund create, Fulfillment update, "
            "Customer creation, Customer update, Customer deletion"
        ),
    ),
    "bigcommerce": Guide(
        pitch=mark("A BigCommerce shop with an app account. Webhooks, past and discount codes."),
        maker="them",
        secret_entry=Entry(
            mark("Client secret"),
            mark("BigCommerce signs webhooks with it. It is shown once with the API account."),
        ),
        access=mark(
            "In BigCommerce: Settings, Store-level API accounts: make one that may read orders and "
            "customers, change marketing and manage webhooks."
        ),
        api={
            "url": Entry(
                mark("API path"),
                mark("As shown with the account."),
                "https://api.bigcommerce.com/stores/abc123",
            ),
            "key": Entry(mark("Access token")),
        },
        by_hand=(
            mark("BigCommerce has no page for webhooks: they are set up through its interface."),
        ),
    ),
    "saleor": Guide(
        pitch=mark("A Saleor shop, hosted or your own. Webhooks, past and discount codes."),
        maker="nobody",
        access=mark(
            "In the Saleor dashboard: Extensions, add a local app with the permissions to manage "
            "orders, users, discounts and apps, and copy its token."
        ),
        api={
            "url": Entry(mark("GraphQL address"), "", "https://your-shop.saleor.cloud/graphql/"),
            "key": Entry(mark("App token")),
        },
        by_hand=(
            mark("Open the app in the dashboard and create a webhook with the address shown here."),
            mark(
                "Leave the secret key empty: Saleor then signs with a key of its own, which we "
                "look up at the shop's address."
            ),
            mark("Choose the events of orders and customers, and switch the webhook on."),
        ),
    ),
    "medusa": Guide(
        pitch=mark("A Medusa 2 server with our package. Webhooks, past and discount codes."),
        maker="us",
        secret_entry=_OURS,
        access=mark(
            "In the Medusa admin: Settings, Secret API keys: make one. With it we read the past "
            "and make discount codes."
        ),
        api={
            "url": Entry(mark("Server address"), "", "https://medusa.example"),
            "key": Entry(mark("Secret API key"), "", "sk_…"),
        },
        by_hand=(
            mark("Medusa sends no webhooks by itself: add our package from integrations/medusa."),
            mark("Give it the address and the secret shown here, and start the server anew."),
        ),
    ),
    "vendure": Guide(
        pitch=mark("A Vendure 3 server with our plugin. Webhooks, past and discount codes."),
        maker="us",
        secret_entry=_OURS,
        access=mark(
            "In the Vendure admin: make an administrator for us who may read orders and customers "
            "and manage promotions. With it we read the past and make discount codes."
        ),
        api={
            "url": Entry(mark("Admin API address"), "", "https://vendure.example/admin-api"),
            "key": Entry(mark("Name of the administrator")),
            "secret": Entry(mark("Password of the administrator")),
        },
        by_hand=(
            mark("Vendure sends no webhooks by itself: add our plugin from integrations/vendure."),
            mark("Give it the address and the secret shown here, and start the server anew."),
        ),
    ),
    "standard": Guide(
        pitch=mark("Any other shop that can post signed JSON (Standard Webhooks, CloudEvents)."),
        maker="us",
        secret_entry=Entry(
            mark("Webhook secret"),
            mark("Left empty, one is made. Where the sender made one, enter it here."),
            "whsec_…",
        ),
        by_hand=(
            mark("Post JSON to the address, one event at a time, with type, timestamp and data."),
            mark(
                "Sign it as Standard Webhooks says, with the headers webhook-id, "
                "webhook-timestamp and webhook-signature."
            ),
        ),
        topics=_NEUTRAL_TOPICS,
        by_key=True,
    ),
}
