"""Plays the span: day by day the clock moves on, the shops report, buyers and sellers act."""

import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import requests

from crm.demo.crowd import Crowd
from crm.demo.goods import SHOPS
from crm.demo.office import Office
from crm.demo.product import Product, run_command, wait_for
from crm.demo.storefront.coupons import Refused
from crm.demo.year import Span

SEED = 20
LOGIN = "owner@example.com"
# Every morning both shops' buyers are awake. On some days the clock stops in the afternoon as
# well, when it is night in China and quiet hours show.
_MORNING, _AFTERNOON = time(9, 10), time(13, 40)
YEAR, MONTH = (365, 125), (31, 30)


@dataclass
class Playbill:
    """What is played in a data dir, and how far it has come; kept in `demo.json` there."""

    path: Path
    begin_at: str
    end_at: str
    buyers: int
    port: int
    password: str
    credentials: dict[str, list[str]]
    keys: list[str] = field(default_factory=list)
    running: dict[str, dict[str, Any]] = field(default_factory=dict)
    until: str | None = None
    seen: int = 0
    finished: bool = False

    @property
    def span(self) -> Span:
        """The time that is played."""
        begin_at, end_at = (
            datetime.fromisoformat(self.begin_at),
            datetime.fromisoformat(self.end_at),
        )
        return Span(begin_at, end_at, self.buyers, SEED)

    @property
    def storefront(self) -> str:
        """Where the sample storefront answers."""
        return f"http://127.0.0.1:{self.port}"

    def keep(self) -> None:
        """Write the file in one move."""
        kept = {key: value for key, value in asdict(self).items() if key != "path"}
        draft = self.path.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(kept), encoding="utf-8")
        draft.replace(self.path)


def find_playbill(home: Path) -> Playbill | None:
    """Read what was played in a data dir before."""
    path = home / "demo.json"
    return Playbill(path, **json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


def new_playbill(home: Path, port: int, size: tuple[int, int], now: datetime) -> Playbill:
    """Plan a play that ends now; `size` is days and buyers of each shop."""
    days, buyers = size
    end_at = now.replace(microsecond=0)
    begin_at = end_at - timedelta(days=days)
    return Playbill(
        path=home / "demo.json",
        begin_at=begin_at.isoformat(),
        end_at=end_at.isoformat(),
        buyers=buyers,
        port=port,
        password=f"tea-{secrets.token_hex(6)}",
        credentials={
            sign.key: [f"ck_{secrets.token_hex(8)}", f"cs_{secrets.token_hex(16)}"]
            for sign in SHOPS
        },
    )


class Stage:
    """Everything a play needs: the bill, the clock, the product and the sample storefront."""

    def __init__(self, bill: Playbill, clock: Path, base: str) -> None:
        self._bill = bill
        self._clock = clock
        self._base = base
        self._shop = requests.Session()

    def prepare(self) -> None:
        """Set everything up once: people, stores, campaigns."""
        wait_for(self._bill.storefront)
        if self._bill.running:
            return
        asked = {key: getattr(self._bill, key) for key in ("begin_at", "end_at", "buyers")}
        self._ask("/open", asked | {"seed": SEED, "credentials": self._bill.credentials})
        run_command(
            "user", "add", LOGIN, "--role", "owner", "--password-stdin", given=self._bill.password
        )
        self._bill.keys = [
            run_command("key", "add", name, "--role", role)["key"]
            for name, role in (("Sample shop", "owner"), ("Mei", "seller"))
        ]
        office = self._office()
        for sign in SHOPS:
            store = office.open_store(sign, self._bill.storefront, self._bill.credentials[sign.key])
            if sign.platform == "woocommerce":
                run_command("store", "hooks", store["slug"], "--arm")
                continue
            door = {"shop": sign.key, "url": store["webhook_url"], "secret": store["secret"]}
            self._ask("/connect", door)
        self._bill.running = office.plan()
        self._bill.keep()

    def play(self, stopping: Callable[[], bool], tell: Callable[[int, int], None]) -> bool:
        """Play to the end; gives False when told to stop before."""
        product = Product(self._base, self._bill.keys[0])
        office, crowd = self._office(), Crowd(product, self, self._bill.running, SEED)
        crowd.seen = self._bill.seen
        steps = list(moments(self._bill.span))
        for number, at in enumerate(steps, 1):
            if self._bill.until and at <= datetime.fromisoformat(self._bill.until):
                continue
            if stopping():
                return False
            self.set_clock(at)
            self._ask("/play", {"until": at.isoformat()})
            crowd.react(at)
            if at.time() < time(12) or at == steps[-1]:
                office.work(at)
            product.settle()
            self._ask("/settle", {})
            self._bill.until, self._bill.seen = at.isoformat(), crowd.seen
            self._bill.keep()
            tell(number, len(steps))
        self._read_the_past()
        self._bill.finished = True
        self._bill.keep()
        return True

    def _read_the_past(self) -> None:
        """Read everything there is in the shops once more: nothing new comes to light."""
        for sign in SHOPS:
            if sign.platform == "woocommerce":
                run_command("store", "backfill", sign.key)

    def check_out(self, shop: str, basket: dict[str, Any]) -> None:
        """Buy something with a code. Raises Refused."""
        answer = self._shop.post(
            f"{self._bill.storefront}/checkout", json={"shop": shop, **basket}, timeout=60
        )
        if answer.status_code in (404, 409):
            raise Refused(answer.status_code, answer.json()["code"])
        answer.raise_for_status()

    def set_clock(self, at: datetime) -> None:
        """Make it `at` everywhere, in one move."""
        draft = self._clock.with_suffix(".new")
        draft.write_text(at.isoformat(), encoding="ascii")
        draft.replace(self._clock)

    def _office(self) -> Office:
        product, sellers = (Product(self._base, key) for key in self._bill.keys)
        return Office(product, sellers, self._bill.span)

    def _ask(self, path: str, asked: dict[str, Any]) -> Any:
        answer = self._shop.post(f"{self._bill.storefront}{path}", json=asked, timeout=300)
        answer.raise_for_status()
        return answer.json()


def moments(span: Span) -> Iterator[datetime]:
    """List the instants the clock stops at: once or twice a day, and at last the end."""
    first, some = span.begin_at.date(), 12 if span.is_long else 6
    for number in range((span.end_at.date() - first).days + 1):
        day: date = first + timedelta(days=number)
        for clock in (_MORNING, _AFTERNOON) if number % some == 0 else (_MORNING,):
            at = datetime.combine(day, clock, UTC)
            if span.begin_at < at < span.end_at:
                yield at
    yield span.end_at
