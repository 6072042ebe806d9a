"""A real Vendure shop, told through its own interfaces what a seller and a buyer would do."""

import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import requests

from tests.e2e.programs import Database, Running

PACKAGES = {
    "dependencies": {"@vendure/core": "3.7.3", "pg": "^8"},
    # What it asks for itself was not to be had when this was written.
    "overrides": {"@graphql-tools/batch-execute": "10.2.0"},
}
READY = "shop ready"
SURVIVES = True  # what could not be posted waits in the shop's own queue
USER, PASSWORD = "superadmin", "only for this trial"
PRICE, SHIPPING = 1990, 490  # in cents, tax included

_RESULT = "{ __typename ... on Order { id code state totalWithTax couponCodes } %s }"
_FAULT = "... on ErrorResult { errorCode message }"


# What an answer that is one of several kinds shows.
_SHOWN = "... on Node { id }"


def program(home: Path, folder: Path, port: int, database: Database) -> Running:
    """Spell how the shop is started; the webhook's variables are still to be added."""
    shutil.copyfile(Path(__file__).with_name("vendure_shop.js"), home / "shop.js")
    variables = {
        "SHOP_PORT": str(port),
        "SHOP_PASSWORD": PASSWORD,
        "SHOP_DATABASE_HOST": database.host,
        "VENDURE_DISABLE_TELEMETRY": "true",
    }
    return Running(["node", "shop.js"], home, folder / "shop.log", variables)


def access(_trial: Any) -> tuple[str, ...]:
    """Spell how Regulars signs in."""
    return ("--api-key", USER, "--api-secret", PASSWORD, "--option", "birthday_field=birthday")


class Refused(Exception):
    """The shop said no; the reason is its own."""


class Caller:
    """One side of the shop: signed in, or with a basket of its own, by the token it was given."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = requests.Session()

    def ask(self, query: str, **variables: Any) -> Any:
        """Ask and give the one thing that was asked for. Raises Refused."""
        reply = self._session.post(
            self._url, json={"query": query, "variables": variables}, timeout=30
        )
        if token := reply.headers.get("vendure-auth-token"):
            self._session.headers["Authorization"] = f"Bearer {token}"
        body = reply.json()
        if body.get("errors"):
            raise Refused(body["errors"][0]["message"])
        (found,) = body["data"].values()
        if isinstance(found, dict) and found.get("errorCode"):
            raise Refused(f"{found['errorCode']}: {found['message']}")
        return found

    def sign_in(self, user: str, password: str) -> None:
        """Sign in as an administrator."""
        self.ask(
            "mutation($u: String!, $p: String!) { login(username: $u, password: $p)"
            f" {{ __typename ... on CurrentUser {{ id }} {_FAULT} }} }}",
            u=user,
            p=password,
        )


class Shop:
    """The shop with one product in it."""

    REFUSED = Refused

    def __init__(self, url: str) -> None:
        self.url = url
        self.admin = Caller(f"{url}/admin-api")
        self.admin.sign_in(USER, PASSWORD)

    def furnish(self) -> None:
        """Make all that a first order needs."""
        country = self._make(
            "createCountry", code="DE", enabled=True, translations=[_named("Germany")]
        )
        zone = self._make("createZone", name="Europe", memberIds=[country])
        category = self._make("createTaxCategory", name="Standard", isDefault=True)
        self._make(
            "createTaxRate", name="VAT", enabled=True, value=19, categoryId=category, zoneId=zone
        )
        self._make(
            "updateChannel",
            id=self.admin.ask("{ activeChannel { id } }")["id"],
            defaultCurrencyCode="EUR",
            availableCurrencyCodes=["EUR"],
            pricesIncludeTax=True,
            defaultTaxZoneId=zone,
            defaultShippingZoneId=zone,
        )
        self._delivery()
        product = self._make(
            "createProduct", enabled=True, translations=[_named("Tea", slug="tea", description="")]
        )
        variant = {"productId": product, "sku": "TEA-1", "price": PRICE, "stockOnHand": 100}
        variant |= {"taxCategoryId": category, "translations": [_named("Tea")]}
        kind = "[CreateProductVariantInput!]!"
        query = f"mutation($i: {kind}) {{ made: createProductVariants(input: $i) {{ id }} }}"
        self.variant = self.admin.ask(query, i=[variant])[0]["id"]

    def _delivery(self) -> None:
        self._make(
            "createShippingMethod",
            code="parcel",
            fulfillmentHandler="manual-fulfillment",
            checker=_operation("default-shipping-eligibility-checker", orderMinimum="0"),
            calculator=_operation(
                "default-shipping-calculator",
                rate=str(SHIPPING),
                includesTax="include",
                taxRate="19",
            ),
            translations=[_named("Parcel", description="")],
        )
        self._make(
            "createPaymentMethod",
            code="card",
            enabled=True,
            handler=_operation("dummy-payment-handler", automaticSettle="true"),
            translations=[_named("Card", description="")],
        )

    def _make(self, call: str, /, **asked: Any) -> str:
        query = f"mutation($i: {_kind(call)}!) {{ {call}(input: $i) {{ __typename {_SHOWN} }} }}"
        return str(self.admin.ask(query, i=asked)["id"])

    def order(self, email: str, quantity: int, code: str | None = None) -> dict[str, str]:
        """Buy as a guest, with a discount code or without."""
        buyer = Caller(f"{self.url}/shop-api")
        _step(
            buyer,
            "addItemToOrder(productVariantId: $a, quantity: $b)",
            ID=self.variant,
            Int=quantity,
        )
        if code:
            _step(buyer, "applyCouponCode(couponCode: $a)", String=code)
        person = {"firstName": "Ada", "lastName": "Tester", "emailAddress": email}
        buyer.ask(
            "mutation($i: CreateCustomerInput!) { setCustomerForOrder(input: $i)"
            f" {_RESULT % _FAULT} }}",
            i={**person, "phoneNumber": "+4930123456"},
        )
        where = {"fullName": "Ada Tester", "streetLine1": "Teeweg 1", "city": "Berlin"}
        _step(
            buyer,
            "setOrderShippingAddress(input: $a)",
            CreateAddressInput={**where, "postalCode": "10115", "countryCode": "DE"},
        )
        method = buyer.ask("{ eligibleShippingMethods { id } }")[0]["id"]
        buyer.ask(
            "mutation($i: [ID!]!) { setOrderShippingMethod(shippingMethodId: $i)"
            f" {_RESULT % _FAULT} }}",
            i=[method],
        )
        _step(buyer, "transitionOrderToState(state: $a)", String="ArrangingPayment")
        paid = _step(
            buyer, "addPaymentToOrder(input: $a)", PaymentInput={"method": "card", "metadata": {}}
        )
        total = f"{Decimal(paid['totalWithTax']) / 100:.2f}"
        return {"id": paid["id"], "number": paid["code"], "total": total}

    def ship(self, order_id: str) -> None:
        """Send the whole order off."""
        lines = self.admin.ask(
            "query($i: ID!) { order(id: $i) { lines { orderLineId: id quantity } } }", i=order_id
        )["lines"]
        parcel = self.admin.ask(
            "mutation($i: FulfillOrderInput!) { addFulfillmentToOrder(input: $i)"
            f" {{ __typename ... on Fulfillment {{ id }} {_FAULT} }} }}",
            i={
                "lines": lines,
                "handler": _operation("manual-fulfillment", method="DHL", trackingCode="JD014"),
            },
        )
        self.admin.ask(
            'mutation($i: ID!) { transitionFulfillmentToState(id: $i, state: "Shipped")'
            f" {{ __typename ... on Fulfillment {{ id }} {_FAULT} }} }}",
            i=parcel["id"],
        )

    def refund(self, order_id: str, amount: str) -> None:
        """Give money back; the dummy payment leaves the refund pending until it is settled."""
        found = self.admin.ask("query($i: ID!) { order(id: $i) { payments { id } } }", i=order_id)
        cents = int(Decimal(amount) * 100)
        asked = {"paymentId": found["payments"][0]["id"], "amount": cents, "reason": "broken cup"}
        made = self.admin.ask(
            "mutation($i: RefundOrderInput!) { refundOrder(input: $i)"
            f" {{ __typename ... on Refund {{ id state }} {_FAULT} }} }}",
            i={**asked, "lines": [], "shipping": 0, "adjustment": 0},
        )
        self.admin.ask(
            "mutation($i: SettleRefundInput!) { settleRefund(input: $i)"
            f" {{ __typename ... on Refund {{ id state }} {_FAULT} }} }}",
            i={"id": made["id"], "transactionId": "back-1"},
        )

    def register(self, email: str, birthday: str) -> str:
        """Give a buyer an account with her birthday; gives its id."""
        person = {"firstName": "Bo", "lastName": "Tester", "emailAddress": email}
        made = self.admin.ask(
            "mutation($i: CreateCustomerInput!, $p: String)"
            " { createCustomer(input: $i, password: $p)"
            f" {{ __typename ... on Customer {{ id }} {_FAULT} }} }}",
            i={**person, "customFields": {"birthday": birthday}},
            p=PASSWORD,
        )
        return str(made["id"])

    def erase(self, customer_id: str) -> None:
        """Delete an account."""
        self.admin.ask(
            "mutation($i: ID!) { deleteCustomer(id: $i) { result message } }", i=customer_id
        )

    def kept(self, code: str) -> dict[str, Any]:
        """Show what the shop keeps of a code."""
        found = self.admin.ask(
            "query($c: String!) { promotions(options: {filter: {couponCode: {eq: $c}}})"
            " { items { endsAt usageLimit actions { args { value } } } } }",
            c=code,
        )
        (one,) = found["items"]
        percent = one["actions"][0]["args"][0]["value"]
        ends = one["endsAt"].replace(".000Z", "Z")
        return {"percent": percent, "uses": one["usageLimit"], "ends": ends}


def _step(buyer: Caller, call: str, **given: Any) -> dict[str, Any]:
    """Run one mutation of the checkout; each value is named by its type."""
    names = dict(zip("ab", given, strict=False))
    head = ", ".join(f"${name}: {kind}!" for name, kind in names.items())
    values = dict(zip("ab", given.values(), strict=False))
    shown = _RESULT % _FAULT
    return dict(buyer.ask(f"mutation({head}) {{ {call} {shown} }}", **values))


def _kind(call: str) -> str:
    return f"{call[0].upper()}{call[1:]}Input"


def _named(name: str, **more: str) -> dict[str, str]:
    return {"languageCode": "en", "name": name, **more}


def _operation(code: str, **arguments: str) -> dict[str, Any]:
    listed = [{"name": name, "value": value} for name, value in arguments.items()]
    return {"code": code, "arguments": listed}
