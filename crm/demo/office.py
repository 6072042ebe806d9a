"""The people who work at the sample shops: they set things up, know their buyers, mend matters."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from crm.demo import campaigns, words
from crm.demo.goods import SHOPS, ShopSign
from crm.demo.product import Product
from crm.demo.year import Span

_POSTAL = {
    "tea-house": "Tea House, Lindenstraße 12, 10969 Berlin",
    "qingshan-tea": "青山茶铺，杭州市西湖区龙井路1号",
}
_TAGS = ("gift", "office", "wholesale", "green tea", "oolong", "collector")
_CAUSES = (
    ("transport/late", "carrier", "0.00"),
    ("transport/damaged", "carrier", "12.50"),
    ("shipment/short", "us", "8.90"),
    ("quality/not_as_expected", "maker", "4.50"),
    ("description/misleading", "us", "0.00"),
)
_CONTACTS = ("Called and apologised.", "Wrote an apology and asked for a photo.", "已致电道歉。")
_REMEDIES = ("Sent a new one the same day.", "Gave half of the price back.", "已补发，附小样一份。")


class Office:
    """The sellers' side; `reach` says where the sample storefront answers."""

    def __init__(self, product: Product, sellers: Product, span: Span) -> None:
        self._product = product
        self._sellers = sellers
        self._span = span
        self._dice = Random(f"{span.seed}/office")  # noqa: S311 - a story, not a secret
        self._days = 0

    def open_store(self, sign: ShopSign, storefront: str, credentials: list[str]) -> dict[str, Any]:
        """Connect a shop and write its settings; gives the product's answer with the secret."""
        key, secret = credentials
        asked: dict[str, Any] = {
            "name": sign.name,
            "platform": sign.platform,
            "currency": sign.currency,
            "timezone": sign.timezone,
            "locale": sign.locale,
            "country": sign.country,
            "url": storefront,
        }
        if sign.platform == "woocommerce":
            asked["api"] = {"url": storefront, "key": key, "secret": secret}
            asked["options"] = {"birthday_keys": "birthday", "consent_keys": "newsletter"}
        store: dict[str, Any] = self._product.call("POST", "/stores", asked)
        settings = self._product.call("GET", f"/settings/{store['slug']}")
        settings["sender"] = {
            "name": sign.name,
            "email": f"hello@{sign.key}.example.test",
            "postal_address": _POSTAL[sign.key],
        }
        settings["frequency_caps"][0] |= {"limit": 1, "days": 5}
        self._product.call("PUT", f"/settings/{store['slug']}", settings)
        return store

    def plan(self) -> dict[str, dict[str, Any]]:
        """Save segments, start every campaign; gives these by id: shop, kind and percentage."""
        running: dict[str, dict[str, Any]] = {}
        for sign in SHOPS:
            for group in campaigns.segments(sign):
                self._product.call("POST", "/segments", group)
            for wanted in campaigns.plans(sign, self._span):
                made = self._product.call("POST", "/campaigns", wanted)
                self._product.call("POST", f"/campaigns/{made['id']}/start")
                percent = (wanted.get("offer") or {}).get("percent")
                running[str(made["id"])] = {
                    "shop": sign.key,
                    "kind": wanted["kind"],
                    "percent": percent,
                }
        return running

    def work(self, at: datetime) -> None:
        """Work a morning: open cases first; now and then the best buyers, notes and tags."""
        self._days += 1
        for sign in SHOPS:
            for case in self._sellers.items("/cases", store=sign.key, open="true"):
                self._mend(case, at)
            if self._days % (28 if self._span.is_long else 6) == 4:
                self._know_the_best(sign)

    def _mend(self, case: dict[str, Any], at: datetime) -> None:
        path = f"/cases/{case['id']}"
        age = at - datetime.fromisoformat(case["opened_at"])
        left_open = int(case["id"]) % 7 == 3
        if case["first_answer_at"] is None:
            self._step(path, "contact", self._dice.choice(_CONTACTS), channel="phone")
        elif case["cause"] is None and age > timedelta(days=1):
            cause, responsibility, cost = self._dice.choice(_CAUSES)
            found = {"cause": cause, "responsibility": responsibility, "cost": cost}
            self._sellers.call("PATCH", path, found | {"state": "waiting_buyer"})
            self._step(path, "remedy", self._dice.choice(_REMEDIES))
        elif age > timedelta(days=self._dice.choice((2, 3, 4))) and not left_open:
            verdict = self._dice.choices(("satisfied", "unsatisfied", "no_answer"), (7, 1, 2))[0]
            self._sellers.call("PATCH", path, {"state": "closed", "verdict": verdict})

    def _step(self, path: str, kind: str, text: str, **more: Any) -> None:
        self._sellers.call("POST", f"{path}/steps", {"kind": kind, "text": text, **more})

    def _know_the_best(self, sign: ShopSign) -> None:
        buyers = list(self._sellers.items("/buyers", store=sign.key))
        buyers.sort(key=lambda one: (-float(one["stats"]["spent"]["amount"]), int(one["id"])))
        for buyer in [one for one in buyers[:5] if not one["vip"]]:
            reason = {"vip": True, "reason": "Among our best buyers"}
            self._sellers.call("PUT", f"/buyers/{buyer['id']}/vip", reason)
        for buyer in self._dice.sample(buyers, min(3, len(buyers))):
            locale = buyer["locale"] or sign.locale
            note = {"text": words.note(self._dice, locale), "pinned": self._dice.random() < 0.3}
            self._sellers.call("POST", f"/buyers/{buyer['id']}/notes", note)
            tags = sorted({*buyer["tags"], self._dice.choice(_TAGS)})
            self._sellers.call("PUT", f"/buyers/{buyer['id']}/tags", {"tags": tags})
