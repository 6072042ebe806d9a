"""A real storefront and the whole product, end to end: `bin/e2e vendure` or `bin/e2e medusa`.

Nothing here is a stand-in: the storefront is installed from npm, takes orders through its own
checkout, and its own discount decides what a code is worth.
"""

import argparse
import json
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.e2e.programs import (
    CACHE,
    Database,
    Failed,
    Running,
    free_port,
    install,
    need,
    say,
    version_of,
    wait_until,
)
from tests.e2e.regulars import Regulars

_EMAIL = "Ada.Winter@Example.TEST"
_BUYER = _EMAIL.lower()
_OTHER = "bo@example.test"


class Trial:
    """One run: what is up, and when each step was done."""

    def __init__(self, stack: ExitStack, folder: Path, name: str) -> None:
        self._stack, self._folder, self._name = stack, folder, name
        self._began = time.monotonic()
        self.side: Any = import_module(f"tests.e2e.{name}")
        self.regulars = Regulars(folder)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def step(self, text: str) -> None:
        """Tell what was seen, with the seconds since the start."""
        say(f"{time.monotonic() - self._began:7.1f} s  {text}")

    def open(self) -> Any:
        """Bring everything up and connect it; gives the furnished shop."""
        home = install(self._name, self.side.PACKAGES, getattr(self.side, "NPM_OPTIONS", ()))
        told = ", ".join(
            f"{one} {version_of(home, one)}" for one in self.side.PACKAGES["dependencies"]
        )
        self.step(f"installed: {told}")
        database = Database(self._folder / "database", self._name)
        self._stack.callback(database.end)
        database.start()
        self._stack.callback(self.regulars.end)
        self.step(f"Regulars serves after {self.regulars.start():.1f} s")
        shop = self._connect(home, database)
        shop.furnish()
        self.step("the shop has a product, a parcel, a payment")
        return shop

    def _connect(self, home: Path, database: Database) -> Any:
        self.program: Running = self.side.program(home, self._folder, self.port, database)
        access = self.side.access(self)
        self.regulars.connect(self._name, ("--api-url", self.url, *access))
        self.program.variables = {
            **self.program.variables,
            "REGULARS_WEBHOOK_URL": self.regulars.webhook_url,
            "REGULARS_WEBHOOK_SECRET": self.regulars.secret,
        }
        self._stack.callback(self.program.end)
        self.step(f"the shop serves after {self.program.start(self.side.READY):.1f} s")
        return self.side.Shop(self.url)


def tell(trial: Trial) -> None:
    """Play it through. Raises Failed at the first thing that is not as it should be."""
    shop = trial.open()
    first = _first_order(trial, shop)
    code = _code(trial, shop)
    second = _second_order(trial, shop, code)
    _refund(trial, shop, first)
    _account(trial, shop)
    _away(trial, shop, second)
    _both_ways(trial)


def _first_order(trial: Trial, shop: Any) -> Any:
    order = shop.order(_EMAIL, 2)
    trial.step(f"order {order['number']} of a guest, {order['total']} EUR, paid in the shop")
    trial.regulars.wait_for_buyer(_BUYER, orders=1, spent=order["total"], refunded="0.00")
    trial.step(f"Regulars knows the buyer: 1 order, {order['total']} spent")
    return order


def _code(trial: Trial, shop: Any) -> Any:
    coupon = trial.regulars.send_code(trial.regulars.buyer(_BUYER))
    kept = shop.kept(coupon["code"])
    need(kept == {"percent": "20", "uses": 1, "ends": _instant(coupon["expires_at"])}, f"{kept}")
    trial.step(f"a campaign made {coupon['code']}; the shop keeps {kept}")
    return coupon


def _second_order(trial: Trial, shop: Any, coupon: Any) -> Any:
    order = shop.order(_EMAIL, 3, coupon["code"])
    trial.step(f"order {order['number']} with the code, {order['total']} EUR")
    redeemed = trial.regulars.wait_for_coupon(coupon, "redeemed")
    trial.step(f"Regulars has it redeemed; it cost {redeemed['cost']['amount']} EUR")
    refusal = _refusal(shop, coupon["code"])
    trial.step(f"a second use is refused by the shop: {refusal}")
    return order


def _refusal(shop: Any, code: str) -> str:
    try:
        shop.order("somebody.else@example.test", 1, code)
    except shop.REFUSED as no:
        return str(no)
    raise Failed("the code could be used twice")


def _refund(trial: Trial, shop: Any, order: Any) -> None:
    shop.ship(order["id"])
    shop.refund(order["id"], "5.50")
    trial.regulars.wait_for_buyer(_BUYER, orders=2, refunded="5.50")
    found = next(row for row in trial.regulars.rows("order") if row["external_id"] == order["id"])
    need(found["fulfillment_status"] == "fulfilled", f"{found}")
    need(found["total"] == order["total"], f"the total stays: {found}")
    trial.step(f"5.50 EUR refunded: seen; the order is fulfilled and still says {order['total']}")


def _account(trial: Trial, shop: Any) -> None:
    regulars = trial.regulars
    number = shop.register(_OTHER, "1990-02-28")
    buyer = wait_until("the account", lambda: regulars.buyer(_OTHER))
    need(buyer["birthday"] == "1990-02-28", f"{buyer}")
    need(number in buyer["external_ids"], f"{buyer}")
    shop.erase(number)
    wait_until("the account is erased", lambda: regulars.buyer(_OTHER) is None)
    trial.step("an account came with its birthday, and went when it was deleted in the shop")


def _away(trial: Trial, shop: Any, order: Any) -> None:
    """Refund while Regulars is down and kill the shop: what follows is by the plugin or by us."""
    trial.regulars.end()
    shop.refund(order["id"], "1.00")
    time.sleep(1)
    trial.program.kill()
    trial.step("1.00 EUR refunded while Regulars was down; the shop was killed")
    trial.regulars.start()
    trial.program.start(trial.side.READY)
    back = time.monotonic()
    if not trial.side.SURVIVES:
        trial.regulars.run("store", "reconcile", trial.regulars.slug)
    trial.regulars.wait_for_buyer(_BUYER, orders=2, refunded="6.50")
    by = "the shop's own queue" if trial.side.SURVIVES else "reading the shop's orders"
    trial.step(f"both up again: seen after {time.monotonic() - back:.1f} s by {by}")


def _both_ways(trial: Trial) -> None:
    """Read the shop through its interface: what came by webhook must not change."""
    before = trial.regulars.run("export", "state", "--store", trial.regulars.slug)
    told = json.loads(trial.regulars.run("store", "backfill", trial.regulars.slug, "--json"))
    read = {one["feed"]: (one["seen"], one["changed"], one["refused"]) for one in told}
    need(read["orders"] == (2, 0, 0), f"both orders are read and say nothing new: {read}")
    after = trial.regulars.run("export", "state", "--store", trial.regulars.slug)
    need(before == after, "reading the shop changed what its webhooks had told")
    hooks = trial.regulars.webhooks()
    states = sorted({one["state"] for one in hooks})
    need(states == ["done"], f"{states}")
    rows = {kind: len(trial.regulars.rows(kind)) for kind in ("buyer", "order", "refund")}
    trial.step(
        f"{len(hooks)} webhooks done, none failed; reading all again changes nothing: {rows}"
    )


def _instant(text: str) -> str:
    return text.replace("+00:00", "Z").replace(".000Z", "Z")


def main() -> int:
    """Run one trial and leave nothing behind but the cache."""
    parser = argparse.ArgumentParser(prog="bin/e2e", description=__doc__)
    parser.add_argument("storefront", choices=("vendure", "medusa"))
    parser.add_argument("--keep", action="store_true", help="keep the logs")
    asked = parser.parse_args()
    CACHE.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="regulars-trial-"))
    play: Callable[[Trial], None] = tell
    try:
        with ExitStack() as stack:
            play(Trial(stack, folder, asked.storefront))
    except Failed as fault:
        say(f"FAILED: {fault}\nlogs: {folder}")
        return 1
    if not asked.keep:
        shutil.rmtree(folder, ignore_errors=True)
    say("all as it should be")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
