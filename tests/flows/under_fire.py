"""A whole `crm up` that is posted to while its processes are struck down, and what it must know."""

import http.client
import json
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import psutil

from crm import config, db
from tests.fakes.senders import standard_post, woo_post
from tests.flows.running import Running
from tests.flows.worlds import News

THREADS = 8
_PATIENCE_SECONDS = 150


@dataclass(frozen=True)
class Parcel:
    """One delivery as a storefront sends it, again and again until it is taken."""

    slug: str
    secret: str
    platform: str
    name: str
    topic: str
    body: bytes

    def sign(self) -> tuple[dict[str, str], bytes]:
        """Sign it now."""
        if self.platform == "woocommerce":
            return woo_post(self.secret, self.topic, self.body)
        return standard_post(self.secret, self.body, name=self.name)


@dataclass
class Post:
    """Eight threads that post parcels until each has its 200."""

    port: int
    answers: Counter[int] = field(default_factory=Counter)
    refused: int = 0
    slowest: float = 0.0
    done: int = 0

    def post_all(self, parcels: Sequence[Parcel], pause: float = 0.0) -> None:
        """Post all of them; returns when the last has its 200."""
        threads = [
            threading.Thread(target=self._post, args=(parcels[place::THREADS], pause))
            for place in range(THREADS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _post(self, parcels: Sequence[Parcel], pause: float) -> None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        line = self._line()
        for parcel in parcels:
            while (status := self._try(line, parcel)) != 200:
                assert time.monotonic() < deadline, "a parcel was never taken"
                if not status:
                    line.close()
                    line = self._line()
                time.sleep(0.05)
            self.done += 1
            time.sleep(pause)
        line.close()

    def _line(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def _try(self, line: http.client.HTTPConnection, parcel: Parcel) -> int:
        """Post once; gives the status, 0 for none."""
        headers, body = parcel.sign()
        began = time.monotonic()
        try:
            line.request("POST", f"/webhooks/{parcel.slug}", body, headers)
            reply = line.getresponse()
            reply.read()
        except (OSError, http.client.HTTPException):
            self.refused += 1
            return 0
        self.slowest = max(self.slowest, time.monotonic() - began)
        self.answers[reply.status] += 1
        return reply.status


@dataclass
class Strikes:
    """Strikes parts of the product down in turn."""

    product: Running
    struck: Counter[str] = field(default_factory=Counter)

    def strike(self, part: str) -> None:
        """Kill every process of a part, or for `… fork` one that is not its leader."""
        name, _space, _fork = part.partition(" fork")
        found = sorted(self.product.family(_PARTS[name]), key=lambda one: one.create_time())
        for one in found[-1:] if part.endswith("fork") else found:
            with suppress(psutil.NoSuchProcess):
                one.send_signal(signal.SIGKILL)
                self.struck[part] += 1

    def go_on(self, rounds: int, pause: float) -> None:
        """Strike each part in turn, with a pause after each blow."""
        for part in _TURNS * rounds:
            self.strike(part)
            time.sleep(pause)


_PARTS = {
    "web": "-m crm web",
    "worker": "-m crm worker",
    "scheduler": "-m crm scheduler",
    "valkey": "valkey-server",
}
_TURNS = ("worker fork", "web fork", "valkey", "worker", "scheduler", "web fork", "worker", "web")


@contextmanager
def looking_into(url: str) -> Iterator[None]:
    """Look into another database inside the block."""
    before = config.settings()
    db.dispose()
    config.use(replace(before, database_url=url))
    try:
        yield
    finally:
        db.dispose()
        config.use(before)


def parcels_of(news: Sequence[News], store: dict[str, Any]) -> list[Parcel]:
    """Pack the news of a shop that speaks the neutral format."""
    return [
        Parcel(
            store["slug"],
            store["secret"],
            "standard",
            f"msg_{number}",
            one.topic,
            json.dumps(one.body).encode(),
        )
        for number, one in enumerate(news)
    ]


def woo_parcels(number: int, store: dict[str, Any], template: dict[str, Any]) -> list[Parcel]:
    """Pack orders of a WooCommerce shop, one by each of as many guests."""
    made = []
    for one in range(number):
        billing = template["billing"] | {"email": f"guest{one}@example.test", "phone": ""}
        order = template | {"id": 7000 + one, "number": str(7000 + one), "billing": billing}
        body = json.dumps(order).encode()
        made.append(
            Parcel(store["slug"], store["secret"], "woocommerce", "", "order.created", body)
        )
    return made


def with_repeats(dice: random.Random, parcels: Sequence[Parcel], share: float) -> list[Parcel]:
    """Send some a second time, later."""
    sent = list(parcels)
    for parcel in dice.sample(parcels, int(len(parcels) * share)):
        sent.insert(dice.randrange(len(sent) + 1), parcel)
    return sent
