"""A real Medusa shop, told through its own interfaces what a seller and a buyer would do."""

import os
import secrets
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import requests

from tests.e2e.programs import Database, Failed, Running

_VERSION = "2.21.2"
PACKAGES = {
    "dependencies": {
        "@medusajs/medusa": _VERSION,
        "@medusajs/framework": _VERSION,
        "@medusajs/cli": _VERSION,
    }
}
NPM_OPTIONS = ("--ignore-scripts", "--omit=optional")
READY = "Server is ready"
SURVIVES = False  # what could not be posted is gone with the process; reading the shop finds it
USER, PASSWORD = "seller@example.test", secrets.token_urlsafe(12)
PRICE, SHIPPING = Decimal("19.90"), Decimal("4.90")
_SECRET = secrets.token_urlsafe(24)


class Refused(Exception):
    """The shop said no; the reason is its own."""


def program(home: Path, folder: Path, port: int, database: Database) -> Running:
    """Migrate, make a seller, and spell how the shop is started."""
    shutil.copyfile(Path(__file__).with_name("medusa_config.js"), home / "medusa-config.js")
    variables = {
        "SHOP_DATABASE_URL": f"postgres://regulars@localhost/medusa?host={database.host}",
        "SHOP_DATABASE_HOST": database.host,
        "SHOP_SECRET": _SECRET,
        "MEDUSA_DISABLE_TELEMETRY": "1",
    }
    medusa = ["node", "node_modules/@medusajs/cli/cli.js"]
    for arguments in (["db:migrate"], ["user", "-e", USER, "-p", PASSWORD]):
        done = subprocess.run(
            [*medusa, *arguments],
            cwd=home,
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Failed(f"medusa {arguments[0]}: {(done.stdout + done.stderr)[-3000:]}")
    start = [*medusa, "start", "-H", "127.0.0.1", "-p", str(port)]
    return Running(start, home, folder / "shop.log", variables)


def access(trial: Any) -> tuple[str, ...]:
    """Start the shop for long enough to make a secret key; gives how Regulars signs in."""
    trial.program.start(READY)
    admin = _seller(trial.url)
    made = admin.ask("POST", "/admin/api-keys", title="Regulars", type="secret")["api_key"]
    trial.program.end()
    return ("--api-key", made["token"])


class Caller:
    """One side of the shop."""

    def __init__(self, url: str, **headers: str) -> None:
        self._url, self._headers = url, headers

    def ask(self, method: str, path: str, **body: Any) -> Any:
        """Ask and give the answer. Raises Refused."""
        answer = requests.request(
            method,
            f"{self._url}{path}",
            json=body if method != "GET" else None,
            params=body if method == "GET" else None,
            headers=self._headers,
            timeout=30,
        )
        if answer.status_code >= 400:
            raise Refused(f"{path}: {answer.json().get('message')}")
        return answer.json()


class Shop:
    """The shop with one product in it."""

    REFUSED = Refused

    def __init__(self, url: str) -> None:
        self.url = url
        self.admin = _seller(url)

    def make(self, path: str, **asked: Any) -> Any:
        """Make something in the back office and give it."""
        answer = self.admin.ask("POST", f"/admin/{path}", **asked)
        return next(iter(answer.values()))

    def furnish(self) -> None:
        """Make all that a first order needs."""
        channel = self.make("sales-channels", name="Web")["id"]
        region = {"countries": ["de"], "payment_providers": ["pp_system_default"]}
        self.region = self.make("regions", name="Germany", currency_code="eur", **region)["id"]
        rate = {"rate": 19, "code": "VAT", "name": "VAT"}
        tax = {"provider_id": "tp_system", "default_tax_rate": rate}
        self.make("tax-regions", country_code="de", **tax)
        profile = self.make("shipping-profiles", name="Parcels", type="default")["id"]
        self.option = self._delivery(channel, profile)
        variant = {"title": "Tin", "sku": "TEA-1", "options": {"Size": "Tin"}}
        product = self.make(
            "products",
            title="Tea",
            status="published",
            shipping_profile_id=profile,
            sales_channels=[{"id": channel}],
            options=[{"title": "Size", "values": ["Tin"]}],
            variants=[{**variant, "manage_inventory": False, "prices": [_price(PRICE)]}],
        )
        self.variant = product["variants"][0]["id"]
        key = self.make("api-keys", title="Web", type="publishable")
        self.admin.ask("POST", f"/admin/api-keys/{key['id']}/sales-channels", add=[channel])
        self._store = {"x-publishable-api-key": key["token"]}

    def _delivery(self, channel: str, profile: str) -> str:
        address = {"address_1": "Teeweg 1", "city": "Berlin", "country_code": "de"}
        place = self.make("stock-locations", name="Berlin", address=address)["id"]
        self.admin.ask("POST", f"/admin/stock-locations/{place}/sales-channels", add=[channel])
        provider = "manual_manual"
        self.admin.ask(
            "POST", f"/admin/stock-locations/{place}/fulfillment-providers", add=[provider]
        )
        sets = f"/admin/stock-locations/{place}/fulfillment-sets"
        self.admin.ask("POST", sets, name="Post", type="shipping")
        shown = self.admin.ask(
            "GET", f"/admin/stock-locations/{place}", fields="id,*fulfillment_sets"
        )
        group = shown["stock_location"]["fulfillment_sets"][0]["id"]
        zone = self.make(
            f"fulfillment-sets/{group}/service-zones",
            name="Germany",
            geo_zones=[{"type": "country", "country_code": "de"}],
        )["service_zones"][0]["id"]
        option = self.make(
            "shipping-options",
            name="Parcel",
            service_zone_id=zone,
            shipping_profile_id=profile,
            provider_id=provider,
            price_type="flat",
            type={"label": "Parcel", "description": "by post", "code": "parcel"},
            prices=[_price(SHIPPING)],
        )
        return str(option["id"])

    def order(self, email: str, quantity: int, code: str | None = None) -> dict[str, str]:
        """Buy as a guest, with a discount code or without."""
        buyer = Caller(self.url, **self._store)
        where = {"first_name": "Ada", "last_name": "Tester", "address_1": "Teeweg 1"}
        where |= {"city": "Berlin", "postal_code": "10115", "country_code": "de"}
        cart = buyer.ask(
            "POST",
            "/store/carts",
            region_id=self.region,
            email=email,
            shipping_address={**where, "phone": "+4930123456"},
            items=[{"variant_id": self.variant, "quantity": quantity}],
        )["cart"]["id"]
        if code:
            self._redeem(buyer, cart, code)
        buyer.ask("POST", f"/store/carts/{cart}/shipping-methods", option_id=self.option)
        payment = buyer.ask("POST", "/store/payment-collections", cart_id=cart)
        place = f"/store/payment-collections/{payment['payment_collection']['id']}"
        buyer.ask("POST", f"{place}/payment-sessions", provider_id="pp_system_default")
        done = buyer.ask("POST", f"/store/carts/{cart}/complete")
        if done["type"] != "order":
            raise Refused(str(done.get("error", {}).get("message")))
        order = self._show(done["order"]["id"])
        payment_id = order["payment_collections"][0]["payments"][0]["id"]
        self.admin.ask("POST", f"/admin/payments/{payment_id}/capture")
        total = f"{Decimal(str(order['total'])):.2f}"
        return {"id": order["id"], "number": str(order["display_id"]), "total": total}

    def _redeem(self, buyer: Caller, cart: str, code: str) -> None:
        answer = buyer.ask("POST", f"/store/carts/{cart}/promotions", promo_codes=[code])
        if code not in [one["code"] for one in answer["cart"].get("promotions") or []]:
            raise Refused(f"the code {code} is not applied")

    def _show(self, order_id: str) -> Any:
        fields = "id,display_id,total,*items,*payment_collections.payments"
        return self.admin.ask("GET", f"/admin/orders/{order_id}", fields=fields)["order"]

    def ship(self, order_id: str) -> None:
        """Send the whole order off."""
        lines = [
            {"id": one["id"], "quantity": one["quantity"]} for one in self._show(order_id)["items"]
        ]
        place = f"/admin/orders/{order_id}/fulfillments"
        self.admin.ask("POST", place, items=lines)
        shown = self.admin.ask("GET", f"/admin/orders/{order_id}", fields="id,*fulfillments")
        parcel = shown["order"]["fulfillments"][0]["id"]
        label = {"tracking_number": "JD014", "tracking_url": "https://post.example.test/JD014"}
        self.admin.ask(
            "POST",
            f"{place}/{parcel}/shipments",
            items=lines,
            labels=[{**label, "label_url": "https://post.example.test/label"}],
        )

    def refund(self, order_id: str, amount: str) -> None:
        """Give money back."""
        payment = self._show(order_id)["payment_collections"][0]["payments"][0]["id"]
        # The interface wants a JSON number.
        self.admin.ask("POST", f"/admin/payments/{payment}/refund", amount=float(amount))

    def register(self, email: str, birthday: str) -> str:
        """Give a buyer an account with her birthday; gives its id."""
        buyer = Caller(self.url, **self._store)
        signed = buyer.ask(
            "POST", "/auth/customer/emailpass/register", email=email, password=PASSWORD
        )
        own = Caller(self.url, Authorization=f"Bearer {signed['token']}", **self._store)
        made = own.ask("POST", "/store/customers", email=email, metadata={"birthday": birthday})
        return str(made["customer"]["id"])

    def erase(self, customer_id: str) -> None:
        """Delete an account."""
        self.admin.ask("DELETE", f"/admin/customers/{customer_id}")

    def kept(self, code: str) -> dict[str, Any]:
        """Show what the shop keeps of a code."""
        fields = "code,limit,*application_method,*campaign,*campaign.budget"
        found = self.admin.ask("GET", "/admin/promotions", code=code, fields=fields)
        (one,) = found["promotions"]
        return {
            "percent": str(one["application_method"]["value"]),
            "uses": one["campaign"]["budget"]["limit"],
            "ends": one["campaign"]["ends_at"].replace(".000Z", "Z"),
        }


def _seller(url: str) -> Caller:
    signed = Caller(url).ask("POST", "/auth/user/emailpass", email=USER, password=PASSWORD)
    return Caller(url, Authorization=f"Bearer {signed['token']}")


def _price(amount: Decimal) -> dict[str, Any]:
    return {"currency_code": "eur", "amount": float(amount)}
