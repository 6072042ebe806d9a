"""What the sample storefront keeps in a file, so that it goes on after a restart."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from crm.demo.goods import SHOPS
from crm.demo.storefront.hookbook import Door
from crm.demo.storefront.shop import Basket, Shop
from crm.demo.year import Span


class Memory:
    """A small JSON file; the story itself is told anew, only what was added to it is kept."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened: dict[str, Any] = {}

    @property
    def credentials(self) -> dict[str, list[str]]:
        """Key and secret of each shop's interface."""
        found: dict[str, list[str]] = self._opened.get("credentials", {})
        return found

    def open(self, asked: dict[str, Any]) -> dict[str, Shop]:
        """Open the shops for a span of time that nobody has played yet."""
        self._opened = asked
        span = _span(asked)
        shops = {sign.key: Shop(sign, span) for sign in SHOPS}
        self.keep(shops)
        return shops

    def recall(self) -> dict[str, Shop]:
        """Bring the shops back as they were kept; none before the first opening."""
        if not self._path.exists():
            return {}
        kept = json.loads(self._path.read_text(encoding="utf-8"))
        self._opened = kept["opened"]
        span = _span(self._opened)
        return {sign.key: _revive(Shop(sign, span), kept["shops"][sign.key]) for sign in SHOPS}

    def keep(self, shops: dict[str, Shop]) -> None:
        """Write the file in one move."""
        if not self._opened:
            return
        kept = {"opened": self._opened, "shops": {key: _kept(shop) for key, shop in shops.items()}}
        draft = self._path.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(kept), encoding="utf-8")
        draft.replace(self._path)


def _span(asked: dict[str, Any]) -> Span:
    begin_at, end_at = (datetime.fromisoformat(asked[key]) for key in ("begin_at", "end_at"))
    return Span(begin_at, end_at, asked["buyers"], asked["seed"])


def _kept(shop: Shop) -> dict[str, Any]:
    return {
        "door": [shop.door.url, shop.door.secret] if shop.door else None,
        "until": shop.until.isoformat() if shop.until else None,
        "told": shop.told,
        "coupons": {str(number): dict(one) for number, one in list(shop.desk.coupons.items())},
        "hooks": {str(number): dict(one) for number, one in list(shop.hooks.hooks.items())},
        "baskets": [[one.email, one.code, one.percent, one.at.isoformat()] for one in shop.baskets],
    }


def _revive(shop: Shop, kept: dict[str, Any]) -> Shop:
    shop.door = Door(*kept["door"]) if kept["door"] else None
    shop.told = kept["told"]
    shop.desk.coupons = {int(number): one for number, one in kept["coupons"].items()}
    shop.hooks.hooks = {int(number): one for number, one in kept["hooks"].items()}
    for email, code, percent, at in kept["baskets"]:
        shop.check_out(Basket(email, code, percent, datetime.fromisoformat(at)), again=True)
    if kept["until"]:
        shop.skip(datetime.fromisoformat(kept["until"]))
    return shop
